import Database
import HTTPClient
import JSON
import Kit
import TestSupport
import Testing

extension Fault {
    /// Deadlines and pauses are a tenth of production's or less: a purchase counts as unclear after two seconds, the
    /// list is believed half a second later, the breaker rests for one second.
    @Suite("What providers answer", .serialized, .onWires())
    struct MatrixProviderTests {
        struct Answer: Sendable, CustomTestStringConvertible {
            let kind: String
            /// How many numbers the provider has sold in the end for one that was ordered.
            var sold = 1
            var more: JSON = [:]
            var testDescription: String { kind }
        }

        private func meet(_ endpoint: String, _ kind: String, count: Int = 1, _ more: JSON = [:]) async throws {
            var wish: [JSON.Member] = [
                .init("endpoint", .string(endpoint)), .init("kind", .string(kind)),
                .init("count", .integer(Int64(count))),
            ]
            wish += more.objectValue ?? []
            try await TestStack.lent().sandbox("POST", "/faults", .object(wish))
        }

        private func calm() async throws {
            let stack = try TestStack.lent()
            try await stack.sandbox("DELETE", "/faults")
            try await stack.sandbox("DELETE", "/arrival")
            try await stack.sandbox("DELETE", "/market")
            try await stack.sandbox("PUT", "/settings", ["early_cancel_ms": 0])
        }

        /// An order whose SMS comes when the test says so.
        private struct Waiting {
            let stack: TestStack
            let customer: TestCustomer
            let before: (sold: Int, paid: Int)
            let order: ID
            let reference: String

            func says() async throws { try await stack.sandbox("POST", "/orders/\(reference)/sms", [:]) }

            /// Whether a step is, or comes, on its time-line.
            func has(_ step: String) async -> Bool {
                let steps: SQL = "SELECT step FROM verification.steps WHERE order_id = \(order)"
                return await eventually {
                    // What cannot be read is asked for again.
                    (try? await stack.database.values(String.self, steps))?.contains(step) == true
                }
            }

            /// It is completed, and one number was bought and paid for it.
            func expectServed() async throws {
                #expect(try await customer.state(of: order) == "completed")
                #expect(await stack.faults() == [])
                #expect(try await stack.purchases() == (before.sold + 1, before.paid + 1))
                let price = try await customer.price(service: "whatsapp")
                #expect(try await customer.balance() == (1_000_000_000 - price.micro, 0))
            }
        }

        private func waiting(_ settings: JSON = [:]) async throws -> Waiting {
            let stack = try TestStack.lent()
            let customer = try await stack.customer()
            let before = try await stack.purchases()
            try await stack.sandbox("PUT", "/arrival", ["product": "whatsapp", "mode": "manual"])
            if settings != [:] { try await stack.sandbox("PUT", "/settings", settings) }
            let order = try await customer.order(service: "whatsapp")
            return Waiting(
                stack: stack, customer: customer, before: before, order: order,
                reference: try await stack.reference(of: order))
        }

        private static let soldAnyway: [Answer] = [
            Answer(kind: "latency", more: ["delay_ms": 1500]),
            Answer(kind: "timeout_after_execution", more: ["delay_ms": 3000]),
            Answer(kind: "reset_after_execution"), Answer(kind: "html502_after_execution"), Answer(kind: "garbage"),
            Answer(kind: "html200"), Answer(kind: "truncated"), Answer(kind: "null"),
            Answer(kind: "no_free_phones"), Answer(kind: "rate_limit"), Answer(kind: "server_offline"),
        ]

        @Test("One number is bought and paid, whatever the answer to the purchase was", arguments: soldAnyway)
        func purchase(_ answer: Answer) async throws {
            let stack = try TestStack.lent()
            let customer = try await stack.customer()
            let before = try await stack.purchases()
            try await meet("buy", answer.kind, answer.more)
            let order = try await customer.order()
            #expect(try await customer.state(of: order) == "completed")
            #expect(await stack.faults() == [])
            #expect(try await stack.purchases() == (before.sold + answer.sold, before.paid + 1))
            let price = try await customer.price()
            #expect(try await customer.balance() == (1_000_000_000 - price.micro, 0))
            try await calm()
        }

