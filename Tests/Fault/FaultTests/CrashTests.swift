import Chaos
import Database
import Glibc
import HTTPClient
import JSON
import Kit
import TestSupport
import Testing

extension Fault {
    @Suite("Killed at every marked instant", .serialized, .onOneStack)
    struct CrashTests {
        struct Point: Sendable, CustomTestStringConvertible {
            let service: TestStack.Service
            let name: String
            /// What a service also does by itself is let pass some times, so that it dies with orders in hand.
            var count = 1
            var testDescription: String { "\(service.rawValue) at \(name)" }
        }

        private static let points: [Point] =
            [
                "purchase.before_call", "purchase.after_call", "purchase.before_record", "orders.before_commit",
                "orders.after_commit", "minder.before_record", "minder.after_cancel", "commands.after_commit",
            ].map { Point(service: .verification, name: $0) }
            + ["billing.before_commit", "billing.after_commit"].map { Point(service: .billing, name: $0) }
            + ["accept.after_keys", "accept.after_commit"].map { Point(service: .gateway, name: $0, count: 2) }
            + [TestStack.Service.verification, .billing, .gateway].flatMap { service in
                ["relay.after_publish", "relay.before_delete", "consumer.before_ack"].map {
                    Point(service: service, name: $0, count: 3)
                } + [Point(service: service, name: "consumer.before_retry_ack")]
            }

        @Test("There is a test for every instant that the sources mark")
        func complete() async throws {
            let elsewhere = ["pricing.after_sync"] + Crashpoints.ofStock
            #expect(try await markedCrashpoints() == Set(Self.points.map(\.name) + elsewhere))
        }

        @Test("A price list that was stored just before Pricing died is told to everybody all the same")
        func prices() async throws {
            let stack = try TestStack.lent()
            let known: SQL = """
                SELECT (SELECT min(cost) FROM verification.offers WHERE country = 'england' AND service = 'viber') = 111000
                    AND (SELECT providers->0->'cost'->>'amount' FROM gateway.offers
                        WHERE country = 'england' AND service = 'viber') LIKE '0.111%'
                """
            try await stack.kill(.pricing)
            try await stack.forgetLeases(of: .pricing)
            try await stack.start(.pricing, dyingAt: "pricing.after_sync")
            try await stack.sandbox("PUT", "/prices", ["country": "england", "product": "viber", "price": 0.111])
            let asked = try await stack.administrator.send(
                .post, "/api/pricing/update", ["action": "sync", "provider": "5sim", "country": "england"])
            #expect(asked.status == 202)
            #expect(await stack.ending(of: .pricing, within: .seconds(30)) == .killed(by: SIGKILL))
            try await stack.forgetLeases(of: .pricing)
            try await stack.start(.pricing)
            #expect(
                await eventually(within: .seconds(30)) {
                    // A failed look is repeated.
                    (try? await stack.database.value(Bool.self, known)) == true
                })
            try await stack.sandbox("DELETE", "/market")
        }

        @Test("Orders survive it, each with one number, one ending and one payment", arguments: points)
        func survived(_ point: Point) async throws {
            let stack = try TestStack.lent()
            let customer = try await stack.customer()
            let before = try await stack.purchases()
            let cancels = point.name == "minder.after_cancel"
            let service = cancels ? "whatsapp" : "telegram"
            if cancels { try await stack.sandbox("PUT", "/arrival", ["product": "whatsapp", "mode": "manual"]) }
            // What the services have published so far is told before the one is replaced.
            #expect(await stack.faults() == [])
            #expect(await stack.terminate(point.service) == .exited(0))
            try await stack.start(point.service, dyingAt: point.name, count: point.count)
            if point.name == "consumer.before_retry_ack" { try await stack.poison(point.service) }

            let ended = Collected<ChildProcess.Ending?>()
            async let revival: Void = {
                ended.append(await stack.ending(of: point.service, within: .seconds(30)))
                try await stack.forgetLeases(of: point.service)
                try await stack.start(point.service)
            }()
            var orders: [ID] = []
            repeat {
                let key = "\(point) \(orders.count)"
                let id = try await customer.insistentOrder(service: service, key: key)
                orders.append(id)
                if cancels {
                    _ = try await stack.reference(of: id)
                    // It is on its way once the gateway has stored it; the outcome is looked for below.
                    _ = try? await customer.send(.delete, "/verify/\(id)", within: .seconds(2))
                }
                // One after the other, so that each passes the instant by itself.
                _ = await eventually(within: .seconds(5)) {
                    if ended.count > 0 { return true }
                    // A gateway that is dead is asked again.
                    let status = try? await customer.send(.get, "/verify/\(id)").json["status"]?.stringValue
                    return ["completed", "cancelled"].contains(status)
                }
            } while ended.count == 0 && orders.count < 20
            try await revival
            #expect(ended.all == [.killed(by: SIGKILL)])

            let wanted = cancels ? "cancelled" : "completed"
            for id in orders { #expect(try await customer.state(of: id) == wanted, "\(id)") }
            #expect(await stack.faults() == [])
            let after = try await stack.purchases()
            #expect(after.sold == before.sold + orders.count)
            #expect(after.paid == before.paid + (cancels ? 0 : orders.count))
            let price = try await customer.price(service: service)
            let spent = cancels ? 0 : price.micro * Int64(orders.count)
            #expect(try await customer.balance() == (1_000_000_000 - spent, 0))
        }
    }
}
