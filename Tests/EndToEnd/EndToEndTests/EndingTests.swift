import HTTPClient
import JSON
import Kit
import TestSupport
import Testing

extension EndToEnd {
    @Suite("The ways in which a verification ends")
    struct EndingTests {
        private static let credit: Int64 = 10_000_000

        /// A customer with a number of a product whose messages come only when the test sends them.
        private struct Ordered {
            let stack: TestStack
            let customer: TestCustomer
            let id: ID
            let reference: String
        }

        private func order(_ service: String) async throws -> Ordered {
            let stack = try TestStack.lent()
            try await stack.sandbox("PUT", "/arrival", ["product": .string(service), "mode": "manual"])
            let customer = try await stack.customer(credit: Money(micro: Self.credit))
            let made = try await customer.create(service: service, wait: 30)
            #expect(made.status == 201, "\(made.text)")
            let id = try #require(made.json["verification_id"]?.stringValue.flatMap { ID($0) })
            return Ordered(stack: stack, customer: customer, id: id, reference: try await stack.reference(of: id))
        }

        /// The order is over without cost to anybody, and all books say so.
        private func expectFree(_ ordered: Ordered, providerSays status: String) async throws {
            #expect(await ordered.stack.faults() == [])
            let balance = try await ordered.customer.balance()
            #expect(balance.available == Self.credit)
            #expect(balance.held == 0)
            let transactions = try await ordered.customer.send(
                .get, "/billing/transactions?verification_id=\(ordered.id)")
            let kinds = (transactions.json["data"]?.arrayValue ?? []).compactMap { $0["kind"]?.stringValue }
            #expect(kinds == ["release", "hold"])
            let order = try await ordered.stack.sandbox("GET", "/orders/\(ordered.reference)")
            #expect(order["status"]?.stringValue == status)
        }

        @Test("An order cancelled before a code costs nothing, and the provider has its number back")
        func cancelled() async throws {
            let ordered = try await order("whatsapp")
            let held = try await ordered.customer.balance()
            #expect(held.held > 0)
            #expect(held.available + held.held == Self.credit)
            let reply = try await ordered.customer.send(.delete, "/verify/\(ordered.id)")
            #expect(reply.status == 200, "\(reply.text)")
            #expect(reply.json["status"]?.stringValue == "cancelled")
            try await expectFree(ordered, providerSays: "CANCELED")
            let again = try await ordered.customer.send(.delete, "/verify/\(ordered.id)")
            #expect(again.status == 409)
            #expect(again.problem == "NOT_CANCELLABLE")
        }

        @Test("A reported number is banned at the provider and costs nothing")
        func reported() async throws {
            let ordered = try await order("google")
            let reply = try await ordered.customer.send(.post, "/verify/\(ordered.id)/report")
            #expect(reply.status == 200, "\(reply.text)")
            #expect(reply.json["status"]?.stringValue == "cancelled")
            try await expectFree(ordered, providerSays: "BANNED")
        }

        @Test("An order whose time runs out without a code costs nothing")
        func expired() async throws {
            let ordered = try await order("facebook")
            try await ordered.stack.sandbox("POST", "/orders/\(ordered.reference)/status", ["status": "TIMEOUT"])
            #expect(try await ordered.customer.state(of: ordered.id) == "expired")
            try await expectFree(ordered, providerSays: "TIMEOUT")
            let messages = try await ordered.customer.send(.get, "/verify/\(ordered.id)/messages?wait=30")
            #expect(messages.json["data"]?.arrayValue?.isEmpty == true)
        }

        @Test("A cancellation that the provider takes only later is refused with the time to wait, and taken then")
        func early() async throws {
            let stack = try TestStack.lent()
            try await stack.sandbox("PUT", "/settings", ["early_cancel_ms": 3_600_000])
            let ordered = try await order("instagram")
            let refused = try await ordered.customer.send(.delete, "/verify/\(ordered.id)")
            #expect(refused.status == 409, "\(refused.text)")
            #expect(refused.problem == "EARLY_CANCEL")
            #expect(refused.header("Retry-After").flatMap { Int($0) }.map { $0 > 0 } == true)
            let view = try await ordered.customer.send(.get, "/verify/\(ordered.id)")
            #expect(view.json["status"]?.stringValue == "waiting_sms")
            // Asked again before that time, it is refused without troubling the provider.
            let again = try await ordered.customer.send(.delete, "/verify/\(ordered.id)")
            #expect(again.problem == "EARLY_CANCEL")
            try await stack.sandbox("PUT", "/settings", ["early_cancel_ms": 0])
            // A message may still come, and then it counts.
            try await stack.sandbox("POST", "/orders/\(ordered.reference)/sms", ["text": "Your code is 482913"])
            #expect(try await ordered.customer.state(of: ordered.id) == "completed")
            #expect(await stack.faults() == [])
        }

