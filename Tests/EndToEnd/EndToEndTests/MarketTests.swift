import Database
import HTTPClient
import HTTPServer
import JSON
import Kit
import Runtime
import Synchronization
import TestSupport
import Testing

/// Four providers at once. A stack of its own: the other tests script one provider, and no other may step in.
@Suite("Many providers", .serialized, .enabled(if: TestEnvironment.hasServers))
struct MarketEndToEndTests {
    private static let settings: [TestStack.Service: [String: String]] = [
        .verification: TestStack.wholeMarket.merging(["PURCHASE_LIMIT_MS": "1000"]) { $1 },
        .pricing: TestStack.wholeMarket,
    ]

    private static func market(
        _ extra: [String: String] = [:], _ body: @Sendable (TestStack) async throws -> Void
    ) async throws {
        let settings = settings.merging([
            .verification: settings[.verification, default: [:]].merging(extra) { $1 }
        ]) { $1 }
        try await TestServers.shared { servers in
            try await TestStack.with(servers, settings) { stack in
                let sellers: SQL = """
                    SELECT least(
                        (SELECT count(DISTINCT provider) FROM verification.offers
                            WHERE service = 'telegram' AND country = 'usa'),
                        coalesce((SELECT jsonb_array_length(providers) FROM gateway.offers
                            WHERE service = 'telegram' AND country = 'usa'), 0))
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

    @Test("A verification runs through each provider that is asked for by name, by SMS and by voice; all books agree")
    func each() async throws {
        let said = "Your Telegram code is four, eight, two, one. Again: four, eight, two, one."
        var router = Router()
        router.on(.post, "/v1/audio/transcriptions", bodyLimit: 16 << 20) { _ in
            .json(200, ["text": .string(said)] as JSON)
        }
        let ears = try HTTPServer(
            address: "127.0.0.1", port: 0, router: router, threads: 1, log: .silent, metrics: Metrics())
        try await running([ears]) {
            try await Self.market(["TRANSCRIBER_URL": "http://127.0.0.1:\(ears.port)"]) { stack in
                let customer = try await stack.customer(credit: Money(micro: 20_000_000))
                for provider in TestStack.providers {
                    for capability in ["sms", "voice"] {
                        let made = try await customer.send(
                            .post, "/verify/create",
                            [
                                "service": "telegram", "country": "usa", "provider": .string(provider),
                                "capability": .string(capability),
                            ])
                        let id = try #require(
                            made.json["verification_id"]?.stringValue.flatMap { ID($0) }, "\(provider): \(made.text)")
                        #expect(
                            try await customer.state(of: id, within: .seconds(60)) == "completed",
                            "\(provider) by \(capability)")
                    }
                    #expect(try await stack.purchases(at: provider).paid == 2, "\(provider)")
                }
                #expect(await stack.faults() == [])
            }
        }
    }

    @Test("A provider that counts open numbers has only so many while others sell; none is given back too early")
    func care() async throws {
        let bounds = Dictionary(
            uniqueKeysWithValues: ["FIVESIM", "HERO", "SMS_ACTIVATE", "TEXTVERIFIED"].flatMap {
                [("\($0)_OPEN_ORDERS", "2"), ("\($0)_CANCEL_AFTER_MS", "600000")]
            })
        try await Self.market(bounds) { stack in
            for provider in TestStack.providers {
                try await stack.sandbox("PUT", "/\(provider)/arrival", ["mode": "manual"])
            }
            let customer = try await stack.customer()
            var open: [String: Int] = [:]
            for number in 1...8 {
                let order = try await customer.order(country: "usa")
                _ = try await stack.reference(of: order)
                let provider = try await stack.database.value(
                    String.self, "SELECT provider FROM verification.orders WHERE id = \(order)")
                open[provider ?? "", default: 0] += 1
                // Three sell for this price. Where all have as many as they may, orders are served all the same.
                if number <= 6 { #expect(open.values.allSatisfy { $0 <= 2 }, "\(number): \(open)") }
                let refused = try await customer.send(.delete, "/verify/\(order)")
                #expect(refused.problem == "EARLY_CANCEL", "\(refused.text)")
                // Workers count every second.
                try await Task.sleep(for: .seconds(2))
            }
            #expect(open.values.reduce(0, +) == 8 && open.count == 3)
        }
    }

    /// What may happen to whoever would be chosen, and how often its purchases then fail in this way.
    private static let cuts = ["no_free_phones", "hang", "internal_error", "rate_limit", "reset"] + bought
    /// Where the number is sold all the same: it is found and kept, and no other is bought.
    private static let bought = ["garbage", "html502_after_execution", "reset_after_execution"]

    @Test("Whatever the best provider does in the middle of traffic, orders go on through the next, none twice")
    func cut() async throws {
        try await Self.market { stack in
            let customer = try await stack.customer()
            for kind in Self.cuts {
                let first = try await customer.order(country: "usa")
                #expect(try await customer.state(of: first) == "completed", "before \(kind)")
                let best = try #require(
                    try await stack.database.value(
                        String.self, "SELECT provider FROM verification.orders WHERE id = \(first)"))
                try await stack.sandbox(
                    "POST", "/\(best)/faults",
                    ["endpoint": "buy", "kind": .string(kind), "probability": 1])
                var orders: [ID] = []
                for _ in 0..<12 { orders.append(try await customer.order(country: "usa")) }
                for order in orders {
                    #expect(try await customer.state(of: order) == "completed", "\(kind) at \(best)")
                }
                try await stack.sandbox("DELETE", "/\(best)/faults")
                let others = try await stack.database.value(
                    Int64.self,
                    "SELECT count(*) FROM verification.orders WHERE id = ANY(\(orders)) AND provider <> \(best)")
                if !Self.bought.contains(kind) { #expect(others ?? 0 >= 10, "\(kind) at \(best)") }
            }
            #expect(await stack.faults(within: .seconds(120)) == [])
            let moves = try await stack.database.values(
                String.self, "SELECT DISTINCT after FROM verification.failover_logs WHERE kind = 'breaker'")
            #expect(Set(moves).isSuperset(of: ["open", "half_open", "closed"]), "\(moves)")
        }
    }
}
