import Bus
import JSON
import Kit
import Runtime
import Synchronization
import TestSupport
import Testing

extension BusIntegration {
    @Suite(.serialized, .enabled(if: TestEnvironment.amqpURL != nil)) struct Consuming {
        @Test("a message to be retried comes back to the same queue with one attempt more and the same id")
        func retried() async throws {
            try await BusFixture.with { bus in
                let seen = Collected<Delivery>()
                let consumer = bus.consumer { batch in
                    seen.append(contentsOf: batch)
                    return batch.map { $0.attempt == 0 ? .retry(reason: "not yet") : .done }
                }
                let other = bus.consumer(queue: BusNames.eventQueue(BusFixture.service)) { batch in
                    Issue.record("another queue saw the message")
                    return batch.map { _ in .done }
                }
                let message = bus.message(3)
                try await running([consumer, other]) {
                    #expect(await bus.publisher.publish([message]) == [.confirmed])
                    #expect(await eventually { seen.count == 2 })
                }
                let again = try #require(seen.all.last)
                #expect(again.attempt == 1)
                #expect(again.id == message.id)
                #expect(again.body == message.body)
                #expect(again.exchange == BusNames.commands)
                #expect(again.routingKey == "alpha.do.v1")
                #expect(again.userID == bus.broker.address.user)
                #expect(again.aggregate == message.aggregate)
                #expect(again.version == 3)
                #expect(again.firstAt != nil)
                #expect(again.queue == BusFixture.queue)
            }
        }

        @Test("a message that fails at every attempt is parked with the reason, its origin and its attempts")
        func givenUp() async throws {
            try await BusFixture.with { bus in
                let attempts = Collected<Int>()
                let consumer = bus.consumer { batch in
                    attempts.append(contentsOf: batch.map(\.attempt))
                    return batch.map { _ in .retry(reason: "still down") }
                }
                let parked = Collected<Delivery>()
                let park = bus.consumer(queue: BusNames.parkQueue(BusFixture.service)) { batch in
                    parked.append(contentsOf: batch)
                    return batch.map { _ in .done }
                }
                try await running([consumer, park]) {
                    #expect(await bus.publisher.publish([bus.message()]) == [.confirmed])
                    #expect(await eventually { parked.count == 1 })
                }
                #expect(attempts.all == [0, 1, 2])
                let last = try #require(parked.all.first)
                #expect(last.headers["nk-reason"] == .string("gave up after 2 attempts: still down"))
                #expect(last.headers["nk-origin"] == .string(BusFixture.queue))
                #expect(last.headers["nk-attempt"] == .integer(2))
                #expect(last.headers["x-death"] == nil)
            }
        }

        @Test("when the handler throws, nothing is acknowledged and every message comes again")
        func handlerThrows() async throws {
            struct Away: Error {}
            try await BusFixture.with { bus in
                let failures = Counter()
                let done = Mutex(Set<ID>())
                let consumer = bus.consumer(.init(firstPause: .milliseconds(20))) { batch in
                    failures.add()
                    if failures.value <= 2 { throw Away() }
                    done.withLock { done in for delivery in batch { delivery.id.map { _ = done.insert($0) } } }
                    return batch.map { _ in .done }
                }
                let sent = (0..<100).map { bus.message($0) }
                try await running([consumer]) {
                    let outcomes = await bus.publisher.publish(sent)
                    #expect(outcomes.allSatisfy { $0 == .confirmed })
                    #expect(await eventually { done.withLock { $0.count } == sent.count })
                }
            }
        }

        @Test("one message whose handling always fails ends in the park, and does not hold up the others")
        func poison() async throws {
            try await BusFixture.with { bus in
                let poison = bus.message(-1)
                let sent = (0..<100).map { bus.message($0) }
                _ = try await bus.expectParkedAlone(poison, among: sent) {
                    _ = await bus.publisher.publish([poison] + sent)
                }
            }
        }

        @Test("a message that was handed out twice and never settled comes alone")
        func suspectsComeAlone() async throws {
            struct Away: Error {}
            try await BusFixture.with { bus in
                let batches = Collected<[Int]>()
                let consumer = bus.consumer(.init(firstPause: .milliseconds(5), longestPause: .milliseconds(20))) {
                    batch in
                    batches.append(batch.map(\.deliveryCount))
                    if batch.contains(where: { $0.deliveryCount < 2 }) { throw Away() }
                    return batch.map { _ in .done }
                }
                _ = await bus.publisher.publish((0..<10).map { bus.message($0) })
                let limit = 10
                try await running([consumer]) {
                    #expect(
                        await eventually {
                            batches.all.filter { $0.contains { $0 >= 2 } }.count >= limit
                        })
                }
                for batch in batches.all where batch.contains(where: { $0 >= 2 }) { #expect(batch.count == 1) }
                #expect(batches.all.contains { $0.count > 1 })
            }
        }

        @Test("with several batches in hand, an unfinished one keeps its messages although later ones are finished")
        func prefixOnly() async throws {
            try await BusFixture.with { bus in
                let sent = (0..<40).map { bus.message($0) }
                _ = await bus.publisher.publish(sent)
                let slow = sent[0].id
                let (gate, open) = AsyncStream.makeStream(of: Void.self)
                let done = Mutex(Set<ID>())
                let starts = Mutex([ID: Int]())
                let consumer = bus.consumer(.init(prefetch: 100, batchLimit: 5, concurrency: 3)) { batch in
                    let isFirst = starts.withLock { starts in
                        for delivery in batch { delivery.id.map { starts[$0, default: 0] += 1 } }
                        return batch.contains { $0.id == slow && starts[slow] == 1 }
                    }
                    if isFirst { for await _ in gate { break } }
                    done.withLock { done in for delivery in batch { delivery.id.map { _ = done.insert($0) } } }
                    return batch.map { _ in .done }
                }
                try await running([consumer]) {
                    #expect(await eventually { done.withLock { $0.count } == 35 })
                    // Cut off now, the broker must give back all that the unfinished batch held up.
                    try await bus.broker.cutConnections(named: "consumer")
                    #expect(await eventually { starts.withLock { $0.count == 40 && $0.values.allSatisfy { $0 == 2 } } })
                    open.finish()
                    #expect(await eventually { done.withLock { $0.count } == 40 })
                }
                #expect(try await bus.broker.take(1, from: BusFixture.queue).isEmpty)
            }
        }

        @Test("a queue deleted under its consumer is made again and consumed again")
        func queueDeleted() async throws {
            try await BusFixture.with { bus in
                let seen = Collected<Delivery>()
                let consumer = bus.consumer { batch in
                    seen.append(contentsOf: batch)
                    return batch.map { _ in .done }
                }
                try await running([consumer]) {
                    #expect(await bus.publisher.publish([bus.message(1)]) == [.confirmed])
                    #expect(await eventually { seen.count == 1 })
                    try await bus.broker.deleteQueue(BusFixture.queue)
                    // Until the consumer has declared it again nobody takes the message.
                    #expect(
                        await eventually { await bus.publisher.publish([bus.message(2)]) == [.confirmed] })
                    #expect(await eventually { seen.count == 2 })
                }
            }
        }