        /// Those after which nobody can say whether a number was sold wait for two readings of the list, ten seconds
        /// apart; together they wait once.
        @Test("A storm of every wrong answer at once is survived by every order")
        func storm() async throws {
            let stack = try TestStack.lent()
            let customer = try await stack.customer()
            let before = try await stack.purchases()
            for kind in ["hang", "reset", "html502", "internal_error", "ip_limit", "edge_block", "duplicate_id"] {
                try await meet("buy", kind, ["delay_ms": 3000])
            }
            for answer in Self.soldAnyway { try await meet("buy", answer.kind, answer.more) }
            // The list leaves out what it has, at first.
            let empty = #"{"Data":[],"ProductNames":[],"Statuses":[],"Total":0}"#
            try await meet("orders", "status", count: 2, ["status": 200, "text": .string(empty)])
            try await meet("orders", "garbage")
            try await meet("orders", "internal_error")
            var orders: [ID] = []
            for _ in 0..<24 { orders.append(try await customer.order()) }
            for order in orders {
                #expect(try await customer.state(of: order, within: .seconds(60)) == "completed", "\(order)")
            }
            #expect(await stack.faults() == [])
            #expect(try await stack.purchases().paid == before.paid + orders.count)
            let price = try await customer.price()
            #expect(try await customer.balance() == (1_000_000_000 - price.micro * Int64(orders.count), 0))
            try await calm()
        }

        @Test("A list that lacks what was certainly sold proves nothing, however often it is read")
        func emptyLists() async throws {
            let stack = try TestStack.lent()
            let customer = try await stack.customer()
            let before = try await stack.purchases()
            try await meet("buy", "reset_after_execution", count: 1)
            // Once a second it is read: readings that lie ten seconds apart are among these.
            let empty = #"{"Data":[],"ProductNames":[],"Statuses":[],"Total":0}"#
            try await meet("orders", "status", count: 15, ["status": 200, "text": .string(empty)])
            let unclear = try await customer.order()
            let known = try await customer.order()
            #expect(try await customer.state(of: known, within: .seconds(60)) == "completed")
            #expect(try await customer.state(of: unclear, within: .seconds(60)) == "completed")
            #expect(await stack.faults() == [])
            #expect(try await stack.purchases() == (before.sold + 2, before.paid + 2))
            try await calm()
        }

        private static let spoiltKinds = [
            "reset", "reset_after_execution", "html502_after_execution", "garbage", "html200", "truncated", "null",
            "internal_error", "rate_limit", "wrong_id",
        ]

