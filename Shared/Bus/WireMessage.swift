import Kit

/// The names of our headers, in one place.
enum HeaderName {
    static let traceparent = "traceparent"
    static let aggregate = "nk-aggregate"
    static let version = "nk-version"
    static let tenant = "nk-tenant"
    static let causation = "nk-causation"
    static let attempt = "nk-attempt"
    static let firstAt = "nk-first-at"
    static let origin = "nk-origin"
    static let replay = "nk-replay"
    static let reason = "nk-reason"
    static let originExchange = "nk-origin-exchange"
    static let originRoutingKey = "nk-origin-routing-key"
    /// Who sent the message first, when we send it again under our own name; believed only from ourselves.
    static let user = "nk-user"
    static let deliveryCount = "x-delivery-count"

    /// Headers that the broker writes about its own doings. They must not travel with a message that we send again:
    /// the broker would read them as ours.
    static func isBrokers(_ name: String) -> Bool {
        name == deliveryCount || name == "x-death" || name.hasPrefix("x-first-death-")
            || name.hasPrefix("x-last-death-")
    }
}

/// A message as it goes onto the wire, whoever it comes from: a service, an outbox row, or a delivery that is sent on.
struct WireMessage: Sendable {
    var messageID: String
    var exchange: String
    var routingKey: String
    var type: String
    var contentType = "application/json"
    var correlationID: String?
    var timestamp: Timestamp = .now
    var headers: [String: HeaderValue]
    var body: [UInt8]
    var isPersistent = true

    init(
        messageID: String, exchange: String, routingKey: String, type: String, correlationID: String?,
        headers: [String: HeaderValue], body: [UInt8]
    ) {
        self.messageID = messageID
        self.exchange = exchange
        self.routingKey = routingKey
        self.type = type
        self.correlationID = correlationID
        self.headers = headers
        self.body = body
    }

    init(_ message: OutgoingMessage) {
        self.init(
            messageID: message.id.description, exchange: message.exchange, routingKey: message.routingKey,
            type: message.type, correlationID: message.correlationID, headers: message.wireHeaders,
            body: message.body)
        contentType = message.contentType
    }

    /// About what it costs of the window and of the broker's buffers.
    var size: Int { body.count + 512 }

    /// Why this can never be sent, if so. The broker closes the channel on an overlong name or body, and with it goes
    /// everything that was on its way; so such a message is stopped here.
    func refusal(maximumBody: Int) -> String? {
        if body.count > maximumBody { return "the body has \(body.count) bytes, more than \(maximumBody)" }
        for (name, value) in [
            ("exchange", exchange), ("routing key", routingKey), ("message id", messageID), ("type", type),
            ("content type", contentType), ("correlation id", correlationID ?? ""),
        ] where value.utf8.count > 255 {
            return "the \(name) is longer than 255 bytes"
        }
        var total = 0
        for (name, value) in headers {
            if name.utf8.count > 128 { return "a header name is longer than 128 bytes" }
            switch value {
            case .string(let text): total += text.utf8.count
            case .bytes(let bytes): total += bytes.count
            default: total += 8
            }
            total += name.utf8.count + 8
        }
        return total > 64 * 1024 ? "the headers are longer than 64 KiB" : nil
    }
}

extension OutgoingMessage {
    var wireHeaders: [String: HeaderValue] {
        var result: [String: HeaderValue] = [:]
        result.reserveCapacity(headers.count + 6)
        for (name, value) in headers { result[name] = .string(value) }
        if let traceparent { result[HeaderName.traceparent] = .string(traceparent) }
        if let aggregate { result[HeaderName.aggregate] = .string(aggregate.description) }
        if let version { result[HeaderName.version] = .integer(Int64(version)) }
        if let tenant { result[HeaderName.tenant] = .string(tenant.description) }
        if let causation { result[HeaderName.causation] = .string(causation) }
        return result
    }
}
