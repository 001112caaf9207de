import Database
import JSON
import Kit
import Runtime
import Synchronization
import TestSupport
import Testing

@testable import Bus

/// How messages are put together, and taken apart again.
@Suite struct Packing {
    private func message(
        _ body: [UInt8] = Array("{}".utf8), exchange: String = BusNames.events, key: String = "alpha.did.v1",
        aggregate: ID? = nil
    ) -> OutgoingMessage {
        OutgoingMessage(
            exchange: exchange, routingKey: key, type: key, body: body, correlationID: "saga", aggregate: aggregate,
            version: 7, tenant: .new(), traceparent: nil, headers: ["more": "text"])
    }

    private func delivery(_ outgoing: OutgoingMessage, from user: String? = "alpha", body: [UInt8]? = nil) -> Delivery {
        let message = WireMessage(outgoing)
        return Delivery(
            queue: "beta.events", messageID: message.messageID, id: ID(message.messageID), type: message.type,
            exchange: message.exchange, routingKey: message.routingKey, userID: user, appID: "alpha",
            contentType: message.contentType, correlationID: message.correlationID, timestamp: message.timestamp,
            headers: message.headers.merging([HeaderName.deliveryCount: .integer(1)]) { $1 },
            body: body ?? message.body, attempt: 0, redelivered: true, deliveryCount: 1, generation: 3, tag: 9)
    }

    @Test("every message is in one pack, packs keep to their limits, and what tells of one aggregate stays in order")
    func gathering() {
        var chance = SplitMix64(seed: 11)
        for _ in 0..<300 {
            let aggregates = (0..<6).map { _ in ID.new() }
            let messages = (0..<chance.below(120)).map { _ in
                message(
                    Array(repeating: 32, count: chance.below(9) == 0 ? 40_000 : chance.below(2000)),
                    exchange: chance.pick([BusNames.events, BusNames.commands, BusNames.tenant]),
                    key: chance.pick(["alpha.a.v1", "alpha.b.v1"]),
                    aggregate: chance.below(4) == 0 ? nil : chance.pick(aggregates))
            }
            let packs = Pack.gather(messages)
            #expect(Set(packs.joined().map(\.id)) == Set(messages.map(\.id)))
            #expect(packs.joined().count == messages.count)
            for pack in packs where pack.count > 1 {
                #expect(pack.count <= Pack.limit)
                #expect(pack.reduce(0) { $0 + $1.body.count } <= Pack.byteLimit)
                #expect(Set(pack.map { $0.exchange + $0.routingKey }).count == 1)
                #expect(pack[0].exchange != BusNames.tenant, "other companies' services know no packs")
            }
            for aggregate in aggregates {
                let isMeant = { (message: OutgoingMessage) in
                    message.aggregate == aggregate && message.exchange != BusNames.tenant
                }
                #expect(packs.joined().filter(isMeant).map(\.id) == messages.filter(isMeant).map(\.id))
            }
        }
    }

    @Test("what comes out of a pack is what went in, each with its own id and the pack's place in the queue")
    func roundTrip() throws {
        let bodies: [[UInt8]] = [[], Array("\n{\"a\":\"b\"}\n".utf8), [0xFF, 0x00, 0x0A], Array("{}".utf8)]
        let messages = bodies.map { message($0, aggregate: .new()) }
        #expect(Pack.gather(messages).map(\.count) == [4])
        let pack = Pack.seal(messages)
        let parts = Pack.open(delivery(pack))
        #expect(parts.count == messages.count)
        for (part, message) in zip(parts, messages) {
            #expect(part.messageID == message.id.description && part.id == message.id)
            #expect(part.type == message.type && part.contentType == "application/json")
            #expect(part.body == message.body)
            #expect(part.correlationID == "saga")
            #expect(part.exchange == BusNames.events && part.routingKey == "alpha.did.v1" && part.userID == "alpha")
            #expect(part.headers == message.wireHeaders.merging([HeaderName.deliveryCount: .integer(1)]) { $1 })
            #expect(part.tag == 9 && part.generation == 3 && part.deliveryCount == 1 && part.isPart)
        }
        #expect(Pack.open(delivery(Pack.seal([messages[0]]))).map(\.isPart) == [false])
    }

