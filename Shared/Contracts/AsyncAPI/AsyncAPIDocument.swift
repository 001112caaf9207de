import JSON
import Kit

/// What goes over the broker as AsyncAPI 3.0, made out of the records that are sent: for other companies' services the
/// two channels that are theirs, for us the commands and events between our own.
package enum AsyncAPIDocument {
    /// The document.
    package static let json: JSON = [
        "asyncapi": "3.0.0",
        "info": [
            "title": "Namaskah over AMQP", "version": .string(Version.text),
            "description": .string(introduction),
        ],
        "defaultContentType": "application/json",
        "servers": ["broker": ["host": "localhost:5672", "protocol": "amqp", "protocolVersion": "0.9.1"]],
        "channels": .object(channels.map { .init($0.name, $0.json) }),
        "operations": .object(channels.map { .init($0.operation, $0.operationJSON) }),
        "components": [
            "messages": .object(messages.map { .init($0.name, $0.json) }),
            "schemas": .object(
                messages.reduce(into: [JSON.Member]()) { schemas, message in
                    guard !schemas.contains(where: { $0.name == message.schemaName }) else { return }
                    schemas.append(.init(message.schemaName, message.schema))
                }),
        ],
    ]

    private static let introduction = """
        Every message is JSON. Its `message_id` is a UUIDv7 that stays the same when it comes again: take each once. \
        Its `type` says what it is. Messages may come more than once and out of order; facts carry a `version`, of \
        which the highest holds.

        On `namaskah.commands` and `namaskah.events`, which are the suite's own, several messages for one routing key may \
        travel as one: its type is `namaskah.pack.v1`, its content type `application/vnd.namaskah.pack`, and its body one \
        line of JSON, an array with `id`, `type`, `correlation-id`, `headers` and `size` of each, after which the bodies \
        stand one behind another. Other companies' queues never hold one.
        """

    /// A kind of message: an AMQP type and the record in its body.
    struct Kind: Sendable {
        let type: String
        let summary: String
        let schemaName: String
        let schema: JSON
        var channel: Channel

        init(_ type: String, _ summary: String, _ record: any JSONRecord.Type, on channel: Channel) {
            self.type = type
            self.summary = summary
            schemaName = String(describing: record)
            schema = record.schema
            self.channel = channel
        }

        /// The same type is spoken on more than one exchange, with other bodies.
        var name: String { "\(channel)-\(type)" }

        var json: JSON {
            [
                "name": .string(type), "summary": .string(summary), "contentType": "application/json",
                "headers": [
                    "type": "object",
                    "properties": [
                        "traceparent": ["type": "string", "description": "W3C Trace Context."],
                        "correlation-id": ["type": "string"],
                    ],
                ],
                "payload": ["$ref": .string("#/components/schemas/\(schemaName)")],
                "bindings": ["amqp": ["messageType": .string(type)]],
            ]
        }
    }

    /// An exchange with a routing key, or a queue, and what goes through it.
    struct Way: Sendable {
        let name: String
        let address: String
        let summary: String
        /// As other services see it (`send` into the ingress, `receive` from their queue); our own likewise.
        let action: String
        let channel: Channel
        var parameters: [(name: String, meaning: String)] = []
        /// The queue to read; nil for an exchange to publish to.
        var queue: String?

        var operation: String { "\(action)-\(name)" }
        private var kinds: [Kind] { AsyncAPIDocument.messages.filter { $0.channel == channel } }

        var json: JSON {
            var members: [JSON.Member] = [
                .init("address", .string(address)), .init("description", .string(summary)),
                .init(
                    "messages",
                    .object(
                        kinds.map { .init($0.name, ["$ref": .string("#/components/messages/\($0.name)")]) })),
            ]
            if !parameters.isEmpty {
                members.append(
                    .init(
                        "parameters",
                        .object(parameters.map { .init($0.name, ["description": .string($0.meaning)]) })))
            }
            members.append(.init("bindings", ["amqp": binding]))
            return .object(members)
        }

        private var binding: JSON {
            if let queue {
                return ["is": "queue", "queue": ["name": .string(queue), "durable": true, "exclusive": false]]
            }
            return [
                "is": "routingKey",
                "exchange": ["name": .string(channel.rawValue), "type": "topic", "durable": true],
            ]
        }

        var operationJSON: JSON {
            [
                "action": .string(action), "summary": .string(summary),
                "channel": ["$ref": .string("#/channels/\(name)")],
                "messages": .array(
                    kinds.map { ["$ref": .string("#/channels/\(name)/messages/\($0.name)")] }),
            ]
        }
    }
}
