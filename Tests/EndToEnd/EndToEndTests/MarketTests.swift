import JSON
import Kit
import Synchronization
import TestSupport
import Testing

extension EndToEnd {
    /// Four providers at once. A stack of its own: the other tests script one provider, and no other may step in.
    @Suite("Many providers")
    struct MarketTests {
        private static let settings: [TestStack.Service: [String: String]] = [
            .verification: TestStack.wholeMarket.merging(["PURCHASE_LIMIT_MS": "1000", "PRICE_SPACING_MS": "50"]) { $1 },
            .sandbox: ["SANDBOX_SMS_MEDIAN_MS": "20"],
        ]

        private static func market(_ body: @Sendable (TestStack) async throws -> Void) async throws {
            try await TestServers.shared { servers in
                try await TestStack.with(servers, settings) { stack in
                    let sellers: SQL = """
                        SELECT count(DISTINCT provider) FROM verification.offers
                        WHERE service = 'telegram' AND country = 'usa'
                        """
                    #expect(
                        await eventually(within: .seconds(60)) {
                            // A failed look is repeated.
                            (try? await stack.database.value(Int64.self, sellers)) == 4
                        })
                    try await body(stack)
                }
            }
        }

        @Test("A verification runs through each provider that is asked for by name, and the books of all agree")
        func each() async throws {
            try await Self.market { stack in
                let customer = try await stack.customer()
                for provider in TestStack.providers {
                    let order = try await customer.order(country: "usa", provider: provider)
                    #expect(try await customer.state(of: order) == "completed", "\(provider)")
                    #expect(try await stack.purchases(at: provider).sold == 1, "\(provider)")
                }
                #expect(await stack.faults() == [])
            }
        }

        /// What may happen to whoever would be chosen, and how often its purchases then fail in this way.
        private static let cuts: [(kind: String, extra: [JSON.Member])] = [
            ("out_of_stock", []), ("timeout", []), ("error", [.init("status", 503)]),
            ("rate_limit", []), ("garbage", []), ("bought_then_502", []),
        ]

        @Test("Whatever the best provider does in the middle of traffic, orders go on through the next, none twice")
        func cut() async throws {
            try await Self.market { stack in
                let customer = try await stack.customer()
                for (kind, extra) in Self.cuts {
                    let first = try await customer.order(country: "usa")
                    #expect(try await customer.state(of: first) == "completed", "before \(kind)")
                    let best = try #require(
                        try await stack.database.value(
                            String.self, "SELECT provider FROM verification.orders WHERE id = \(first)"))
                    let wish = JSON.object(
                        [.init("endpoint", "buy"), .init("kind", .string(kind)), .init("probability", 1)] + extra)
                    try await stack.sandbox("POST", "/\(best)/faults", wish)
                    var orders: [ID] = []
                    for _ in 0..<12 { orders.append(try await customer.order(country: "usa")) }
                    for order in orders {
                        #expect(try await customer.state(of: order) == "completed", "\(kind) at \(best)")
                    }
                    try await stack.sandbox("DELETE", "/\(best)/faults")
                    let others = try await stack.database.value(
                        Int64.self,
                        "SELECT count(*) FROM verification.orders WHERE id = ANY(\(orders)) AND provider <> \(best)")
                    #expect(others ?? 0 >= 10, "\(kind) at \(best)")
                }
                #expect(await stack.faults(within: .seconds(120)) == [])
                let moves = try await stack.database.values(
                    String.self, "SELECT DISTINCT after FROM verification.failover_logs WHERE kind = 'breaker'")
                #expect(Set(moves).isSuperset(of: ["open", "half_open", "closed"]), "\(moves)")
            }
        }
    }
}
