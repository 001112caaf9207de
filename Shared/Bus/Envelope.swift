import JSON
import Kit

/// Properties and headers of a message as one JSON object, the way the tables keep them: AMQP's own properties under
/// names that no header of ours has, and every header under its own.
enum Envelope {
    static let messageID = "message-id"
    static let correlationID = "correlation-id"
    static let contentType = "content-type"
    static let user = "user-id"
    static let application = "app-id"

    static func json(_ message: OutgoingMessage) -> JSON {
        var members: [JSON.Member] = []
        if let id = message.correlationID { members.append(.init(correlationID, .string(id))) }
        if message.contentType != "application/json" {
            members.append(.init(contentType, .string(message.contentType)))
        }
        for (name, value) in message.wireHeaders where !isProperty(name) {
            members.append(.init(name, value.json))
        }
        return .object(members)
    }

    static func json(_ delivery: Delivery, headers: [String: HeaderValue]) -> JSON {
        var members: [JSON.Member] = []
        func add(_ name: String, _ value: String?) {
            if let value { members.append(.init(name, .string(value))) }
        }
        add(messageID, delivery.messageID)
        add(correlationID, delivery.correlationID)
        add(contentType, delivery.contentType)
        add(user, delivery.userID)
        add(application, delivery.appID)
        for (name, value) in headers.sorted(by: { $0.key < $1.key }) where !isProperty(name) {
            members.append(.init(name, value.json))
        }
        return .object(members)
    }

    private static func isProperty(_ name: String) -> Bool {
        name == messageID || name == correlationID || name == contentType || name == user || name == application
    }

    /// A message out of a row.
    static func message(
        id: ID, exchange: String, routingKey: String, type: String, envelope: JSON, body: [UInt8]
    ) -> WireMessage {
        var wire = WireMessage(
            messageID: envelope[messageID]?.stringValue ?? id.description, exchange: exchange,
            routingKey: routingKey, type: type, correlationID: envelope[correlationID]?.stringValue, headers: [:],
            body: body)
        if let contentType = envelope[contentType]?.stringValue { wire.contentType = contentType }
        for member in envelope.objectValue ?? [] where !isProperty(member.name) {
            wire.headers[member.name] = HeaderValue(json: member.value)
        }
        return wire
    }
}
