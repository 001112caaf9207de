import Database
import Glibc
import JSON
import Kit
import TestSupport
import Testing

extension Fault {
    /// Leases last fifteen seconds. Where their length is not what is tested they are ended in the table, which to the
    /// others is the same as the time having passed.
    @Suite("Workers that stop and are replaced", .serialized, .onWires())
    struct MatrixWorkerTests {
        /// A page of the provider's list without any order.
        static let emptyList: JSON = [
            "endpoint": "orders", "kind": "status", "status": 200,
            "text": #"{"Data":[],"ProductNames":[],"Statuses":[],"Total":0}"#,
        ]

        @Test("A worker that was stopped in a purchase, replaced, and goes on, changes nothing")
        func zombie() async throws {
            let stack = try TestStack.lent()
            let customer = try await stack.customer()
            let before = try await stack.purchases()
            let count = "verification_purchase_seconds_count"
            let made = await stack.metric(count, of: .verification) ?? 0
            // The provider sells at once and says so late.
            try await stack.sandbox(
                "POST", "/faults", ["endpoint": "buy", "kind": "latency", "delay_ms": 1000, "count": 1])
            let order = try await customer.order()
            #expect(await eventually { (try? await stack.purchases().sold) == before.sold + 1 })
            stack.signal(.verification, SIGSTOP)
            try await stack.forgetLeases(of: .verification)
            try await stack.withTwin(of: .verification) { twin in
                #expect(
                    await eventually {
                        // What cannot be read is asked for again.
                        (try? await stack.database.value(
                            String.self, "SELECT state FROM verification.orders WHERE id = \(order)")) == "completed"
                    })
                let version = try await stack.database.value(
                    Int64.self, "SELECT version::bigint FROM verification.orders WHERE id = \(order)")
                stack.signal(.verification, SIGCONT)
                // It has had the outcome of its call, and brought it to the order.
                #expect(await eventually { await stack.metric(count, of: .verification) == made + 1 })
                let after = try await stack.database.value(
                    Int64.self, "SELECT version::bigint FROM verification.orders WHERE id = \(order)")
                #expect(after == version)
                twin.signal(SIGTERM)
                #expect(await twin.end(within: .seconds(20)) == .exited(0))
            }
            let next = try await customer.order()
            #expect(try await customer.state(of: next) == "completed")
            #expect(await stack.faults() == [])
            #expect(try await stack.purchases() == (before.sold + 2, before.paid + 2))
        }

