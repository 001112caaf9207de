import JSON
import Kit

/// `POST /verify/create`
package struct CreateVerification: JSONRecord, Hashable {
    package var service = ""
    package var country = ""
    package var capability: Capability?
    package var `operator`: String?
    package var areaCode: String?
    package var maxPrice: Money?
    package var provider: String?
    package var quoteID: ID?
    package var metadata: JSON?

    package init() {}

    package mutating func map(_ fields: inout some JSONMapper) {
        fields.required("service", &service, .slug, .note("Slug of the service, for example telegram."))
        fields.required(
            "country", &country, .length(2...64), .note("Slug or ISO 3166 code of the country: england or GB."))
        fields.optional("capability", &capability)
        fields.optional("operator", &`operator`, .slug)
        fields.optional("area_code", &areaCode, .length(1...8))
        fields.optional("max_price", &maxPrice)
        fields.optional("provider", &provider, .slug)
        fields.optional(
            "quote_id", &quoteID, .note("A quote of yours, made by POST /quotes: its price is what this costs."))
        fields.optional("metadata", &metadata, .note("Anything of yours, up to 4 KiB; given back with the order."))
    }
}

/// A verification as its owner sees it.
package struct VerificationBody: JSONRecord, Hashable {
    package var verificationID = ID.zero
    package var status = Open<VerificationStatus>(.pending)
    package var phoneNumber: String?
    package var service = ""
    package var country = ""
    package var capability = Open<Capability>(.sms)
    package var `operator`: String?
    package var provider: String?
    package var price = Money.zero
    package var expiresAt: Timestamp?
    package var cancelAfter: Timestamp?
    package var canCancel = false
    package var canReport = false
    package var canRequestAnother = false
    package var requestID: String?
    package var errorCode: String?
    package var errorMessage: String?
    package var metadata: JSON?
    package var createdAt = Timestamp(microseconds: 0)
    package var updatedAt = Timestamp(microseconds: 0)

    package init() {}

    package mutating func map(_ fields: inout some JSONMapper) {
        fields.required("verification_id", &verificationID)
        fields.required("status", &status)
        fields.nullable("phone_number", &phoneNumber)
        fields.required("service", &service)
        fields.required("country", &country)
        fields.required("capability", &capability)
        fields.nullable("operator", &`operator`)
        fields.nullable("provider", &provider)
        fields.required("price", &price)
        fields.nullable("expires_at", &expiresAt)
        fields.nullable("cancel_after", &cancelAfter)
        fields.required("can_cancel", &canCancel)
        fields.required("can_report", &canReport)
        fields.required("can_request_another", &canRequestAnother)
        fields.nullable("request_id", &requestID)
        fields.nullable("error_code", &errorCode)
        fields.nullable("error_message", &errorMessage)
        fields.nullable("metadata", &metadata)
        fields.required("created_at", &createdAt)
        fields.required("updated_at", &updatedAt)
    }
}

/// `GET /verify/{id}/number`
package struct NumberBody: JSONRecord, Hashable {
    package var phoneNumber: String?
    package var status = Open<VerificationStatus>(.pending)

    package init() {}

    package mutating func map(_ fields: inout some JSONMapper) {
        fields.nullable("phone_number", &phoneNumber)
        fields.required("status", &status)
    }
}

/// One SMS of `GET /verify/{id}/messages`.
package struct MessageBody: JSONRecord, Hashable {
    package var id = ID.zero
    package var from: String?
    package var text = ""
    package var code: String?
    package var receivedAt = Timestamp(microseconds: 0)

    package init() {}

    package mutating func map(_ fields: inout some JSONMapper) {
        fields.required("id", &id)
        fields.nullable("from", &from)
        fields.required("text", &text)
        fields.nullable("code", &code)
        fields.required("received_at", &receivedAt)
    }
}

/// `GET /verify/{id}/voice`: the call with the code, or else the latest. Everything is null before the first.
package struct VoiceBody: JSONRecord, Hashable {
    package enum Status: String, JSONEnum {
        /// None has come yet.
        case waiting
        /// None came, and none will.
        case none
        case received
        case recorded
        case transcribed
        case failed
    }

    package var callID: ID?
    package var from: String?
    package var status = Open<Status>(.waiting)
    package var receivedAt: Timestamp?
    package var durationSeconds: Int?
    /// Where the recording can be heard, with the same key.
    package var audioURL: String?
    package var transcription: String?
    package var code: String?

    package init() {}

    package mutating func map(_ fields: inout some JSONMapper) {
        fields.nullable("call_id", &callID)
        fields.nullable("from", &from)
        fields.required("status", &status)
        fields.nullable("received_at", &receivedAt)
        fields.nullable("duration_seconds", &durationSeconds)
        fields.nullable("audio_url", &audioURL)
        fields.nullable("transcription", &transcription)
        fields.nullable("code", &code)
    }
}

/// `POST /verify/{id}/complete`
package struct CompletedBody: JSONRecord, Hashable {
    package var status = Open<VerificationStatus>(.completed)
    package var emailSent = false

    package init() {}

    package mutating func map(_ fields: inout some JSONMapper) {
        fields.required("status", &status)
        fields.required("email_sent", &emailSent)
    }
}

/// A list with nothing to page through.
package struct ListBody<Element: JSONValue>: JSONRecord {
    package var data: [Element] = []

    package init() {}
    package init(_ data: [Element]) { self.data = data }

    package mutating func map(_ fields: inout some JSONMapper) { fields.required("data", &data) }
}

/// A page of a list. `next_cursor` is null on the last.
package struct PageBody<Element: JSONValue>: JSONRecord {
    package var data: [Element] = []
    package var nextCursor: String?

    package init() {}
    package init(_ data: [Element], nextCursor: String?) {
        self.data = data
        self.nextCursor = nextCursor
    }

    package mutating func map(_ fields: inout some JSONMapper) {
        fields.required("data", &data)
        fields.nullable("next_cursor", &nextCursor)
    }
}

/// What a client is told over SSE and WebSocket.
package struct EventBody: JSONRecord {
    /// The same on SSE, WebSocket, AMQP and outgoing webhooks.
    package var id = ID.zero
    package var type = ""
    package var occurredAt = Timestamp(microseconds: 0)
    package var verification: VerificationBody?
    package var messages: [MessageBody]?
    /// Calls of which there is news.
    package var calls: [VoiceBody]?
    package var balance: BalanceBody?

    package init() {}

    package mutating func map(_ fields: inout some JSONMapper) {
        fields.required("id", &id)
        fields.required("type", &type)
        fields.required("occurred_at", &occurredAt)
        fields.optional("verification", &verification)
        fields.optional("messages", &messages)
        fields.optional("balance", &balance)
        fields.optional("calls", &calls)
    }
}