        @Test("A text without a code leaves the order open, and who has read it himself may complete it and pays")
        func completedByHand() async throws {
            let ordered = try await order("twitter")
            let untimely = try await ordered.customer.send(.post, "/verify/\(ordered.id)/complete")
            #expect(untimely.status == 409)
            #expect(untimely.problem == "NOT_COMPLETABLE")
            try await ordered.stack.sandbox(
                "POST", "/orders/\(ordered.reference)/sms", ["text": "Welcome! We are glad to see you.", "code": .null])
            let messages = try await ordered.customer.send(.get, "/verify/\(ordered.id)/messages?wait=30")
            #expect(messages.json["data"]?.arrayValue?.first?["code"] == JSON.null)
            let price = try await ordered.customer.price(service: "twitter")
            #expect(try await ordered.customer.balance().held == price.micro)
            let view = try await ordered.customer.send(.get, "/verify/\(ordered.id)")
            #expect(view.json["status"]?.stringValue == "waiting_sms")
            let done = try await ordered.customer.send(.post, "/verify/\(ordered.id)/complete")
            #expect(done.status == 200, "\(done.text)")
            #expect(done.json["status"]?.stringValue == "completed")
            #expect(await ordered.stack.faults() == [])
            #expect(try await ordered.customer.balance().available == Self.credit - price.micro)
        }

        @Test("A second code comes to the same number for the same money, and a third is not sold")
        func another() async throws {
            let stack = try TestStack.lent()
            // A number is kept this long for a customer who may want more from it.
            try await stack.restart(.verification, ["LINGER_MS": "600000"])
            let ordered = try await order("discord")
            try await stack.sandbox("POST", "/orders/\(ordered.reference)/sms", ["text": "Your code is 111222"])
            #expect(try await ordered.customer.state(of: ordered.id) == "completed")
            let asked = try await ordered.customer.send(.post, "/verify/\(ordered.id)/another")
            #expect(asked.status == 200, "\(asked.text)")
            try await stack.sandbox("POST", "/orders/\(ordered.reference)/sms", ["text": "Your code is 333444"])
            let codes: @Sendable () async -> [String] = {
                // A failed look is repeated.
                let reply = try? await ordered.customer.send(.get, "/verify/\(ordered.id)/messages")
                return (reply?.json["data"]?.arrayValue ?? []).compactMap { $0["code"]?.stringValue }
            }
            #expect(await eventually { await codes() == ["111222", "333444"] })
            let again = try await ordered.customer.send(.post, "/verify/\(ordered.id)/another")
            #expect(again.status == 409, "\(again.text)")
            let done = try await ordered.customer.send(.post, "/verify/\(ordered.id)/complete")
            #expect(done.status == 200, "\(done.text)")
            try await stack.restart(.verification)
            #expect(await stack.faults() == [])
            let price = try await ordered.customer.price(service: "discord")
            #expect(try await ordered.customer.balance().available == Self.credit - price.micro)
        }

        @Test("What nobody has in stock fails and costs nothing, whether its customer waits or not")
        func outOfStock() async throws {
            let stack = try TestStack.lent()
            let customer = try await stack.customer(credit: Money(micro: Self.credit))
            try await stack.sandbox("PUT", "/stock", ["product": "snapchat", "count": 0])
            let waiting = try await customer.create(service: "snapchat", wait: 30, key: "none-there")
            #expect(waiting.status == 409, "\(waiting.text)")
            #expect(waiting.problem == "NUMBER_UNAVAILABLE")
            let again = try await customer.create(service: "snapchat", wait: 30, key: "none-there")
            #expect(again.status == 409 && again.body == waiting.body, "\(again.text)")
            #expect(again.header("Idempotent-Replayed") == "true")
            let id = try await customer.order(service: "snapchat")
            #expect(try await customer.state(of: id) == "failed")
            let view = try await customer.send(.get, "/verify/\(id)")
            #expect(view.json["error_code"]?.stringValue == "NUMBER_UNAVAILABLE")
            try await stack.sandbox("DELETE", "/market")
            #expect(await stack.faults() == [])
            #expect(try await customer.balance() == (Self.credit, 0))
        }

        @Test("Who has no credit is refused at once, and who has too little by the ledger")
        func tooPoor() async throws {
            let stack = try TestStack.lent()
            let before = try await stack.purchases()
            let penniless = try await stack.customer(credit: nil)
            let refused = try await penniless.create()
            #expect(refused.status == 402)
            #expect(refused.problem == "INSUFFICIENT_CREDIT")
            let price = try await penniless.price()
            let poor = try await stack.customer(credit: Money(micro: price.micro - 1))
            let waiting = try await poor.create(wait: 30)
            #expect(waiting.status == 402, "\(waiting.text)")
            #expect(waiting.problem == "INSUFFICIENT_CREDIT")
            let id = try await poor.order()
            #expect(try await poor.state(of: id) == "failed")
            let view = try await poor.send(.get, "/verify/\(id)")
            #expect(view.json["error_code"]?.stringValue == "INSUFFICIENT_CREDIT")
            #expect(try await poor.balance() == (price.micro - 1, 0))
            #expect(await stack.faults() == [])
            #expect(try await stack.purchases() == before)
        }
    }
}