        @Test("a binding that is taken away under a consumer is made again, and messages find the queue again")
        func unbound() async throws {
            try await BusFixture.with { bus in
                let seen = Collected<ID?>()
                let consumer = bus.consumer(.init(bindingsEvery: .seconds(1))) { batch in
                    seen.append(contentsOf: batch.map(\.id))
                    return batch.map { _ in .done }
                }
                try await running([consumer]) {
                    #expect(await eventually { consumer.isConnected })
                    try await bus.broker.unbind(BusFixture.queue, from: BusNames.commands)
                    let message = bus.message()
                    guard case .returned = await bus.publisher.publish([message]).first else {
                        Issue.record("a queue took the message")
                        return
                    }
                    #expect(await eventually { await bus.publisher.publish([message]) == [.confirmed] })
                    #expect(await eventually { seen.all.contains(message.id) })
                }
            }
        }

        @Test("a stop finishes and acknowledges the batch in hand, and gives back the rest")
        func gracefulStop() async throws {
            try await BusFixture.with { bus in
                let sent = (0..<100).map { bus.message($0) }
                _ = await bus.publisher.publish(sent)
                let (gate, open) = AsyncStream.makeStream(of: Void.self)
                let done = Collected<ID>()
                let consumer = bus.consumer(.init(batchLimit: 10)) { batch in
                    for await _ in gate { break }
                    done.append(contentsOf: batch.compactMap(\.id))
                    return batch.map { _ in .done }
                }
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try await consumer.run() }
                    #expect(
                        await eventually {
                            bus.metrics.render().contains("bus_deliveries_total{queue=\"\(BusFixture.queue)\"} 100")
                        })
                    consumer.stop()
                    open.finish()
                    try await group.waitForAll()
                }
                // How many make the first batch depends on how they arrive.
                let finished = done.all
                #expect((1...10).contains(finished.count))
                let rest = try await bus.broker.take(200, from: BusFixture.queue).compactMap {
                    $0["properties"]?["message_id"]?.stringValue.flatMap { ID($0) }
                }
                #expect(rest.count == sent.count - finished.count)
                #expect(Set(finished + rest) == Set(sent.map(\.id)))
            }
        }

        @Test("the figures tell how many messages wait in the queue, and when they are gone")
        func depth() async throws {
            try await BusFixture.with { bus in
                let gate = Mutex(true)
                let consumer = bus.consumer(.init(prefetch: 1, batchLimit: 1)) { batch in
                    _ = await eventually { gate.withLock { !$0 } }
                    return batch.map { _ in .done }
                }
                let figure = bus.metrics.gauge("bus_queue_depth", "", [("queue", BusFixture.queue)])
                try await running([consumer]) {
                    let sent = (0..<20).map { bus.message($0) }
                    #expect(await bus.publisher.publish(sent).allSatisfy { $0 == .confirmed })
                    // One is in the handler's hands. The broker's own count of a quorum queue may be late.
                    #expect(await eventually { figure.value == 19 }, "\(figure.value)")
                    gate.withLock { $0 = false }
                    #expect(await eventually { figure.value == 0 }, "\(figure.value)")
                }
            }
        }

        @Test("two consumers of one queue share the work, and each message is handled once")
        func sharing() async throws {
            try await BusFixture.with { bus in
                let seen = Collected<ID>()
                let consumers = (0..<2).map { _ in
                    bus.consumer(.init(prefetch: 50)) { batch in
                        seen.append(contentsOf: batch.compactMap(\.id))
                        return batch.map { _ in .done }
                    }
                }
                try await running(consumers) {
                    let sent = (0..<2000).map { bus.message($0) }
                    _ = await bus.publisher.publish(sent, within: .seconds(30))
                    #expect(await eventually { seen.count >= 2000 })
                    #expect(Set(seen.all) == Set(sent.map(\.id)))
                    #expect(seen.count == 2000)
                }
            }
        }
    }
}
