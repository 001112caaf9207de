import Bus
import Kit
import Runtime
import Synchronization
import TestSupport
import Testing

extension BusIntegration {
    @Suite(.serialized, .enabled(if: TestEnvironment.amqpURL != nil)) struct Publishing {
        @Test("ten thousand confirmed messages of several callers are all consumed, each once and unchanged")
        func manyMessages() async throws {
            try await BusFixture.with { bus in
                let seen = Collected<Delivery>()
                let consumer = bus.consumer { batch in
                    seen.append(contentsOf: batch)
                    return batch.map { _ in .done }
                }
                try await running([consumer]) {
                    let sent = (0..<10_000).map { bus.message($0) }
                    let confirmed = await withTaskGroup(of: Int.self) { group in
                        for start in stride(from: 0, to: sent.count, by: 2500) {
                            group.addTask {
                                let outcomes = await bus.publisher.publish(
                                    Array(sent[start..<(start + 2500)]), within: .seconds(60))
                                return outcomes.count { $0 == .confirmed }
                            }
                        }
                        return await group.reduce(0, +)
                    }
                    #expect(confirmed == sent.count)
                    #expect(await eventually { seen.count >= sent.count })
                    let got = seen.all
                    #expect(got.count == sent.count)
                    let byID = Dictionary(got.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
                    for message in sent {
                        let delivery = try #require(byID[message.id])
                        #expect(delivery.body == message.body)
                        #expect(delivery.aggregate == message.aggregate)
                        #expect(delivery.version == message.version)
                    }
                }
            }
        }

        @Test("every property and header of a message arrives as it was written")
        func envelope() async throws {
            try await BusFixture.with { bus in
                let trace = TraceContext.root()
                let tenant = ID.new()
                let aggregate = ID.new()
                let message = TraceContext.$current.withValue(trace) {
                    OutgoingMessage(
                        exchange: BusNames.commands, routingKey: "alpha.do.v1", type: "alpha.do.v1", body: [],
                        correlationID: "saga-1", aggregate: aggregate, version: 7, tenant: tenant,
                        causation: "because", headers: ["other": "schön"])
                }
                let seen = Collected<Delivery>()
                let consumer = bus.consumer { batch in
                    seen.append(contentsOf: batch)
                    return batch.map { _ in .done }
                }
                try await running([consumer]) {
                    #expect(await bus.publisher.publish([message]) == [.confirmed])
                    #expect(await eventually { seen.count == 1 })
                }
                let delivery = try #require(seen.all.first)
                #expect(delivery.messageID == message.id.description)
                #expect(delivery.type == "alpha.do.v1")
                #expect(delivery.exchange == BusNames.commands)
                #expect(delivery.routingKey == "alpha.do.v1")
                #expect(delivery.queue == BusFixture.queue)
                #expect(delivery.contentType == "application/json")
                #expect(delivery.correlationID == "saga-1")
                #expect(delivery.appID == "tests")
                #expect(delivery.userID == bus.broker.address.user)
                #expect(delivery.tenant == tenant)
                #expect(delivery.aggregate == aggregate)
                #expect(delivery.version == 7)
                #expect(delivery.causation == "because")
                #expect(delivery.traceparent == trace.traceparent)
                #expect(delivery.headers["other"] == .string("schön"))
                #expect(delivery.body.isEmpty)
                #expect(delivery.attempt == 0)
                #expect(!delivery.redelivered)
                #expect(abs((Timestamp.now - (delivery.timestamp ?? .init(seconds: 0))).inSeconds) < 60)
            }
        }

        @Test("a message that no queue takes comes back with the reason, its neighbours are confirmed")
        func unroutable() async throws {
            try await BusFixture.with { bus in
                let lost = bus.message(1, routingKey: "nobody.listens.v1")
                let outcomes = await bus.publisher.publish([bus.message(0), lost, bus.message(2)])
                #expect(outcomes[0] == .confirmed)
                #expect(outcomes[1] == .returned(reason: "312 NO_ROUTE"))
                #expect(outcomes[2] == .confirmed)
            }
        }

        @Test("a missing exchange costs only what was on its way, and is not tried again at once")
        func missingExchange() async throws {
            try await BusFixture.with { bus in
                var nowhere = bus.message(0)
                nowhere.exchange = "nowhere"
                let first = await bus.publisher.publish([nowhere])
                #expect(first == [.unknown])
                // The same again: refused without a word to the broker, so that others get through.
                let second = await bus.publisher.publish([nowhere, bus.message(1)])
                guard case .returned(let reason) = second[0] else {
                    Issue.record("a message to a missing exchange became \(second[0])")
                    return
                }
                #expect(reason.contains("no exchange 'nowhere'"))
                #expect(second[1] == .confirmed)
            }
        }

        @Test("a message that AMQP cannot carry is refused before it can close the channel for all")
        func impossible() async throws {
            try await BusFixture.with { bus in
                var long = bus.message(0)
                long.routingKey = "alpha." + String(repeating: "x", count: 300)
                var large = bus.message(1)
                large.body = Array(repeating: 0x20, count: 2 * 1024 * 1024)
                let outcomes = await bus.publisher.publish([long, large, bus.message(2)])
                #expect(outcomes[0] == .returned(reason: "the routing key is longer than 255 bytes"))
                guard case .returned = outcomes[1] else {
                    Issue.record("a body over the limit became \(outcomes[1])")
                    return
                }
                #expect(outcomes[2] == .confirmed)
            }
        }

        @Test("a full queue refuses, and says so")
        func fullQueue() async throws {
            try await BusFixture.with { bus in
                let small = Topology(
                    queues: [
                        Topology.Queue(
                            "small", .classic,
                            arguments: ["x-max-length": .integer(1), "x-overflow": .string("reject-publish")])
                    ])
                let publisher = Publisher(
                    bus.broker.address, applicationID: "tests", name: "small", topology: small, log: .silent,
                    metrics: bus.metrics)
                try await running([publisher]) {
                    let messages = (0..<50).map { number in
                        var message = bus.message(number)
                        message.exchange = BusNames.defaultExchange
                        message.routingKey = "small"
                        return message
                    }
                    let outcomes = await publisher.publish(messages)
                    #expect(outcomes.contains(.confirmed))
                    #expect(outcomes.contains(.nacked))
                    #expect(outcomes.allSatisfy { $0 == .confirmed || $0 == .nacked })
                }
            }
        }

        @Test("connections cut again and again lose nothing: what is unknown is sent again until confirmed")
        func cutConnections() async throws {
            try await BusFixture.with { bus in
                let seen = Mutex(Set<ID>())
                let consumer = bus.consumer { batch in
                    seen.withLock { seen in for delivery in batch { delivery.id.map { _ = seen.insert($0) } } }
                    return batch.map { _ in .done }
                }
                try await running([consumer]) {
                    let finished = Collected<Bool>()
                    let sent = Collected<ID>()
                    let unknown = Counter()
                    try await withThrowingTaskGroup(of: Void.self) { group in
                        for _ in 0..<4 {
                            group.addTask {
                                while finished.count == 0 {
                                    var rest = (0..<200).map { bus.message($0) }
                                    sent.append(contentsOf: rest.map(\.id))
                                    while !rest.isEmpty {
                                        let outcomes = await bus.publisher.publish(rest)
                                        unknown.add(outcomes.count { $0 == .unknown })
                                        rest = zip(rest, outcomes).filter { $0.1 != .confirmed }.map(\.0)
                                    }
                                }
                            }
                        }
                        for _ in 0..<3 { try await bus.broker.cutConnections(atLeast: 2) }
                        finished.append(true)
                        try await group.waitForAll()
                    }
                    #expect(unknown.value > 0, "no connection was cut while publishing")
                    let all = Set(sent.all)
                    #expect(await eventually { seen.withLock { all.isSubset(of: $0) } })
                }
            }
        }

        @Test("when the broker cannot be reached, messages are unknown at their deadline, and a late one at once")
        func away() async throws {
            var address = try AMQPAddress("amqp://guest:guest@127.0.0.1:1/")
            address.vhost = "none"
            let health = Health()
            let publisher = Publisher(
                address, applicationID: "tests", log: .silent, metrics: Metrics(), health: health)
            let message = OutgoingMessage(exchange: "x", routingKey: "y", type: "z", body: [])
            try await running([publisher]) {
                let clock = ContinuousClock()
                let started = clock.now
                #expect(await publisher.publish([message], within: .milliseconds(300)) == [.unknown])
                #expect(clock.now - started >= .milliseconds(250))
                #expect(!publisher.isConnected)
                #expect(!health.isReady)
            }
            #expect(await publisher.publish([message], within: .seconds(60)) == [.unknown])
        }

        @Test("updates that may be lost arrive while the broker is there, and never wait")
        func transient() async throws {
            try await BusFixture.with { bus in
                let push = Topology(
                    exchanges: [Topology.Exchange(BusNames.push, .topic, isPassive: true)],
                    queues: [Topology.Queue("gateway.push.test", .classic, isExclusive: true)],
                    bindings: [Topology.Binding("gateway.push.test", to: BusNames.push, "#")])
                // The first message through the publisher shows that the shared exchanges are made.
                #expect(await bus.publisher.publish([bus.message()]) == [.confirmed])
                let transient = TransientPublisher(
                    bus.broker.address, applicationID: "tests", log: .silent, metrics: bus.metrics)
                let seen = Collected<Delivery>()
                let consumer = BatchConsumer(
                    bus.broker.address, queue: "gateway.push.test", service: "gateway", publisher: bus.publisher,
                    topology: push, log: .silent, metrics: bus.metrics
                ) { batch in
                    seen.append(contentsOf: batch)
                    return batch.map { _ in .done }
                }
                try await running([transient, consumer]) {
                    #expect(await eventually { transient.isConnected && consumer.isConnected })
                    for number in 0..<100 {
                        var message = bus.message(number)
                        message.exchange = BusNames.push
                        transient.publish([message])
                    }
                    #expect(await eventually { seen.count == 100 })
                }
            }
        }
    }
}
