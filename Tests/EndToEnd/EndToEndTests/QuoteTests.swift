import HTTPClient
import JSON
import Kit
import TestSupport
import Testing

extension EndToEnd {
    @Suite("Prices that move")
    struct QuoteTests {
        private func sync(_ stack: TestStack) async throws {
            let asked = try await stack.administrator.send(
                .post, "/api/pricing/update", ["action": "sync", "provider": "5sim", "country": "england"])
            #expect(asked.status == 202)
        }

        @Test("A quote is honoured when the provider has become dearer since; without one the new price is asked")
        func quote() async throws {
            let stack = try TestStack.lent()
            let customer = try await stack.customer()
            let usual = try await customer.price(service: "snapchat")
            let quoted = try await customer.send(.post, "/quotes", ["service": "snapchat", "country": "england"])
            #expect(quoted.status == 201)
            let quote = try #require(quoted.json["quote_id"]?.stringValue)
            // More than half of what customers pay, but less than all of it.
            let dearer = Double(usual.micro) / 1_000_000 * 0.8
            try await stack.sandbox(
                "PUT", "/prices", ["country": "england", "product": "snapchat", "price": .number(dearer)])
            try await sync(stack)
            #expect(
                await eventually(within: .seconds(30)) {
                    // A failed look is repeated.
                    ((try? await customer.price(service: "snapchat")) ?? usual) > usual
                })

            let before = try await customer.balance().available
            let wish: JSON = ["service": "snapchat", "country": "england", "quote_id": .string(quote)]
            let made = try await customer.send(.post, "/verify/create", wish, within: .seconds(30))
            #expect([201, 202].contains(made.status), "\(made.text)")
            let id = try #require(made.json["verification_id"]?.stringValue.flatMap { ID($0) })
            #expect(try await customer.state(of: id) == "completed")
            #expect(await eventually { (try? await customer.balance().available) == before - usual.micro })
            #expect(try await customer.send(.post, "/verify/create", wish).status == 409)

            let new = try await customer.price(service: "snapchat")
            let other = try await customer.order(service: "snapchat")
            #expect(try await customer.state(of: other) == "completed")
            #expect(await eventually { (try? await customer.balance().available) == before - usual.micro - new.micro })
            try await stack.sandbox("DELETE", "/market")
            try await sync(stack)
            #expect(
                await eventually(within: .seconds(30)) { (try? await customer.price(service: "snapchat")) == usual })
        }
    }
}
