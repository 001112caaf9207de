import Bus
import Kit
import Runtime
import TestSupport
import Testing

extension BusIntegration {
    @Suite(.serialized, .enabled(if: TestEnvironment.amqpURL != nil)) struct Topologies {
        @Test("a service whose user may make nothing but its own queues works on a broker set up from definitions")
        func limitedUser() async throws {
            try await TestBroker.withBroker { broker in
                let service = Topology.service("alpha", commandPatterns: ["alpha.#"], eventPatterns: ["beta.#"])
                try await broker.load((Topology.shared() + service).definitions)
                try await broker.withUser(
                    configure: "^(alpha\\..*|park\\.alpha)$",
                    write: "^(alpha\\..*|park\\.alpha|namaskah\\.(commands|retry\\..*|park))$",
                    read: "^(alpha\\..*|park\\.alpha|namaskah\\.(commands|events|park|redeliver))$"
                ) { address in
                    let publisher = Publisher(
                        address, applicationID: "alpha", topology: service, log: .silent, metrics: Metrics())
                    let seen = Collected<Delivery>()
                    let consumer = BatchConsumer(
                        address, queue: BusNames.commandQueue("alpha"), service: "alpha", publisher: publisher,
                        topology: service, log: .silent, metrics: Metrics()
                    ) { batch in
                        seen.append(contentsOf: batch)
                        return batch.map { _ in .done }
                    }
                    try await running([publisher, consumer]) {
                        let message = OutgoingMessage(
                            exchange: BusNames.commands, routingKey: "alpha.do.v1", type: "alpha.do.v1", body: [])
                        #expect(await publisher.publish([message]) == [.confirmed])
                        #expect(await eventually { seen.count == 1 })
                        #expect(seen.all.first?.userID == address.user)

                        // What it may not write to is refused, and does not stop what it may.
                        var foreign = message
                        foreign.exchange = BusNames.tenant
                        #expect(await publisher.publish([foreign]) == [.unknown])
                        let again = await publisher.publish([foreign, message])
                        guard case .returned(let reason) = again[0] else {
                            Issue.record("a message to a forbidden exchange became \(again[0])")
                            return
                        }
                        #expect(reason.contains("ACCESS_REFUSED"))
                        #expect(again[1] == .confirmed)
                    }
                }
            }
        }

        @Test("what another user claims of itself in a header is not believed")
        func forgedUser() async throws {
            try await BusFixture.with { bus in
                let seen = Collected<Delivery>()
                let consumer = bus.consumer { batch in
                    seen.append(contentsOf: batch)
                    return batch.map { _ in .done }
                }
                #expect(await bus.publisher.publish([bus.message()]) == [.confirmed])
                try await bus.broker.withUser(configure: "^$", write: ".*", read: "^$") { address in
                    let stranger = Publisher(address, applicationID: "stranger", log: .silent, metrics: Metrics())
                    try await running([stranger, consumer]) {
                        var message = bus.message(1)
                        message.headers = [
                            "nk-user": "somebody", "nk-origin-exchange": "elsewhere", "nk-origin-routing-key": "else",
                        ]
                        #expect(await stranger.publish([message]) == [.confirmed])
                        #expect(await eventually { seen.count == 2 })
                        let delivery = try #require(seen.all.first { $0.id == message.id })
                        #expect(delivery.userID == address.user)
                        #expect(delivery.exchange == BusNames.commands)
                        #expect(delivery.routingKey == "alpha.do.v1")
                    }
                }
            }
        }
    }
}
