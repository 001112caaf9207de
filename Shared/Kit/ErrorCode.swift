/// What went wrong, in the words that clients read: the `error_code` of a problem over HTTP and of an error result over
/// AMQP. One table gives each its HTTP status and its title; the API document is tested against it.
package enum ErrorCode: String, CaseIterable, Sendable {
    case validationFailed = "VALIDATION_FAILED"
    case unauthenticated = "UNAUTHENTICATED"
    case insufficientCredit = "INSUFFICIENT_CREDIT"
    case forbidden = "FORBIDDEN"
    case notFound = "NOT_FOUND"
    case methodNotAllowed = "METHOD_NOT_ALLOWED"
    case notAcceptable = "NOT_ACCEPTABLE"
    case requestTimeout = "REQUEST_TIMEOUT"
    case conflict = "CONFLICT"
    case emailTaken = "EMAIL_TAKEN"
    case idempotencyInProgress = "IDEMPOTENCY_IN_PROGRESS"
    case noOffer = "NO_OFFER"
    case priceChanged = "PRICE_CHANGED"
    case numberUnavailable = "NUMBER_UNAVAILABLE"
    case notCancellable = "NOT_CANCELLABLE"
    case notReportable = "NOT_REPORTABLE"
    case notRepeatable = "NOT_REPEATABLE"
    case notCompletable = "NOT_COMPLETABLE"
    case earlyCancel = "EARLY_CANCEL"
    case payloadTooLarge = "PAYLOAD_TOO_LARGE"
    case uriTooLong = "URI_TOO_LONG"
    case unsupportedMediaType = "UNSUPPORTED_MEDIA_TYPE"
    case idempotencyMismatch = "IDEMPOTENCY_MISMATCH"
    case headersTooLarge = "HEADERS_TOO_LARGE"
    case rateLimited = "RATE_LIMITED"
    case internalError = "INTERNAL"
    case providerUnavailable = "PROVIDER_UNAVAILABLE"
    case brokerUnavailable = "BROKER_UNAVAILABLE"
    case unavailable = "UNAVAILABLE"

    /// The HTTP status this code travels with.
    package var status: Int { entry.status }
    /// A short sentence that does not change with the occasion.
    package var title: String { entry.title }

    private var entry: (status: Int, title: String) {
        switch self {
        case .validationFailed: (400, "The request is not valid")
        case .unauthenticated: (401, "Who you are could not be established")
        case .insufficientCredit: (402, "The account has too little credit")
        case .forbidden: (403, "Your role does not allow this")
        case .notFound: (404, "There is no such thing")
        case .methodNotAllowed: (405, "This path does not take that method")
        case .notAcceptable: (406, "None of the accepted media types can be served")
        case .requestTimeout: (408, "The request did not arrive in time")
        case .conflict: (409, "The request contradicts the present state")
        case .emailTaken: (409, "An account with this e-mail address exists")
        case .idempotencyInProgress: (409, "The first request with this key is still running")
        case .noOffer: (409, "No provider sells this")
        case .priceChanged: (409, "The price has changed")
        case .numberUnavailable: (409, "No number could be had")
        case .notCancellable: (409, "The verification can no longer be cancelled")
        case .notReportable: (409, "The number can no longer be reported")
        case .notRepeatable: (409, "Another code cannot be asked for")
        case .notCompletable: (409, "The verification cannot be completed yet")
        case .earlyCancel: (409, "The provider does not take a cancellation yet")
        case .payloadTooLarge: (413, "The body is too large")
        case .uriTooLong: (414, "The address is too long")
        case .unsupportedMediaType: (415, "The body must be application/json")
        case .idempotencyMismatch: (422, "The key was used with another request")
        case .headersTooLarge: (431, "The header fields are too large")
        case .rateLimited: (429, "Too many requests")
        case .internalError: (500, "Something went wrong on our side")
        case .providerUnavailable: (503, "The upstream provider cannot serve this now")
        case .brokerUnavailable: (503, "Requests cannot be taken on now")
        case .unavailable: (503, "The service cannot answer now")
        }
    }
}

/// One field of a request that is wrong, and how.
package struct FieldProblem: Hashable, Sendable {
    /// Where: `price.amount`, `metadata`, `headers.Idempotency-Key`, `query.limit`; empty for the body as a whole.
    package let field: String
    /// What to do about it, as a sentence.
    package let message: String

    package init(field: String, message: String) {
        self.field = field
        self.message = message
    }
}

/// An answer that is a refusal. Thrown by handlers and rules alike, turned into bytes once per edge.
package struct Problem: Error, Hashable, Sendable {
    package var code: ErrorCode
    /// What happened and what to do, for a person.
    package var message: String
    /// The fields that are wrong, for `VALIDATION_FAILED`.
    package var fields: [FieldProblem]
    /// When trying again makes sense: seconds, sent as `Retry-After` and `details.retry_after_seconds`.
    package var retryAfter: Int?
    /// Further members of `details`.
    package var details: [String: String]

    package init(
        _ code: ErrorCode, _ message: String, fields: [FieldProblem] = [], retryAfter: Int? = nil,
        details: [String: String] = [:]
    ) {
        self.code = code
        self.message = message
        self.fields = fields
        self.retryAfter = retryAfter
        self.details = details
    }

    /// A `VALIDATION_FAILED` that names one field; the message goes on after its name. What is wrong as a whole has no
    /// field, and the message is a sentence.
    package static func invalid(_ field: String, _ message: String) -> Problem {
        Problem(
            .validationFailed, field.isEmpty ? message : "\(field) \(message)",
            fields: [FieldProblem(field: field.isEmpty ? "body" : field, message: message)])
    }
}
