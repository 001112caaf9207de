import Chaos
import Database
import JSON
import Kit
import TestSupport
import Testing

/// Numbers bought before they are ordered. A stack of its own, since the others count what is bought.
@Suite("Numbers bought in advance", .serialized, .enabled(if: TestEnvironment.hasServers))
struct StockEndToEndTests {
    private static let budget = Money(micro: 400_000)
    private static let buying = [
        "PREPURCHASE_BUDGET": "0.40", "PREPURCHASE_LIMIT": "4", "PREPURCHASE_KEEP_MS": "60000",
    ]

    /// Lends a stack whose past is that a service is ordered all day long.
    private static func busy(_ body: @Sendable (TestStack) async throws -> Void) async throws {
        try await TestServers.shared { servers in
            try await TestStack.with(servers) { stack in
                try await stack.kill(.verification)
                let hours: SQL =
                    "generate_series(extract(epoch FROM now())::int / 3600 - 200, extract(epoch FROM now())::int / 3600 - 1)"
                try await stack.database.execute("DELETE FROM verification.demand_hours")
                try await stack.database.execute("INSERT INTO verification.demand_hours SELECT \(hours)")
                try await stack.database.execute(
                    """
                    INSERT INTO verification.demand (hour, country, service, provider, orders, purchases)
                    SELECT \(hours), 'england', 'telegram', '5sim', 3600, 3600
                    """)
                // Nobody waits for a code on a number that nobody has ordered.
                try await stack.sandbox("PUT", "/arrival", ["product": "telegram", "mode": "manual"])
                try await body(stack)
            }
        }
    }

    private static func held(_ stack: TestStack) async -> Int {
        // What cannot be read while a server restarts is read again.
        Int(
            (try? await stack.database.value(
                Int64.self, "SELECT count(*) FROM verification.stock WHERE state = 'held'")) ?? -1)
    }

    private static func code(_ stack: TestStack, _ order: ID) async throws {
        let reference = try await stack.reference(of: order, within: .seconds(60))
        try await stack.sandbox("POST", "/orders/\(reference)/sms", ["text": "Telegram code 48291"])
    }

    @Test("What is ordered all day is bought in advance within the budget; an order takes it; the rest is given back")
    func wholeWay() async throws {
        try await Self.busy { stack in
            try await stack.start(.verification, Self.buying)
            #expect(await eventually(within: .seconds(60)) { await Self.held(stack) >= 2 })
            let bound = try await stack.database.value(
                Int64.self, "SELECT sum(coalesce(cost, ceiling))::bigint FROM verification.stock")
            #expect(Money(micro: bound ?? .max) <= Self.budget)
            #expect(await Self.held(stack) <= 4)

            let customer = try await stack.customer()
            let order = try await customer.order(service: "telegram")
            try await Self.code(stack, order)
            #expect(try await customer.state(of: order) == "completed")
            let waited = try await stack.database.value(
                Bool.self,
                """
                SELECT p.first_seen < o.created_at FROM verification.orders o
                JOIN verification.provider_orders p ON p.order_id = o.id WHERE o.id = \(order)
                """)
            #expect(waited == true)
            #expect(await stack.metric("verification_stock_total{outcome=\"taken\"}", of: .verification) == 1)
            // What nobody orders is not taken from others' stock.
            let other = try await customer.order(service: "whatsapp")
            #expect(try await customer.state(of: other) == "completed")

            try await stack.kill(.verification)
            try await stack.start(.verification)
            #expect(await stack.faults() == [])
            let (sold, paid) = try await stack.purchases()
            #expect(paid == 2 && sold > 2)
        }
    }

    @Test(
        "Whenever the worker dies, no number of the stock is forgotten, and every order is served",
        arguments: Crashpoints.ofStock)
    func deaths(_ point: String) async throws {
        try await Self.busy { stack in
            let short = ["RECONCILIATION_GRACE_MS": "1000", "PURCHASE_LIMIT_MS": "2000"]
            try await stack.start(
                .verification, Self.buying.merging(short) { $1 }.merging(["NAMASKAH_CRASH_AT": "\(point):1"]) { $1 })
            let customer = try await stack.customer()
            var order: ID?
            if point == "purchase.after_taking" {
                #expect(await eventually(within: .seconds(60)) { await Self.held(stack) >= 2 })
                order = try await customer.order(service: "telegram")
            }
            #expect(await stack.ending(of: .verification, within: .seconds(60)) != nil)
            try await stack.start(.verification, short.merging(["PREPURCHASE_KEEP_MS": "1000"]) { $1 })
            if let order {
                try await Self.code(stack, order)
                #expect(try await customer.state(of: order, within: .seconds(60)) == "completed")
            }
            #expect(await stack.faults(within: .seconds(90)) == [])
            #expect(try await stack.purchases().paid == (order == nil ? 0 : 1))
        }
    }
}
