import Database
import JSON
import Kit
import TestSupport
import Testing

extension EndToEnd {
    @Suite("Nothing is done twice, and nobody spends what he has not")
    struct OnceOnlyTests {
        @Test("The same Idempotency-Key gives the same answer, byte for byte, and buys once")
        func repeated() async throws {
            let stack = try TestStack.lent()
            let customer = try await stack.customer()
            let before = try await stack.purchases()
            let first = try await customer.create(key: "the-first")
            #expect(first.status == 202)
            #expect(first.header("Idempotent-Replayed") == nil)
            for _ in 0..<3 {
                let again = try await customer.create(key: "the-first")
                #expect(again.status == 202)
                #expect(again.body == first.body)
                #expect(again.header("Location") == first.header("Location"))
                #expect(again.header("Idempotent-Replayed") == "true")
            }
            let other = try await customer.create(service: "viber", key: "the-first")
            #expect(other.status == 422)
            #expect(other.problem == "IDEMPOTENCY_MISMATCH")
            // A key is its account's own.
            let neighbour = try await stack.customer()
            let theirs = try await neighbour.create(key: "the-first")
            #expect(theirs.status == 202)
            #expect(theirs.json["verification_id"] != first.json["verification_id"])
            #expect(await stack.faults() == [])
            #expect(try await stack.purchases().sold == before.sold + 2)
        }

        @Test("An answer that was waited for is kept as it was given")
        func repeatedWait() async throws {
            let customer = try await TestStack.lent().customer()
            let first = try await customer.create(wait: 30, key: "with-a-number")
            #expect(first.status == 201, "\(first.text)")
            let again = try await customer.create(wait: 30, key: "with-a-number")
            #expect(again.status == 201)
            #expect(again.body == first.body)
            #expect(again.header("Idempotent-Replayed") == "true")
        }

        @Test("A repeat is told to wait as long as the first may be at it, and then what has become of the order")
        func answerThatNeverCame() async throws {
            let stack = try TestStack.lent()
            let customer = try await stack.customer()
            let first = try await customer.create(wait: 30, key: "lost-on-its-way")
            #expect(first.status == 201, "\(first.text)")
            let own: SQL = "account_id = \(customer.id) AND key = 'lost-on-its-way'"
            let patience = try await stack.database.value(
                Double.self,
                "SELECT extract(epoch FROM answer_by - created_at)::float8 FROM gateway.idempotency WHERE \(own)")
            #expect(patience == 35)
            func lose(until: SQL) async throws {
                try await stack.database.execute(
                    """
                    UPDATE gateway.idempotency SET status = NULL, location = NULL, body = NULL, answer_by = now() + \(until)
                    WHERE \(own)
                    """)
            }
            try await lose(until: "interval '1 minute'")
            let early = try await customer.create(wait: 30, key: "lost-on-its-way")
            #expect(early.status == 409 && early.problem == "IDEMPOTENCY_IN_PROGRESS", "\(early.text)")
            #expect(early.header("Retry-After") == "1")
            try await lose(until: "interval '-1 second'")
            let replies = try await together(10) { _ in try await customer.create(wait: 30, key: "lost-on-its-way") }
            #expect(replies.allSatisfy { $0.status == 201 && $0.header("Idempotent-Replayed") == "true" })
            #expect(replies.allSatisfy { $0.json["verification_id"] == first.json["verification_id"] })
            let last = try await customer.create(wait: 30, key: "lost-on-its-way")
            #expect(replies.allSatisfy { $0.body == last.body })
            let busy: JSON = ["details": ["retry_after_seconds": 60]]
            try await stack.database.execute(
                "UPDATE gateway.idempotency SET status = 503, body = \(busy.bytes) WHERE \(own)")
            let refused = try await customer.create(wait: 30, key: "lost-on-its-way")
            #expect(refused.status == 503 && refused.body == busy.bytes && refused.header("Retry-After") == "60")
        }

        @Test("Thirty requests with one key at the same time are one order")
        func atOnce() async throws {
            let stack = try TestStack.lent()
            let customer = try await stack.customer()
            let before = try await stack.purchases()
            let replies = try await together(30) { _ in try await customer.create(key: "at-once") }
            #expect(replies.allSatisfy { $0.status == 202 }, "\(Set(replies.map(\.status)))")
            #expect(Set(replies.map(\.body)).count == 1)
            #expect(replies.count { $0.header("Idempotent-Replayed") == nil } == 1)
            #expect(await stack.faults() == [])
            #expect(try await stack.purchases().sold == before.sold + 1)
        }

        @Test("Two hundred orders at once against credit for fifty are fifty orders")
        func fiftyOfTwoHundred() async throws {
            let stack = try TestStack.lent()
            let price = try await stack.customer(credit: nil).price()
            let customer = try await stack.customer(credit: Money(micro: price.micro * 50))
            let before = try await stack.purchases()
            let replies = try await together(200) { _ in try await customer.create(wait: 60) }
            #expect(replies.count { $0.status == 201 } == 50, "\(replies.map(\.status))")
            let refused = replies.filter { $0.status == 402 }
            #expect(refused.count == 150)
            #expect(refused.allSatisfy { $0.problem == "INSUFFICIENT_CREDIT" })
            #expect(await stack.faults() == [])
            #expect(try await customer.balance() == (0, 0))
            #expect(try await stack.purchases().sold == before.sold + 50)
        }

        @Test("A cancellation that overtakes its order is carried out when the order comes")
        func overtaken() async throws {
            let stack = try TestStack.lent()
            try await stack.sandbox("PUT", "/arrival", ["product": "wechat", "mode": "manual"])
            let customer = try await stack.customer()
            let price = try await customer.price(service: "wechat")
            let id = ID.new()
            let retries = #"bus_outcomes_total{queue="verification.commands",outcome="retry"}"#
            let before = await stack.metric(retries, of: .verification) ?? 0
            try await stack.publish(
                "verification.cancel.v1",
                ["verification_id": .string(id.description), "account_id": .string(customer.id.description)])
            // It waits in the ladder of retries now: nobody knows the order.
            #expect(await eventually { (await stack.metric(retries, of: .verification) ?? 0) > before })
            try await stack.publish(
                "verification.request.v1",
                [
                    "verification_id": .string(id.description), "account_id": .string(customer.id.description),
                    "service": "wechat", "country": "england", "capability": "sms",
                    "price": ["amount": .string(price.description), "currency": "USD"],
                    "requested_at": .string(Timestamp.now.description),
                ])
            #expect(try await customer.state(of: id) == "cancelled")
            #expect(await stack.faults() == [])
        }
    }
}

/// Does something so many times at the same time.
func together<Result: Sendable>(
    _ count: Int, _ body: @escaping @Sendable (Int) async throws -> Result
) async throws -> [Result] {
    try await withThrowingTaskGroup(of: Result.self) { group in
        for index in 0..<count { group.addTask { try await body(index) } }
        return try await group.reduce(into: []) { $0.append($1) }
    }
}