    @Test("a pack that is damaged, or that another company's service made, is not opened")
    func refused() throws {
        let pack = Pack.seal([message(), message()])
        #expect(Pack.open(delivery(pack)).count == 2)
        // An operator has moved it.
        #expect(Pack.open(delivery(pack, from: nil)).count == 2)
        let foreign = Pack.seal([message(exchange: BusNames.ingress), message(exchange: BusNames.ingress)])
        #expect(Pack.open(delivery(foreign, from: BusNames.tenantUser(.new()))).map(\.type) == [Pack.type])
        for length in 0..<pack.body.count {
            #expect(Pack.open(delivery(pack, body: Array(pack.body.prefix(length)))).map(\.type) == [Pack.type])
        }
        #expect(Pack.open(delivery(pack, body: pack.body + [32])).count == 1)
        #expect(Pack.open(delivery(pack, body: Array("[]\n".utf8))).count == 1)
        let negative = #"[{"id":"a","type":"b","size":3},{"id":"a","type":"b","size":-1}]"# + "\n{}"
        #expect(Pack.open(delivery(pack, body: Array(negative.utf8))).count == 1)
    }
}

extension BusIntegration {
    @Suite(.serialized, .enabled(if: TestEnvironment.amqpURL != nil && TestEnvironment.databaseURL != nil))
    struct Packs {
        /// Writes messages in one transaction and sends them.
        private func post(_ messages: [OutgoingMessage], _ bus: BusFixture, _ database: Database) async throws {
            let relay = OutboxRelay(database, publisher: bus.publisher, log: .silent, metrics: bus.metrics)
            try await running([relay]) {
                let posted = try await database.transaction { try await Outbox.write(messages, in: $0) }
                #expect(posted.rows.count == 1)
                relay.send(posted)
                #expect(
                    await eventually { (try? await database.value(Int64.self, "SELECT count(*) FROM outbox")) == 0 })
            }
        }

        @Test("a pack is settled when all its messages are: cut off before, all of it comes again")
        func settledWhole() async throws {
            try await BusFixture.with { bus in
                try await withBusDatabase { database in
                    let sent = (0..<Pack.limit).map { bus.message($0) }
                    try await post(sent, bus, database)
                    let slow = sent[8].id
                    let seen = Mutex([ID: Int]())
                    let (gate, open) = AsyncStream.makeStream(of: Void.self)
                    let consumer = bus.consumer(.init(batchLimit: 8, concurrency: 2)) { batch in
                        let isFirst = seen.withLock { seen in
                            for delivery in batch { delivery.id.map { seen[$0, default: 0] += 1 } }
                            return batch.contains { $0.id == slow && seen[slow] == 1 }
                        }
                        if isFirst { for await _ in gate { break } }
                        return batch.map { _ in .done }
                    }
                    try await running([consumer]) {
                        #expect(await eventually { seen.withLock { $0.count == Pack.limit } })
                        try await bus.broker.cutConnections(named: "consumer")
                        #expect(await eventually { seen.withLock { $0.values.allSatisfy { $0 == 2 } } })
                        open.finish()
                    }
                    #expect(try await bus.broker.take(1, from: BusFixture.queue).isEmpty)
                }
            }
        }

        @Test("a pack that cannot be opened is put aside, and what came with it has its effect")
        func damaged() async throws {
            try await BusFixture.with { bus in
                var broken = Pack.seal([bus.message(1), bus.message(2)])
                broken.body.removeLast()
                let whole = bus.message(3)
                let done = Collected<Delivery>()
                let consumer = bus.consumer { batch in
                    done.append(contentsOf: batch)
                    return batch.map { _ in .done }
                }
                let parked = Collected<Delivery>()
                let park = bus.consumer(queue: BusNames.parkQueue(BusFixture.service)) { batch in
                    parked.append(contentsOf: batch)
                    return batch.map { _ in .done }
                }
                _ = await bus.publisher.publish([broken, whole])
                try await running([consumer, park]) {
                    #expect(await eventually { parked.count == 1 && done.count == 1 })
                }
                #expect(parked.all.first?.body == broken.body && done.all.first?.id == whole.id)
                #expect(try await bus.broker.take(1, from: BusFixture.queue).isEmpty)
            }
        }

        @Test("one message of a pack whose handling always fails ends in the park alone; the others have their effect")
        func poison() async throws {
            try await BusFixture.with { bus in
                try await withBusDatabase { database in
                    var sent = (0..<20).map { bus.message($0) }
                    try await post(sent, bus, database)
                    let poison = sent.remove(at: 7)
                    let parked = try await bus.expectParkedAlone(poison, among: sent) {}
                    #expect(parked?.body == poison.body && parked?.exchange == BusNames.commands)
                    #expect(parked?.headers["nk-origin"] == .string(BusFixture.queue))
                }
            }
        }
    }
}
