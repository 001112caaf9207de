import Bus
import Database
import JSON
import Kit
import Runtime
import Synchronization
import TestSupport
import Testing

extension BusIntegration {
    @Suite(.serialized, .enabled(if: TestEnvironment.amqpURL != nil && TestEnvironment.databaseURL != nil))
    struct Outboxes {
        private func relay(
            _ bus: BusFixture, _ database: Database, _ options: OutboxRelay.Options = .init()
        ) -> OutboxRelay {
            OutboxRelay(database, publisher: bus.publisher, options: options, log: .silent, metrics: bus.metrics)
        }

        private func count(_ database: Database, _ table: SQL) async -> Int {
            // A failed count is no count that a test waits for.
            (try? await database.value(Int64.self, "SELECT count(*) FROM \(table)")).flatMap { $0 }.map { Int($0) }
                ?? -1
        }

        @Test("five thousand rows of concurrent transactions all reach the queue, and the outbox is empty after")
        func allPublished() async throws {
            try await BusFixture.with { bus in
                try await withBusDatabase { database in
                    let seen = Mutex([ID: Delivery]())
                    let consumer = bus.consumer { batch in
                        seen.withLock { seen in for delivery in batch { delivery.id.map { seen[$0] = delivery } } }
                        return batch.map { _ in .done }
                    }
                    let relay = relay(bus, database)
                    try await running([consumer, relay]) {
                        let sent = Collected<OutgoingMessage>()
                        try await withThrowingTaskGroup(of: Void.self) { group in
                            for writer in 0..<8 {
                                group.addTask {
                                    for turn in 0..<125 {
                                        let messages = (0..<5).map { bus.message(writer * 1000 + turn * 5 + $0) }
                                        let posted = try await database.transaction { transaction in
                                            try await Outbox.write(messages, in: transaction)
                                        }
                                        // Every third is left to the relay to find.
                                        if turn % 3 != 0 { relay.send(posted) }
                                        sent.append(contentsOf: messages)
                                    }
                                }
                            }
                            try await group.waitForAll()
                        }
                        let all = sent.all
                        #expect(all.count == 5000)
                        #expect(await eventually { seen.withLock { $0.count } >= 5000 })
                        for message in all {
                            let delivery = try #require(seen.withLock { $0[message.id] })
                            #expect(delivery.body == message.body)
                            #expect(delivery.aggregate == message.aggregate)
                            #expect(delivery.version == message.version)
                        }
                        #expect(await eventually { await count(database, "outbox") == 0 })
                    }
                    #expect(await count(database, "outbox_failed") == 0)
                }
            }
        }

        @Test("rows rolled back are never published, and rows committed late behind others are")
        func lateCommit() async throws {
            struct Undo: Error {}
            try await BusFixture.with { bus in
                try await withBusDatabase { database in
                    let seen = Collected<ID>()
                    let consumer = bus.consumer { batch in
                        seen.append(contentsOf: batch.compactMap(\.id))
                        return batch.map { _ in .done }
                    }
                    let relay = relay(bus, database, .init(grace: .milliseconds(50), sweepEvery: .milliseconds(300)))
                    let late = bus.message(1)
                    let early = bus.message(2)
                    let never = bus.message(3)
                    try await running([consumer, relay]) {
                        try await database.transaction { transaction in
                            // This one takes the lower id and commits after the other has been published and deleted.
                            try await Outbox.write([late], in: transaction)
                            try await database.transaction { try await Outbox.write([early], in: $0) }
                            do {
                                try await database.transaction { other in
                                    try await Outbox.write([never], in: other)
                                    throw Undo()
                                }
                            } catch is Undo {}
                            #expect(await eventually { seen.all == [early.id] })
                            // Later than a round usually begins, so that only a sweep can find it.
                            try await Task.sleep(for: .milliseconds(700))
                        }
                        #expect(await eventually { seen.all == [early.id, late.id] })
                        #expect(await eventually { await count(database, "outbox") == 0 })
                    }
                    #expect(seen.all == [early.id, late.id])
                }
            }
        }

        @Test("rows of one aggregate arrive in the order they were written")
        func order() async throws {
            try await BusFixture.with { bus in
                try await withBusDatabase { database in
                    let seen = Collected<Int>()
                    let consumer = bus.consumer { batch in
                        seen.append(contentsOf: batch.compactMap(\.version))
                        return batch.map { _ in .done }
                    }
                    let aggregate = ID.new()
                    let relay = relay(bus, database)
                    try await running([consumer, relay]) {
                        for start in stride(from: 0, to: 2000, by: 50) {
                            let messages = (start..<(start + 50)).map { number in
                                var message = bus.message(number)
                                message.aggregate = aggregate
                                return message
                            }
                            relay.send(try await database.transaction { try await Outbox.write(messages, in: $0) })
                        }
                        #expect(await eventually { seen.count == 2000 })
                    }
                    let misplaced = seen.all.enumerated().first { $0.offset != $0.element }
                    #expect(misplaced == nil && seen.count == 2000)
                }
            }
        }

