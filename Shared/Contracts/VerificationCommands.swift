import JSON
import Kit

/// Orders a verification (Gateway → Verification). Idempotent by `verification_id`.
package struct VerificationRequest: Message, Hashable {
    package static let type = "verification.request.v1"
    package static let channel = Channel.commands

    package var verificationID = ID.zero
    package var accountID = ID.zero
    package var service = ""
    /// Slug of the country: `england`.
    package var country = ""
    package var capability = Open<Capability>(.sms)
    package var `operator`: String?
    package var areaCode: String?
    package var provider: String?
    /// What the customer was told it costs; it is what he pays, or the order fails with `PRICE_CHANGED`.
    package var price = Money.zero
    /// The most that a provider may take, where that is not what follows from the price: an order at a quote's price is
    /// carried out as long as it is not sold below cost.
    package var ceiling: Money?
    package var metadata: JSON?
    package var requestedAt = Timestamp(microseconds: 0)

    package init() {}

    package mutating func map(_ fields: inout some JSONMapper) {
        fields.required("verification_id", &verificationID)
        fields.required("account_id", &accountID)
        fields.required("service", &service, .slug)
        fields.required("country", &country, .slug)
        fields.required("capability", &capability)
        fields.optional("operator", &`operator`, .slug)
        fields.optional("area_code", &areaCode, .length(1...8))
        fields.optional("provider", &provider, .slug)
        fields.required("price", &price)
        fields.optional("ceiling", &ceiling)
        fields.optional("metadata", &metadata)
        fields.required("requested_at", &requestedAt)
    }
}

/// What a customer may ask of a running verification (Gateway → Verification, or another service over the ingress).
package struct VerificationAction: Hashable, JSONRecord {
    package var verificationID = ID.zero
    package var accountID = ID.zero

    package init() {}
    package init(verificationID: ID, accountID: ID) {
        self.verificationID = verificationID
        self.accountID = accountID
    }

    package mutating func map(_ fields: inout some JSONMapper) {
        fields.required("verification_id", &verificationID)
        fields.required("account_id", &accountID)
    }

    /// The AMQP type says which action it is.
    package enum Kind: String, JSONEnum {
        case cancel = "verification.cancel.v1"
        case report = "verification.report.v1"
        case complete = "verification.complete.v1"
        case another = "verification.another.v1"
    }
}

/// Asks how a verification stands that is not over and has not been heard of for long (Gateway → Verification). Whatever
/// was lost on either way, the request or facts, is made good by it: an order that Verification does not know is made out
/// of `request`, and of one that has gone further than the asker knows everything is told again. May come any number of
/// times.
package struct VerificationInquiry: Message, Hashable {
    package static let type = "verification.inquire.v1"
    package static let channel = Channel.commands

    package var verificationID = ID.zero
    package var accountID = ID.zero
    /// The highest version that the asker has been told; zero when it has heard nothing.
    package var version = 0
    /// How many steps of the time-line it has. Each fact brings some, so that one in the middle is missed by the count.
    package var stepCount = 0
    /// Whether it lacks a movement of the order's money that belongs to the state it knows.
    package var lacksMovement = false
    /// What was asked for at first, while nothing has been heard of it.
    package var request: VerificationRequest?

    package init() {}

    package mutating func map(_ fields: inout some JSONMapper) {
        fields.required("verification_id", &verificationID)
        fields.required("account_id", &accountID)
        fields.required("version", &version)
        fields.required("step_count", &stepCount)
        fields.required("lacks_movement", &lacksMovement)
        fields.optional("request", &request)
    }
}

/// Something may have come for a number, a provider says (Gateway → Verification). Only a hint: the provider is asked
/// before anything is believed. Repeats have the same message id.
package struct VerificationHint: Message, Hashable {
    package static let type = "verification.hint.v1"
    package static let channel = Channel.commands

    package var provider = ""
    /// The provider's name of the number.
    package var reference = ""
    /// The provider's name of its notice.
    package var eventID = ""

    package init() {}
    package init(provider: String, reference: String, eventID: String) {
        self.provider = provider
        self.reference = reference
        self.eventID = eventID
    }

    package mutating func map(_ fields: inout some JSONMapper) {
        fields.required("provider", &provider, .slug)
        fields.required("reference", &reference, .length(1...128))
        fields.required("event_id", &eventID, .length(1...512))
    }
}

/// Another company's service orders a verification over `namaskah.ingress`. Idempotent by `request_id` per account.
package struct IngressRequest: Message, Hashable {
    package static let type = "verification.request.v1"
    package static let channel = Channel.ingress

    package var requestID = ""
    package var service = ""
    /// Slug (`england`) or ISO 3166 code (`GB`).
    package var country = ""
    package var capability: Capability?
    package var `operator`: String?
    package var areaCode: String?
    package var maxPrice: Money?
    package var provider: String?
    package var metadata: JSON?

    package init() {}

    package mutating func map(_ fields: inout some JSONMapper) {
        fields.required(
            "request_id", &requestID, .length(1...128), .note("Your own id for the request; repeats are taken once."))
        fields.required("service", &service, .length(1...64), .note("Slug of the service: telegram."))
        fields.required("country", &country, .length(1...64), .note("Slug or ISO 3166 code: england, GB."))
        fields.optional("capability", &capability)
        fields.optional("operator", &`operator`, .slug)
        fields.optional("area_code", &areaCode, .length(1...8))
        fields.optional("max_price", &maxPrice)
        fields.optional("provider", &provider, .slug)
        fields.optional("metadata", &metadata)
    }
}

/// Another company's service asks something of a verification it ordered, naming it by either id. The AMQP type is that
/// of `VerificationAction.Kind`.
package struct IngressAction: Hashable, JSONRecord {
    package var requestID: String?
    package var verificationID: ID?

    package init() {}

    package mutating func map(_ fields: inout some JSONMapper) {
        fields.optional("request_id", &requestID, .length(1...128))
        fields.optional("verification_id", &verificationID)
    }
}
