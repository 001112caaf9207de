import JSON
import Kit

/// What has happened to a verification. Each carries the whole state, so that a reader needs no other message: it
/// takes a fact whose `version` is higher than what it has, and ignores the rest.
package struct VerificationFact: JSONRecord, Hashable {
    /// The AMQP type says which fact it is.
    package enum Kind: String, JSONEnum {
        case requested = "verification.requested.v1"
        case funded = "verification.funded.v1"
        case numberAssigned = "verification.number_assigned.v1"
        case messageReceived = "verification.message_received.v1"
        case callReceived = "verification.call_received.v1"
        case completed = "verification.completed.v1"
        case cancelling = "verification.cancelling.v1"
        case cancelled = "verification.cancelled.v1"
        case expired = "verification.expired.v1"
        case failed = "verification.failed.v1"
        case finished = "verification.finished.v1"
        /// An action was refused; the state did not change.
        case actionRefused = "verification.action_refused.v1"
    }

    package var verificationID = ID.zero
    package var accountID = ID.zero
    package var version = 0
    package var status = Open<VerificationStatus>(.pending)
    package var service = ""
    package var country = ""
    package var capability = Open<Capability>(.sms)
    package var `operator`: String?
    package var provider: String?
    package var requestID: String?
    package var price = Money.zero
    /// The number, sealed for the column `phone` of this verification.
    package var phoneSealed: String?
    package var expiresAt: Timestamp?
    package var cancelAfter: Timestamp?
    package var canCancel = false
    package var canReport = false
    package var canRequestAnother = false
    package var errorCode: String?
    package var errorMessage: String?
    package var metadata: JSON?
    package var createdAt = Timestamp(microseconds: 0)
    package var updatedAt = Timestamp(microseconds: 0)
    /// Messages that this fact brings.
    package var messages: [ReceivedMessage] = []
    /// Calls that this fact brings or tells more of; each as a whole, so that of two facts the higher version holds.
    package var calls: [ReceivedCall]?
    /// Steps of the time-line since the fact before.
    package var steps: [TimelineStep] = []

    package init() {}

    package mutating func map(_ fields: inout some JSONMapper) {
        fields.required("verification_id", &verificationID)
        fields.required("account_id", &accountID)
        fields.required("version", &version)
        fields.required("status", &status)
        fields.required("service", &service)
        fields.required("country", &country)
        fields.required("capability", &capability)
        fields.optional("operator", &`operator`)
        fields.optional("provider", &provider)
        fields.optional("request_id", &requestID)
        fields.required("price", &price)
        fields.optional("phone_sealed", &phoneSealed)
        fields.optional("expires_at", &expiresAt)
        fields.optional("cancel_after", &cancelAfter)
        fields.required("can_cancel", &canCancel)
        fields.required("can_report", &canReport)
        fields.required("can_request_another", &canRequestAnother)
        fields.optional("error_code", &errorCode)
        fields.optional("error_message", &errorMessage)
        fields.optional("metadata", &metadata)
        fields.required("created_at", &createdAt)
        fields.required("updated_at", &updatedAt)
        fields.required("messages", &messages)
        fields.required("steps", &steps)
        fields.optional("calls", &calls)
    }
}

/// How a verification stands, in the words of the API.
package enum VerificationStatus: String, JSONEnum {
    case pending
    case waitingSMS = "waiting_sms"
    case completed
    case cancelled
    case expired
    case failed

    package var isFinal: Bool {
        switch self {
        case .pending, .waitingSMS: false
        case .completed, .cancelled, .expired, .failed: true
        }
    }
}

/// An SMS that reached the number.
package struct ReceivedMessage: JSONRecord, Hashable {
    package var id = ID.zero
    /// `{"from","text","code"}`, sealed for the column `message` of this id.
    package var sealed = ""
    package var hasCode = false
    package var receivedAt = Timestamp(microseconds: 0)

    package init() {}

    package mutating func map(_ fields: inout some JSONMapper) {
        fields.required("id", &id)
        fields.required("sealed", &sealed)
        fields.required("has_code", &hasCode)
        fields.required("received_at", &receivedAt)
    }
}

/// What `ReceivedMessage.sealed` holds.
package struct MessageContent: JSONRecord, Hashable {
    package var from: String?
    package var text = ""
    package var code: String?

    package init() {}
    package init(from: String?, text: String, code: String?) {
        self.from = from
        self.text = text
        self.code = code
    }

    package mutating func map(_ fields: inout some JSONMapper) {
        fields.optional("from", &from)
        fields.required("text", &text)
        fields.nullable("code", &code)
    }
}

/// One step of a verification's time-line.
package struct TimelineStep: JSONRecord, Hashable {
    /// The cause of an end for which the provider takes nothing.
    package static let gaveBack = "the provider gave the money back"

    package var number = 0
    package var at = Timestamp(microseconds: 0)
    /// `requested`, `hold_placed`, `purchase_started`, `purchase_refused`, …
    package var step = ""
    /// What brought it about, for a person.
    package var cause: String?
    package var provider: String?
    package var cost: Money?
    package var traceID: String?

    package init() {}

    package mutating func map(_ fields: inout some JSONMapper) {
        fields.required("number", &number)
        fields.required("at", &at)
        fields.required("step", &step)
        fields.optional("cause", &cause)
        fields.optional("provider", &provider)
        fields.optional("cost", &cost)
        fields.optional("trace_id", &traceID)
    }
}

/// What other companies' services read in `tenant.<account>.result`: each result names the request it belongs to and
/// everything known so far.
package struct TenantResult: JSONRecord, Hashable {
    package static let resultType = "verification.result.v1"
    package static let errorType = "verification.error.v1"

    package var eventID = ID.zero
    package var event = ""
    package var requestID: String?
    package var verificationID: ID?
    package var status: Open<VerificationStatus>?
    package var service: String?
    package var country: String?
    package var price: Money?
    package var phoneNumber: String?
    package var code: String?
    package var text: String?
    package var from: String?
    package var expiresAt: Timestamp?
    package var errorCode: String?
    package var message: String?
    package var fields: [TenantFieldProblem]?
    package var metadata: JSON?
    package var occurredAt = Timestamp(microseconds: 0)

    package init() {}

    package mutating func map(_ fields: inout some JSONMapper) {
        fields.required("event_id", &eventID)
        fields.required("event", &event)
        fields.nullable("request_id", &requestID)
        fields.optional("verification_id", &verificationID)
        fields.optional("status", &status)
        fields.optional("service", &service)
        fields.optional("country", &country)
        fields.optional("price", &price)
        fields.optional("phone_number", &phoneNumber)
        fields.optional("code", &code)
        fields.optional("text", &text)
        fields.optional("from", &from)
        fields.optional("expires_at", &expiresAt)
        fields.optional("error_code", &errorCode)
        fields.optional("message", &message)
        fields.optional("fields", &self.fields)
        fields.optional("metadata", &metadata)
        fields.required("occurred_at", &occurredAt)
    }
}

/// One field of a malformed request.
package struct TenantFieldProblem: JSONRecord, Hashable {
    package var field = ""
    package var message = ""

    package init() {}
    package init(field: String, message: String) {
        self.field = field
        self.message = message
    }

    package mutating func map(_ fields: inout some JSONMapper) {
        fields.required("field", &field)
        fields.required("message", &message)
    }
}
