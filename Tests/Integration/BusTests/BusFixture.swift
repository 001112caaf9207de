import Bus
import Kit
import Runtime
import Synchronization
import TestSupport
import Testing

/// All suites that talk to servers, one after the other: they share two cores with the servers.
@Suite(.serialized) enum BusIntegration {}

/// What most tests need: a vhost, a publisher, and names.
struct BusFixture: Sendable {
    let broker: TestBroker
    let publisher: Publisher
    let metrics: Metrics
    let health: Health
    let ladder: RetryLadder
    let topology: Topology

    static let service = "alpha"
    static let queue = BusNames.commandQueue(service)

    /// A ladder whose rungs are short enough for a test.
    static let quickLadder = RetryLadder(
        rungs: [RetryLadder.Rung("t1", .milliseconds(150)), RetryLadder.Rung("t2", .milliseconds(300))],
        maximumAttempts: 2)

    static func with<Result: Sendable>(
        _ body: @Sendable (BusFixture) async throws -> Result
    ) async throws -> Result {
        let ladder = quickLadder
        var shared = Topology.shared(ladder: ladder)
        // The stream takes a second to make, and no test here reads it.
        shared.queues.removeAll { $0.name == BusNames.eventLog }
        shared.bindings.removeAll { $0.queue == BusNames.eventLog }
        let topology =
            shared
            + Topology.service(service, commandPatterns: ["alpha.#"], eventPatterns: ["beta.#"])
        // The shared exchanges are made first, so the passive ones of the service find them.
        return try await TestBroker.withBroker(policies: topology.policies) { broker in
            let metrics = Metrics()
            let health = Health()
            let publisher = Publisher(
                broker.address, applicationID: "tests", topology: topology, log: .silent, metrics: metrics,
                health: health)
            let fixture = BusFixture(
                broker: broker, publisher: publisher, metrics: metrics, health: health, ladder: ladder,
                topology: topology)
            return try await running([publisher]) { try await body(fixture) }
        }
    }

    func message(_ number: Int = 0, routingKey: String = "alpha.do.v1") -> OutgoingMessage {
        OutgoingMessage(
            exchange: BusNames.commands, routingKey: routingKey, type: "alpha.do.v1",
            body: Array("{\"number\":\(number)}".utf8), aggregate: .new(), version: number)
    }

    /// Handling of one message always fails. It ends in the park, alone, and all the others have their effect; gives it as
    /// it is parked.
    func expectParkedAlone(
        _ poison: OutgoingMessage, among others: [OutgoingMessage], sending: @Sendable () async throws -> Void
    ) async throws -> Delivery? {
        struct Broken: Error {}
        let done = Mutex(Set<ID>())
        let consumer = consumer(.init(firstPause: .milliseconds(5), longestPause: .milliseconds(50))) { batch in
            if batch.contains(where: { $0.id == poison.id }) { throw Broken() }
            done.withLock { done in for delivery in batch { delivery.id.map { _ = done.insert($0) } } }
            return batch.map { _ in .done }
        }
        let parked = Collected<Delivery>()
        let park = self.consumer(queue: BusNames.parkQueue(Self.service)) { batch in
            parked.append(contentsOf: batch)
            return batch.map { _ in .done }
        }
        try await running([consumer, park]) {
            try await sending()
            #expect(await eventually { done.withLock { $0.count } == others.count })
            #expect(await eventually(within: .seconds(60)) { parked.count == 1 })
        }
        #expect(parked.all.map(\.id) == [poison.id])
        return parked.all.first
    }

    func consumer(
        queue: String = BusFixture.queue, _ options: BatchConsumer.Options = .init(),
        handle: @escaping @Sendable ([Delivery]) async throws -> [Outcome]
    ) -> BatchConsumer {
        BatchConsumer(
            broker.address, queue: queue, service: Self.service, publisher: publisher, topology: topology,
            ladder: ladder, options: options, log: .silent, metrics: metrics, health: health, handle: handle)
    }
}
