import Bus
import Database
import Kit
import Runtime
import Synchronization
import TestSupport

/// What the parts of the bench share, and the parts that publish.
struct Rig: Sendable {
    static let service = "bench"
    static let queue = BusNames.commandQueue(service)
    static let routingKey = "bench.do.v1"
    /// As large as a fact about a verification.
    static let body = Array("{\"filling\":\"\(String(repeating: "x", count: 580))\"}".utf8)
    static let window = Publisher.Limits().unconfirmedMessages

    static let topology: Topology = {
        var shared = Topology.shared()
        // The stream takes a second to make, and nothing here reads it.
        shared.queues.removeAll { $0.name == BusNames.eventLog }
        shared.bindings.removeAll { $0.queue == BusNames.eventLog }
        return shared + Topology.service(service, commandPatterns: ["bench.#"])
    }()

    let broker: TestBroker
    let database: Database

    func publisher(_ metrics: Metrics = Metrics()) -> Publisher {
        Publisher(
            broker.address, applicationID: Self.service, topology: Self.topology, log: .silent, metrics: metrics)
    }

    func message(routingKey: String = routingKey) -> OutgoingMessage {
        OutgoingMessage(
            exchange: BusNames.commands, routingKey: routingKey, type: Self.routingKey, body: Self.body,
            aggregate: .new())
    }

    func consumer(
        _ publisher: Publisher, _ options: BatchConsumer.Options,
        handle: @escaping @Sendable ([Delivery]) async throws -> [Outcome]
    ) -> BatchConsumer {
        BatchConsumer(
            broker.address, queue: Self.queue, service: Self.service, publisher: publisher, topology: Self.topology,
            options: options, log: .silent, metrics: Metrics(), handle: handle)
    }

    /// Takes and forgets what is in the queue.
    func drain(_ count: Int) async throws {
        let publisher = publisher()
        let taken = Atomic<Int>(0)
        let consumer = consumer(publisher, .init(prefetch: 2000, batchLimit: 500)) { deliveries in
            taken.wrappingAdd(deliveries.count, ordering: .relaxed)
            return deliveries.map { _ in .done }
        }
        try await running([publisher, consumer]) {
            guard await eventually(within: .seconds(60), { taken.load(ordering: .relaxed) >= count }) else {
                throw BenchError(message: "the queue gave \(taken.load(ordering: .relaxed)) of \(count) messages")
            }
        }
    }

    /// Puts messages into the queue.
    func fill(_ count: Int, by publisher: Publisher, inPacks: Bool) async throws {
        let relay = OutboxRelay(database, publisher: publisher, log: .silent, metrics: Metrics())
        try await running([relay]) {
            for _ in 0..<(count / 500) {
                let messages = messages(500, inPacks: inPacks)
                relay.send(try await database.transaction { try await Outbox.write(messages, in: $0) })
            }
            let isSent = await eventually(within: .seconds(60)) {
                (try? await database.value(Int.self, "SELECT count(*) FROM outbox")) == 0
            }
            guard isSent else { throw BenchError(message: "the broker did not take the messages") }
        }
    }

    /// As they are written together by the suite, to one key; or each to a key of its own, so that each is a row and a
    /// message of the broker.
    private func messages(_ count: Int, inPacks: Bool) -> [OutgoingMessage] {
        (0..<count).map { message(routingKey: inPacks ? Self.routingKey : "\(Self.routingKey).\($0)") }
    }

    // MARK: - Publishing

    private static let count = 20_000

    /// The better of two runs.
    func bare() async throws -> Double {
        let publisher = publisher()
        // Makes exchanges and queue.
        try await running([publisher]) { _ = await publisher.publish([message()]) }
        var best = 0.0
        for _ in 0..<2 {
            let address = broker.address
            best = max(
                best,
                try await withCheckedThrowingContinuation { done in
                    // The loop waits, so it gets a thread of its own.
                    OSThread.start("bare") {
                        done.resume(
                            with: Result {
                                try BarePublisher.run(
                                    address, exchange: BusNames.commands, routingKey: Self.routingKey, body: Self.body,
                                    count: Self.count, window: Self.window)
                            })
                    }
                })
        }
        try await drain(Self.count * 2 + 1)
        return best
    }

    /// Committed messages until the last is confirmed; the better of two runs.
    func relay(inPacks: Bool) async throws -> Double {
        var best = 0.0
        for _ in 0..<2 {
            for _ in 0..<(Self.count / 500) {
                let messages = messages(500, inPacks: inPacks)
                try await database.transaction { transaction in try await Outbox.write(messages, in: transaction) }
            }
            let rows = try await database.value(Int.self, "SELECT count(*) FROM outbox") ?? 0
            let metrics = Metrics()
            let published = metrics.counter("outbox_published_total", "Rows confirmed by the broker")
            let publisher = publisher()
            let reached = try await running([publisher]) {
                guard await eventually({ publisher.isConnected }) else {
                    throw BenchError(message: "the publisher does not connect")
                }
                // They are nobody's to send but the relay's.
                let relay = OutboxRelay(
                    database, publisher: publisher, options: .init(grace: .zero), log: .silent, metrics: metrics)
                let clock = ContinuousClock()
                let started = clock.now
                let seconds = try await running([relay]) {
                    guard await eventually(within: .seconds(60), { published.value >= rows }) else {
                        throw BenchError(message: "the relay published \(published.value) of \(rows) rows")
                    }
                    return started.duration(to: clock.now).inSeconds
                }
                return Double(Self.count) / seconds
            }
            best = max(best, reached)
            try await drain(Self.count)
        }
        return best
    }

    // MARK: - From the commit to the consumer

    struct Latencies: Sendable {
        let p50: Double
        let p99: Double
        let rate: Double
    }

    /// A transaction every ten milliseconds, for eight seconds, of which the first is not counted.
    func latencies(rate: Double) async throws -> Latencies {
        let publisher = publisher()
        let relay = OutboxRelay(database, publisher: publisher, log: .silent, metrics: Metrics())
        let arrived = Collected<(ID, ContinuousClock.Instant)>()
        let consumer = consumer(publisher, .init(prefetch: 400, batchLimit: 100)) { deliveries in
            let now = ContinuousClock.now
            arrived.append(contentsOf: deliveries.compactMap { delivery in delivery.id.map { ($0, now) } })
            return deliveries.map { _ in .done }
        }
        let each = max(1, Int(rate / 100))
        let turns = 800
        let (committed, elapsed) = try await running([publisher, relay, consumer]) {
            var committed: [ID: ContinuousClock.Instant] = [:]
            let started = ContinuousClock.now
            for turn in 0..<turns {
                try await Task.sleep(until: started + .milliseconds(10 * turn))
                let messages = (0..<each).map { _ in message() }
                relay.send(try await database.transaction { try await Outbox.write(messages, in: $0) })
                if turn >= 100 {
                    let now = ContinuousClock.now
                    for message in messages { committed[message.id] = now }
                }
            }
            let elapsed = started.duration(to: .now).inSeconds
            guard await eventually({ arrived.count >= turns * each }) else {
                throw BenchError(message: "\(arrived.count) of \(turns * each) messages arrived")
            }
            return (committed, elapsed)
        }
        let spans = arrived.all.compactMap { id, at in committed[id].map { $0.duration(to: at).inSeconds * 1000 } }
            .sorted()
        return Latencies(
            p50: max(0, spans[spans.count / 2]), p99: max(0, spans[spans.count * 99 / 100]),
            rate: Double(turns * each) / elapsed)
    }
}
