import JSON

extension Topology {
    /// The topology in the form that RabbitMQ loads for a vhost: `POST /api/definitions/<vhost>`. What is only looked
    /// for is left out, and so is what belongs to one connection.
    package var definitions: JSON {
        [
            "exchanges": .array(
                exchanges.filter { !$0.isPassive }.map {
                    [
                        "name": .string($0.name), "type": .string($0.kind.rawValue), "durable": true,
                        "auto_delete": false, "internal": false, "arguments": [:],
                    ]
                }),
            "queues": .array(
                queues.filter { !$0.isPassive && !$0.isExclusive }.map { queue in
                    var arguments = queue.arguments
                    arguments["x-queue-type"] = .string(queue.kind.rawValue)
                    return [
                        "name": .string(queue.name), "durable": true, "auto_delete": false,
                        "arguments": HeaderValue.table(arguments).json,
                    ]
                }),
            "bindings": .array(
                bindings.filter { binding in !queues.contains { $0.name == binding.queue && $0.isExclusive } }.map {
                    [
                        "source": .string($0.exchange), "destination": .string($0.queue),
                        "destination_type": "queue", "routing_key": .string($0.routingKey), "arguments": [:],
                    ]
                }),
            "policies": .array(
                policies.map { policy in
                    guard case .object(let members) = policy.json else { return policy.json }
                    return .object([.init("name", .string(policy.name))] + members)
                }),
        ]
    }
}