        @Test("when a relay is cut off in the middle another takes its lanes over, and nothing is lost")
        func takeover() async throws {
            try await BusFixture.with { bus in
                try await withBusDatabase(connections: 8) { database in
                    let seen = Mutex(Set<ID>())
                    let consumer = bus.consumer { batch in
                        seen.withLock { seen in for delivery in batch { delivery.id.map { _ = seen.insert($0) } } }
                        return batch.map { _ in .done }
                    }
                    let options = OutboxRelay.Options(grace: .milliseconds(300), leaseFor: .milliseconds(900))
                    let first = relay(bus, database, options)
                    let second = relay(bus, database, options)
                    let sent = Collected<ID>()
                    try await running([consumer]) {
                        let cutOff = Task { try await first.run() }
                        // The first owns the lanes before the second begins.
                        #expect(
                            await eventually {
                                // Nothing is owned until the table says so.
                                let owned = try? await database.value(
                                    Int64.self, "SELECT count(*) FROM lease WHERE until > now()")
                                return owned == 8
                            })
                        try await running([second]) {
                            try await withThrowingTaskGroup(of: Void.self) { group in
                                for _ in 0..<4 {
                                    group.addTask {
                                        for _ in 0..<50 {
                                            let messages = (0..<10).map { bus.message($0) }
                                            first.send(
                                                try await database.transaction {
                                                    try await Outbox.write(messages, in: $0)
                                                })
                                            sent.append(contentsOf: messages.map(\.id))
                                            if sent.count > 1000 { cutOff.cancel() }
                                        }
                                    }
                                }
                                try await group.waitForAll()
                            }
                            let all = Set(sent.all)
                            #expect(all.count == 2000)
                            #expect(await eventually { seen.withLock { all.isSubset(of: $0) } })
                            #expect(await eventually { await count(database, "outbox") == 0 })
                        }
                        // Cancelled, it has ended by itself.
                        try await cutOff.value
                    }
                    let epochs = try await database.values(Int64.self, "SELECT epoch FROM lease")
                    #expect(epochs.allSatisfy { $0 == 2 })
                }
            }
        }

