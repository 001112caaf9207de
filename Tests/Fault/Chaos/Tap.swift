import Bus
import JSON
import Runtime
import Security
import Synchronization
import TestSupport

/// Remembers some of what the services tell one another, so that it can be told again.
final class Memory: Sendable {
    /// A message with everything that the broker needs to send it once more.
    struct Copy: Sendable {
        let exchange: String
        let routingKey: String
        let properties: JSON
        let body: [UInt8]
    }

    private static let length = 4000
    private let copies = Mutex<[Copy]>([])

    fileprivate func remember(_ batch: [Delivery]) {
        let new = batch.filter { !$0.type.isEmpty && $0.id != nil }.map { delivery in
            var properties: [JSON.Member] = [
                .init("message_id", .string(delivery.messageID)), .init("type", .string(delivery.type)),
                .init("delivery_mode", 2), .init("headers", HeaderValue.table(delivery.headers).json),
            ]
            for (name, value) in [
                ("correlation_id", delivery.correlationID), ("app_id", delivery.appID),
                ("content_type", delivery.contentType),
            ] {
                if let value { properties.append(.init(name, .string(value))) }
            }
            return Copy(
                exchange: delivery.exchange, routingKey: delivery.routingKey, properties: .object(properties),
                body: delivery.body)
        }
        copies.withLock { copies in
            copies += new
            if copies.count > Self.length * 2 { copies.removeFirst(copies.count - Self.length) }
        }
    }

    /// One of the last, or of all that is remembered.
    func copy(dice: UInt64, amongLast count: Int?) -> Copy? {
        copies.withLock { copies in
            let candidates = count.map { copies.suffix($0) } ?? copies[...]
            guard !candidates.isEmpty else { return nil }
            return candidates[candidates.startIndex + Int(dice % UInt64(candidates.count))]
        }
    }
}

/// Hears what goes over the exchanges, on a queue of its own.
struct Tap: Sendable {
    let memory = Memory()
    let publisher: Publisher
    let consumer: BatchConsumer

    init(_ broker: TestBroker) {
        let queue = "chaos.tap"
        let topology = Topology(
            queues: [Topology.Queue(queue, .classic, isExclusive: true)],
            bindings: [
                Topology.Binding(queue, to: BusNames.events, "verification.#"),
                Topology.Binding(queue, to: BusNames.events, "billing.#"),
                Topology.Binding(queue, to: BusNames.commands, "#"),
            ])
        // Every consumer wants one, for what it parks; this one parks nothing.
        publisher = Publisher(broker.address, applicationID: "chaos", log: .silent, metrics: Metrics())
        consumer = BatchConsumer(
            broker.address, queue: queue, service: "chaos", publisher: publisher, topology: topology, log: .silent,
            metrics: Metrics()
        ) { [memory] batch in
            memory.remember(batch)
            return batch.map { _ in .done }
        }
    }
}

extension TestBroker {
    /// Sends a message with all its properties; false when no queue took it.
    package func send(_ exchange: String, _ routingKey: String, _ properties: JSON, _ body: [UInt8]) async throws
        -> Bool
    {
        // RabbitMQ's own exchange has a name in the API alone.
        let name = exchange.isEmpty ? "amq.default" : exchange
        let answer = try await expect(
            "POST", "/api/exchanges/\(vhost)/\(name)/publish",
            [
                "properties": properties, "routing_key": .string(routingKey),
                "payload": .string(Base64.text(body)), "payload_encoding": "base64",
            ])
        return answer["routed"]?.boolValue == true
    }
}
