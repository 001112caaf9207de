import HTTPClient
import JSON
import Kit
import Providers
import Runtime
import Testing

@Suite("Our own adapter against the sandbox")
struct AdapterTests {
    private func adapter(_ sandbox: SandboxHarness) -> FiveSim {
        FiveSim(
            .init(
                apiKey: SandboxHarness.key, baseURL: sandbox.base + "/", purchaseDeadline: .seconds(60),
                readDeadline: .seconds(60)),
            client: sandbox.client, purchases: sandbox.client, metrics: Metrics(),
            guestBudget: RequestBudget(rate: 1_000, burst: 1_000))
    }

    @Test("an order is bought, gets its messages, and is finished")
    func story() async throws {
        try await SandboxHarness.run { sandbox in
            let adapter = adapter(sandbox)
            let before = try await adapter.balance()
            let order = try await adapter.buy(BuyRequest(country: "germany", product: "whatsapp"))
            #expect(order.phone?.text.hasPrefix("+49") == true && order.status == .received && order.messages.isEmpty)
            try await sandbox.control(.post, "/orders/\(order.ref)/sms", ["text": "WhatsApp code 704-558"])
            let checked = try await adapter.check(order.ref)
            #expect(checked.messages.map(\.code) == ["704558"])
            #expect(checked.expires == order.expires)
            #expect(try await adapter.finish(order.ref).status == .finished)
            let after = try await adapter.balance()
            #expect(before.available - after.available == order.price)
            #expect(after.frozen == .zero)
        }
    }

    @Test("prices, history and rentals are read as they are written")
    func reading() async throws {
        try await SandboxHarness.run { sandbox in
            let adapter = adapter(sandbox)
            let offers = try await adapter.prices(country: "england")
            #expect(offers.count > 300)
            #expect(offers.allSatisfy { $0.country == "england" && $0.cost > .zero })
            // 5SIM lists the durations of rentals too; whoever orders a code there would be refused.
            let durations: Set<String> = ["3hours", "1day", "10days", "1month"]
            #expect(offers.filter { durations.contains($0.product) } == [])
            #expect(try await adapter.prices(country: "england", product: "1day").isEmpty == false)
            let rental = try await adapter.buy(BuyRequest(.rental, country: "england", product: "1day"))
            try await sandbox.control(.post, "/orders/\(rental.ref)/sms", ["text": "Your code is 4711"])
            #expect(try await adapter.rentalMessages(rental.ref).map(\.code) == ["4711"])
            #expect(try await adapter.recentOrders(.rental, limit: 5, offset: 0).orders.map(\.ref) == [rental.ref])
        }
    }

    @Test("a purchase whose answer a gateway ate is unclear, and is found in the history")
    func ambiguity() async throws {
        try await SandboxHarness.run { sandbox in
            let adapter = adapter(sandbox)
            for kind in ["html502_after_execution", "reset_after_execution", "garbage", "truncated", "html200"] {
                try await sandbox.fault("buy", kind)
                let error = await #expect(throws: ProviderError.self) {
                    try await adapter.buy(BuyRequest(country: "england", product: "telegram"))
                }
                #expect(error?.kind == .ambiguous, "\(kind)")
            }
            // Another adapter: the breaker of this one is open by now, as it should be.
            let recent = try await self.adapter(sandbox).recentOrders(.activation, limit: 10, offset: 0)
            #expect(recent.orders.count == 5 && recent.orders.allSatisfy { $0.product == "telegram" })
        }
    }

    @Test("refusals are understood: out of stock, too dear, too early, has a message")
    func refusals() async throws {
        try await SandboxHarness.run { sandbox in
            let adapter = adapter(sandbox)
            func refusal(_ body: () async throws(ProviderError) -> ProviderOrder) async -> ProviderError.Kind? {
                do throws(ProviderError) {
                    _ = try await body()
                    return nil
                } catch {
                    return error.kind
                }
            }
            let telegram = BuyRequest(country: "england", product: "telegram")
            let nowhere = await refusal { () throws(ProviderError) in
                try await adapter.buy(BuyRequest(country: "atlantis", product: "telegram"))
            }
            #expect(nowhere == .outOfStock)
            try await sandbox.control(.put, "/settings", ["early_cancel_ms": 60_000])
            let order = try await adapter.buy(telegram)
            let early = await refusal { () throws(ProviderError) in try await adapter.cancel(order.ref) }
            if case .tooEarly = early {
            } else {
                Issue.record("told to wait, it understood \(String(describing: early))")
            }
            try await sandbox.control(.post, "/orders/\(order.ref)/sms", [:])
            let late = await refusal { () throws(ProviderError) in try await adapter.cancel(order.ref) }
            #expect(late == .orderFinished(.hasSMS))
            try await sandbox.control(.post, "/accounts", ["token": .string(SandboxHarness.key), "rating": 0])
            let unloved = await refusal { () throws(ProviderError) in try await adapter.buy(telegram) }
            #expect(unloved == .account(.rating))
        }
    }
}