        @Test("a row that no queue takes holds up no other, and goes out once somebody takes it")
        func noTaker() async throws {
            try await BusFixture.with { bus in
                try await withBusDatabase { database in
                    let seen = Collected<ID>()
                    let consumer = bus.consumer { batch in
                        seen.append(contentsOf: batch.compactMap(\.id))
                        return batch.map { _ in .done }
                    }
                    let relay = relay(bus, database)
                    let orphan = bus.message(0, routingKey: "gamma.do.v1")
                    var lost = bus.message(1)
                    lost.exchange = "nowhere"
                    let messages = [orphan, lost] + (0..<100).map { bus.message($0) }
                    try await running([consumer, relay]) {
                        relay.send(try await database.transaction { try await Outbox.write(messages, in: $0) })
                        #expect(await eventually { Set(seen.all).count == 100 })
                        #expect(await eventually { await count(database, "outbox") == 2 })
                        let gamma = bus.broker
                        let more = Topology(
                            queues: [Topology.Queue("gamma.commands")],
                            bindings: [Topology.Binding("gamma.commands", to: BusNames.commands, "gamma.#")])
                        let maker = Publisher(
                            gamma.address, applicationID: "tests", name: "maker", topology: more, log: .silent,
                            metrics: Metrics())
                        try await running([maker]) { #expect(await eventually { maker.isConnected }) }
                        #expect(await eventually { await count(database, "outbox") == 1 })
                    }
                    #expect(try await bus.broker.take(10, from: "gamma.commands").count == 1)
                }
            }
        }

        @Test("a parked message becomes one row, and a replay brings it back to its queue under its own id")
        func parkAndReplay() async throws {
            try await BusFixture.with { bus in
                try await withBusDatabase { database in
                    let seen = Collected<Delivery>()
                    let consumer = bus.consumer { batch in
                        seen.append(contentsOf: batch)
                        return batch.map { $0.isReplay ? .done : .park(reason: "cannot be read") }
                    }
                    let parker = Parker(
                        bus.broker.address, service: BusFixture.service, database: database,
                        publisher: bus.publisher, topology: bus.topology, log: .silent, metrics: bus.metrics)
                    let relay = relay(bus, database)
                    let store = ParkedStore(database)
                    let message = bus.message(5)
                    try await running([parker, consumer, relay]) {
                        #expect(await bus.publisher.publish([message]) == [.confirmed])
                        #expect(await eventually { await count(database, "parked") == 1 })
                        // The very same once more: still one open row.
                        #expect(await bus.publisher.publish([message]) == [.confirmed])
                        let settled = "bus_outcomes_total{queue=\"park.alpha\",outcome=\"done\"} 2"
                        #expect(await eventually { bus.metrics.render().contains(settled) })
                        #expect(await count(database, "parked") == 1)

                        let parked = try #require(try await store.list().first)
                        #expect(parked.queue == BusFixture.queue)
                        #expect(parked.messageID == message.id.description)
                        #expect(parked.reason == "cannot be read")
                        #expect(parked.type == message.type)
                        #expect(parked.body == message.body)
                        #expect(parked.attempts == 0)

                        #expect(try await store.replay(parked.id))
                        #expect(await eventually { seen.count == 3 })
                        let again = try #require(seen.all.last)
                        #expect(again.id == message.id)
                        #expect(again.body == message.body)
                        #expect(again.isReplay)
                        #expect(again.attempt == 0)
                        #expect(again.exchange == BusNames.commands)
                        #expect(again.routingKey == "alpha.do.v1")
                        #expect(again.aggregate == message.aggregate)
                        #expect(again.version == 5)
                        // It is dealt with, once.
                        #expect(try await !store.replay(parked.id))
                        #expect(try await store.list().isEmpty)
                        #expect(try await store.show(parked.id)?.replays == 1)
                    }
                }
            }
        }

        @Test("a message that the broker puts aside, for being handed out too often, is parked with its queue")
        func deadLettered() async throws {
            struct Broken: Error {}
            try await BusFixture.with { bus in
                try await withBusDatabase { database in
                    // The service's policy with a limit that a test can reach.
                    let quick = Topology.Policy(
                        "quick", pattern: "^alpha\\.events$",
                        definition: [
                            "delivery-limit": 2, "overflow": "reject-publish", "dead-letter-strategy": "at-least-once",
                            "dead-letter-exchange": .string(BusNames.park),
                            "dead-letter-routing-key": .string(BusFixture.service),
                        ], priority: 10)
                    try await bus.broker.apply(quick)
                    let queue = BusNames.eventQueue(BusFixture.service)
                    let consumer = bus.consumer(queue: queue, .init(firstPause: .milliseconds(5))) { _ in
                        throw Broken()
                    }
                    let parker = Parker(
                        bus.broker.address, service: BusFixture.service, database: database,
                        publisher: bus.publisher, topology: bus.topology, log: .silent, metrics: bus.metrics)
                    try await running([parker, consumer]) {
                        var fact = bus.message(0, routingKey: "beta.happened.v1")
                        fact.exchange = BusNames.events
                        #expect(await bus.publisher.publish([fact]) == [.confirmed])
                        #expect(await eventually { await count(database, "parked") == 1 })
                        let parked = try #require(try await ParkedStore(database).list().first)
                        #expect(parked.queue == queue)
                        #expect(parked.messageID == fact.id.description)
                        #expect(parked.reason == "put aside by the broker: delivery_limit")
                        #expect(parked.headers["nk-origin-exchange"] == .string(BusNames.events))
                        #expect(parked.headers["nk-origin-routing-key"] == "beta.happened.v1")
                    }
                }
            }
        }

        @Test("of sixteen claims at once on the same messages each message is fresh for exactly one")
        func claims() async throws {
            try await withBusDatabase(connections: 16) { database in
                let ids = (0..<100).map { _ in ID.new() }
                let fresh = Collected<ID>()
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for _ in 0..<16 {
                        group.addTask {
                            let order = ids.shuffled()
                            let mine = try await database.transaction { try await Inbox.claim("alpha", order, in: $0) }
                            fresh.append(contentsOf: Array(mine))
                        }
                    }
                    try await group.waitForAll()
                }
                #expect(fresh.count == ids.count)
                #expect(Set(fresh.all) == Set(ids))
                // Another consumer of the same messages has its own claims; what is rolled back was never claimed.
                struct Undo: Error {}
                do {
                    _ = try await database.transaction { transaction in
                        let mine = try await Inbox.claim("beta", ids, in: transaction)
                        #expect(mine.count == ids.count)
                        throw Undo()
                    }
                } catch is Undo {}
                let again = try await database.transaction { try await Inbox.claim("beta", ids + ids, in: $0) }
                #expect(again.count == ids.count)
            }
        }

        @Test("two weeks later a claim is forgotten, a day before it is not")
        func forgetting() async throws {
            try await withBusDatabase { database in
                let now = Timestamp.now
                let id = ID.new(at: now)
                _ = try await database.transaction { try await Inbox.claim("alpha", [id], in: $0) }
                for days in 0...13 {
                    #expect(try await !Inbox.forgetOld(database, now: now + .seconds(days * 86_400)))
                }
                let still = try await database.transaction { try await Inbox.claim("alpha", [id], in: $0) }
                #expect(still.isEmpty)
                #expect(try await Inbox.forgetOld(database, now: now + .seconds(14 * 86_400)))
                let fresh = try await database.transaction { try await Inbox.claim("alpha", [id], in: $0) }
                #expect(fresh == [id])
            }
        }
    }
}
