import Bus
import Chaos
import Contracts
import Database
import JSON
import Kit
import Runtime
import TestSupport
import Testing

extension Fault {
    @Suite("Too much, and ends under load", .serialized, .onOneStack)
    struct MatrixLoadTests {
        /// Its own limit is a hundred a second.
        @Test("A service that floods the bus and reads nothing gets what is its own, and nobody else waits for it")
        func flood() async throws {
            let stack = try TestStack.lent()
            let customer = try await stack.customer()
            let flooder = try await stack.customer(kind: "publisher")
            let access = try await TenantAccess(for: flooder)
            // As many connections as it may have, none of them waiting for what becomes of its messages.
            let publishers = (0..<10).map {
                Publisher(access.address, applicationID: "flood", name: "flood \($0)", log: .silent, metrics: Metrics())
            }
            let begun = Collected<Duration>()
            try await running(publishers) {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for (number, publisher) in publishers.enumerated() {
                        group.addTask {
                            for round in 0..<4 {
                                let batch = (0..<100).map { place -> OutgoingMessage in
                                    let body: JSON = [
                                        "request_id": .string("\(number) \(round) \(place)"), "service": "telegram",
                                        "country": "GB",
                                    ]
                                    return OutgoingMessage(
                                        exchange: BusNames.ingress,
                                        routingKey: "req.\(flooder.id).verification.v1", type: IngressRequest.type,
                                        body: body.bytes)
                                }
                                _ = await publisher.publish(batch, within: .seconds(60))
                            }
                        }
                    }
                    group.addTask {
                        for number in 0..<10 {
                            let start = ContinuousClock.now
                            let order = try await customer.insistentOrder(service: "telegram", key: "beside \(number)")
                            #expect(try await customer.state(of: order, within: .seconds(60)) == "completed")
                            begun.append(ContinuousClock.now - start)
                        }
                    }
                    try await group.waitForAll()
                }
            }
            // They share the queue with the flood, of which a thousand are taken and bought for as well: on a machine that
            // runs other suites beside it that lasts seconds, and no longer than the flood.
            let longest = begun.all.max() ?? .zero
            #expect(longest < .seconds(45), "\(longest)")
            #expect(await stack.faults(within: .seconds(180)) == [])
            // Each request has one order or was refused, and its owner can still read of it.
            let taken = try await stack.database.value(
                Int64.self, "SELECT count(*) FROM verification.orders WHERE account_id = \(flooder.id)")
            var told: Set<String> = []
            while case let results = try await stack.servers.broker.take(500, from: access.queue), !results.isEmpty {
                told.formUnion(results.compactMap { Self.request(in: $0) })
            }
            #expect(told.count == 4000, "\(taken ?? 0) were taken")
            let price = try await customer.price().micro
            #expect(try await customer.balance() == (1_000_000_000 - 10 * price, 0))
        }

        private static func request(in message: JSON) -> String? {
            // What is no JSON names no request, and is missed.
            let body = try? JSON(parsing: Array((message["payload"]?.stringValue ?? "").utf8))
            return body?["request_id"]?.stringValue
        }

        @Test("Fifty orderly ends under load lose nothing and answer no one with an error of ours")
        func ends() async throws {
            let stack = try TestStack.lent()
            let customer = try await stack.customer()
            let before = try await stack.purchases()
            let isOver = Collected<Void>()
            let taken = Collected<ID>()
            let bad = Collected<String>()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for worker in 0..<3 {
                    group.addTask {
                        var number = 0
                        while isOver.count == 0 {
                            number += 1
                            let key = "\(worker) \(number)"
                            // A connection that is taken no more is no answer; the same key makes the next harmless.
                            _ = await eventually(within: .seconds(60)) {
                                guard let reply = try? await customer.create(wait: 5, key: key) else {
                                    return false
                                }
                                if reply.status >= 500, reply.status != 503 {
                                    bad.append("\(reply.status) \(reply.text)")
                                }
                                guard let id = reply.json["verification_id"]?.stringValue.flatMap({ ID($0) }) else {
                                    return false
                                }
                                taken.append(id)
                                return true
                            }
                        }
                    }
                }
                let services: [TestStack.Service] = [.billing, .verification, .gateway]
                for round in 0..<50 {
                    let service = services[round % services.count]
                    let ending = await stack.terminate(service)
                    #expect(ending == .exited(0), "\(service.rawValue): \(stack.log(service).suffix(500))")
                    try await stack.start(service)
                }
                isOver.append(())
                try await group.waitForAll()
            }
            #expect(bad.all == [])
            #expect(taken.count > 20)
            for order in Set(taken.all) {
                #expect(try await customer.state(of: order, within: .seconds(60)) == "completed", "\(order)")
            }
            #expect(await stack.faults() == [])
            let after = try await stack.purchases()
            #expect(after.paid - before.paid == Set(taken.all).count)
        }
    }
}
