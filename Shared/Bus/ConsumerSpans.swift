import Kit
import Runtime

/// The spans of a batch: one for each message, because each belongs to a trace of its own.
enum ConsumerSpans {
    /// Gives each delivery its place in the trace of what sent it.
    static func begin(_ batch: [Delivery]) -> [Delivery] {
        batch.map { delivery in
            var delivery = delivery
            delivery.span = sender(of: delivery)?.child() ?? .root()
            return delivery
        }
    }

    /// Tells of a batch that was handled; without outcomes the handler threw, and all of it comes again.
    static func end(_ batch: [Delivery], _ outcomes: [Outcome]?, since start: Timestamp) {
        guard Tracer.process.isOn else { return }
        let end = Timestamp.now
        for (index, delivery) in batch.enumerated() {
            guard let context = delivery.span else { continue }
            Tracer.process.record(
                Span(
                    context, parent: sender(of: delivery), .consumer, "process \(delivery.queue)", start: start,
                    end: end,
                    [
                        ("messaging.system", .string("rabbitmq")), ("messaging.operation.name", .string("process")),
                        ("messaging.operation.type", .string("process")),
                        (
                            "messaging.destination.name",
                            .string("\(delivery.exchange):\(delivery.routingKey):\(delivery.queue)")
                        ),
                        ("messaging.rabbitmq.destination.routing_key", .string(delivery.routingKey)),
                        ("messaging.message.id", .string(delivery.messageID)),
                        ("messaging.message.conversation_id", .string(delivery.correlationID ?? "")),
                        ("messaging.batch.message_count", .integer(Int64(batch.count))),
                    ], failure: failure(outcomes?[index])))
        }
    }

    private static func sender(of delivery: Delivery) -> TraceContext? {
        delivery.headers[HeaderName.traceparent]?.stringValue.flatMap { TraceContext(traceparent: $0) }
    }

    private static func failure(_ outcome: Outcome?) -> String? {
        switch outcome {
        case .done: nil
        case .retry: "retry"
        case .park: "park"
        case nil: "failed"
        }
    }
}