        @Test("A code arrives although every kind of wrong answer meets the questions for it")
        func spoiltChecks() async throws {
            let stack = try TestStack.lent()
            let customer = try await stack.customer()
            for endpoint in ["check", "finish"] { for kind in Self.spoiltKinds { try await meet(endpoint, kind) } }
            var orders: [ID] = []
            for _ in 0..<4 { orders.append(try await customer.order()) }
            for order in orders { #expect(try await customer.state(of: order) == "completed", "\(order)") }
            #expect(await stack.faults() == [])
            let price = try await customer.price()
            #expect(try await customer.balance() == (1_000_000_000 - price.micro * Int64(orders.count), 0))
            try await calm()
        }

        @Test("A cancellation goes through, and is paid back, although every kind of wrong answer meets it")
        func spoiltCancellations() async throws {
            let stack = try TestStack.lent()
            let customer = try await stack.customer()
            let before = try await stack.purchases()
            try await stack.sandbox("PUT", "/arrival", ["product": "whatsapp", "mode": "manual"])
            var orders: [ID] = []
            for _ in 0..<4 { orders.append(try await customer.order(service: "whatsapp")) }
            for order in orders { _ = try await stack.reference(of: order) }
            for kind in Self.spoiltKinds { try await meet("cancel", kind) }
            for order in orders { #expect(try await customer.send(.delete, "/verify/\(order)").status < 300) }
            for order in orders { #expect(try await customer.state(of: order) == "cancelled", "\(order)") }
            #expect(await stack.faults() == [])
            #expect(try await stack.purchases() == (before.sold + orders.count, before.paid))
            #expect(try await customer.balance() == (1_000_000_000, 0))
            try await calm()
        }

        @Test("A cancellation that the provider does not take yet is refused, and the order goes on")
        func earlyCancellation() async throws {
            let waiting = try await waiting(["early_cancel_ms": 60_000])
            _ = try await waiting.customer.send(.delete, "/verify/\(waiting.order)")
            #expect(await waiting.has("cancel_refused"))
            try await waiting.says()
            try await waiting.expectServed()
            try await calm()
        }

        @Test("A code that comes while the cancellation is on its way is delivered and paid")
        func codeAfterCancel() async throws {
            let waiting = try await waiting()
            // The provider does not get to hear of the wish before the code is there.
            try await meet("cancel", "reset", count: 3)
            // Its answer waits for what the provider says.
            async let wish = waiting.customer.send(.delete, "/verify/\(waiting.order)")
            #expect(await waiting.has("cancel_requested"))
            try await waiting.says()
            try await waiting.expectServed()
            #expect(try await wish.status == 409)
            try await calm()
        }

        @Test("An order is over when the provider says so, and not when our clock does")
        func providersClock() async throws {
            let waiting = try await waiting(["lifetime_ms": 1500])
            let stack = waiting.stack
            // The code comes in time, and we cannot ask for it until the time is over.
            try await meet("check", "server_offline", count: 1_000_000)
            try await waiting.says()
            let isOver: SQL = """
                SELECT expires_at + interval '1.5 seconds' < now() FROM verification.orders WHERE id = \(waiting.order)
                """
            #expect(await eventually { (try? await stack.database.value(Bool.self, isOver)) == true })
            #expect(try await waiting.customer.balance().held > 0)
            try await stack.sandbox("DELETE", "/faults")
            try await waiting.expectServed()
            try await stack.sandbox("PUT", "/settings", ["lifetime_ms": 900_000])
            try await calm()
        }

        @Test("An order that the provider ends by itself costs nothing", arguments: ["TIMEOUT", "CANCELED", "BANNED"])
        func endedByProvider(_ status: String) async throws {
            let waiting = try await waiting()
            try await waiting.stack.sandbox(
                "POST", "/orders/\(waiting.reference)/status", ["status": .string(status)])
            #expect(["expired", "cancelled"].contains(try await waiting.customer.state(of: waiting.order)))
            #expect(await waiting.stack.faults() == [])
            #expect(try await waiting.stack.purchases().paid == waiting.before.paid)
            #expect(try await waiting.customer.balance() == (1_000_000_000, 0))
            try await calm()
        }

        @Test("A provider that takes more than it said, or has no more of our money, sells us nothing")
        func costlier() async throws {
            let stack = try TestStack.lent()
            let customer = try await stack.customer()
            let before = try await stack.purchases()
            // No message comes to it, so that it can be given back.
            try await stack.sandbox("PUT", "/arrival", ["product": "whatsapp", "mode": "manual"])
            // What it really takes is seen only in its answer, or in the refusal of the price we name.
            try await stack.sandbox("PUT", "/prices", ["product": "whatsapp", "fill_price": 50])
            #expect(try await customer.state(of: customer.order(service: "whatsapp")) == "failed")
            try await stack.sandbox("DELETE", "/market")
            try await meet("buy", "not_enough_balance")
            #expect(try await customer.state(of: customer.order()) == "failed")
            #expect(await stack.faults() == [])
            #expect(try await stack.purchases().paid == before.paid)
            #expect(try await customer.balance() == (1_000_000_000, 0))
            #expect(try await customer.state(of: customer.order()) == "completed")
            try await calm()
        }

        /// An hour, shortened to three seconds, of which the breaker rests one at a time.
        @Test("A provider that was down and comes back is spared a stampede, and serves every order")
        func downAndBack() async throws {
            let stack = try TestStack.lent()
            let customer = try await stack.customer()
            let before = try await stack.purchases()
            let wire = stack.wire(.verification, to: .provider)
            var toxics = ChaosProxy.Toxics()
            toxics.isRefusing = true
            wire.apply(toxics)
            wire.cutAll(reset: true)
            var orders: [ID] = []
            for _ in 0..<40 { orders.append(try await customer.order()) }
            let breaker = #"provider_breaker_state{provider="5sim"}"#
            #expect(await eventually { await stack.metric(breaker, of: .verification) == 2 })
            try await Task.sleep(for: .seconds(3))
            let taken = wire.counts.taken
            wire.heal()
            for order in orders {
                #expect(try await customer.state(of: order, within: .seconds(60)) == "completed", "\(order)")
            }
            #expect(await stack.faults() == [])
            #expect(try await stack.purchases() == (before.sold + 40, before.paid + 40))
            // Purchases have a connection each, all else shares some.
            #expect(wire.counts.taken - taken < 200)
            #expect(await stack.metric(breaker, of: .verification) == 0)
        }
    }
}