        @Test("A number whose buyer was cut off from Postgres, and replaced, is known of later and given back")
        func lateNumber() async throws {
            let stack = try TestStack.lent()
            let customer = try await stack.customer()
            let before = try await stack.purchases()
            try await stack.sandbox("PUT", "/arrival", ["product": "whatsapp", "mode": "manual"])
            try await stack.sandbox("POST", "/faults", Self.emptyList)
            try await stack.sandbox(
                "POST", "/faults", ["endpoint": "buy", "kind": "latency", "delay_ms": 500, "count": 1])
            let order = try await customer.order(service: "whatsapp")
            #expect(await eventually { (try? await stack.purchases().sold) == before.sold + 1 })
            var toxics = ChaosProxy.Toxics()
            toxics.isSilent = true
            stack.wire(.verification, to: .postgres).apply(toxics)
            try await stack.forgetLeases(of: .verification)
            try await stack.withTwin(of: .verification) { twin in
                // Two readings of the list, ten seconds apart, prove to the twin that nothing was bought.
                let reference = try await stack.reference(of: order, within: .seconds(40))
                #expect(try await stack.purchases().sold == before.sold + 2)
                stack.healWires()
                #expect(
                    await eventually {
                        // What cannot be read is asked for again.
                        let states = try? await stack.database.values(
                            String.self,
                            "SELECT state FROM verification.provider_orders WHERE service = 'whatsapp' ORDER BY state")
                        return states == ["linked", "returned"]
                    })
                #expect(try await stack.reference(of: order) == reference)
                try await stack.sandbox("DELETE", "/faults")
                try await stack.sandbox("POST", "/orders/\(reference)/sms", [:])
                #expect(try await customer.state(of: order) == "completed")
                twin.signal(SIGTERM)
                #expect(await twin.end(within: .seconds(20)) == .exited(0))
            }
            #expect(await stack.faults() == [])
            #expect(try await stack.purchases() == (before.sold + 2, before.paid + 1))
            let price = try await customer.price(service: "whatsapp")
            #expect(try await customer.balance() == (1_000_000_000 - price.micro, 0))
        }

        @Test("The orders of a worker that was cut off are another's as soon as its leases have run out")
        func takenOver() async throws {
            let stack = try TestStack.lent()
            let customer = try await stack.customer()
            try await stack.sandbox("PUT", "/arrival", ["product": "whatsapp", "mode": "manual"])
            // Who looks after orders, and who after the outbox: all of it is the one's that is to be cut off.
            let held: SQL = """
                SELECT s.owner::text FROM verification.shards s
                    JOIN verification.workers w ON w.id = s.owner WHERE w.until > now() AND NOT w.leaving
                UNION ALL SELECT owner::text FROM verification.lease WHERE until > now() AND name ~ '^outbox'
                """
            #expect(await eventually { (try? await stack.database.values(String.self, held))?.count == 1024 + 8 })
            let owners = Array(Set(try await stack.database.values(String.self, held)))
            #expect(owners.count == 2)
            // Enough that each half of the shards has some.
            var orders: [ID] = []
            for _ in 0..<8 { orders.append(try await customer.order(service: "whatsapp")) }
            var references: [String] = []
            for order in orders { references.append(try await stack.reference(of: order)) }
            try await stack.withTwin(of: .verification) { twin in
                var toxics = ChaosProxy.Toxics()
                toxics.isSilent = true
                stack.wire(.verification, to: .postgres).apply(toxics)
                let leases: SQL = """
                    (SELECT s.owner, w.until FROM verification.shards s JOIN verification.workers w ON w.id = s.owner
                        UNION ALL SELECT owner, until FROM verification.lease WHERE name ~ '^(outbox|reconcile|sweep)')
                    AS leases WHERE owner = ANY(\(owners)::uuid[])
                    """
                let lease = Duration.milliseconds(
                    try await stack.database.value(
                        Int64.self, "SELECT (EXTRACT(epoch FROM max(until) - now()) * 1000)::bigint FROM \(leases)")
                        ?? 0)
                #expect(lease > .seconds(5))
                let cut = ContinuousClock.now
                #expect(
                    await eventually {
                        // What cannot be read is asked for again.
                        (try? await stack.database.value(Int64.self, "SELECT count(*) FROM \(leases)")) == 0
                    })
                // One second, and what it takes to look.
                #expect(ContinuousClock.now - cut < lease + .milliseconds(1500))
                for reference in references { try await stack.sandbox("POST", "/orders/\(reference)/sms", [:]) }
                for order in orders { #expect(try await customer.state(of: order) == "completed") }
                stack.healWires()
                #expect(await stack.faults() == [])
                twin.signal(SIGTERM)
                #expect(await twin.end(within: .seconds(20)) == .exited(0))
            }
            let price = try await customer.price(service: "whatsapp")
            #expect(try await customer.balance() == (1_000_000_000 - 8 * price.micro, 0))
        }

        @Test("Two workers that both believe to be the only one buy each number once")
        func twoOwners() async throws {
            let stack = try TestStack.lent()
            let customer = try await stack.customer()
            let before = try await stack.purchases()
            // Enough of them unclear that both reconcilers have something to find.
            for kind in ["reset_after_execution", "html502_after_execution", "garbage"] {
                try await stack.sandbox("POST", "/faults", ["endpoint": "buy", "kind": .string(kind), "count": 2])
            }
            var orders: [ID] = []
            try await stack.withTwin(of: .verification) { twin in
                for round in 0..<20 {
                    try await stack.database.execute("DELETE FROM verification.lease")
                    try await stack.database.execute("DELETE FROM billing.lease")
                    try await stack.database.execute("DELETE FROM gateway.lease")
                    try await stack.database.execute("UPDATE verification.shards SET owner = NULL")
                    orders.append(try await customer.insistentOrder(service: "telegram", key: "two owners \(round)"))
                    // So that each of them has turns as the owner.
                    try await Task.sleep(for: .milliseconds(100))
                }
                for order in orders { #expect(try await customer.state(of: order) == "completed", "\(order)") }
                #expect(await stack.faults() == [])
                twin.signal(SIGTERM)
                #expect(await twin.end(within: .seconds(20)) == .exited(0))
            }
            #expect(try await stack.purchases().paid == before.paid + orders.count)
            let price = try await customer.price()
            #expect(try await customer.balance() == (1_000_000_000 - price.micro * Int64(orders.count), 0))
        }
    }
}
