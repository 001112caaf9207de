import BillingApp
import BillingCore
import Contracts
import Database
import JSON
import Kit
import Runtime
import Testing

extension BillingIntegration {
    @Suite("The proof")
    struct Proof {
        private struct Posting: Row {
            let kind: String
            let account: String
            let amount: Int64
            init(_ columns: inout Columns) throws(DatabaseError) {
                kind = try columns.next()
                account = try columns.next()
                amount = try columns.next()
            }
        }

        /// A little of everything.
        private func fill(_ ledger: TestLedger, _ account: ID, _ holds: [ID]) async throws {
            try await ledger.send(.topUp(account, 1000))
            try await ledger.send(
                .place(holds[0], account, 100), .place(holds[1], account, 200), .place(holds[2], account, 300),
                .place(holds[3], account, 5000))
            try await ledger.send(
                .post(holds[0], account, 60, ProviderSettlement(.charge, "1", 40)),
                .void(holds[1], account, ProviderSettlement(.charge, "2", 30), ProviderSettlement(.refund, "2", 30)),
                .settle([ProviderSettlement(.charge, "3", 20, isLoss: true)]))
        }

        @Test("each kind of tampering is found by the check that is there for it")
        func tampering() async throws {
            let account = ID.new()
            let holds = (0..<4).map { _ in ID.new() }
            let cases: [(String, [SQL])] = [
                (
                    "counters are what transfers sum to",
                    ["UPDATE accounts SET credits = credits + 1 WHERE id = \(account)"]
                ),
                ("all sides sum to zero", ["UPDATE accounts SET credits = credits + 1 WHERE id = \(account)"]),
                (
                    "counters are what transfers sum to",
                    ["UPDATE accounts SET pending = pending - 1 WHERE id = \(account)"]
                ),
                ("counters are what transfers sum to", ["UPDATE transfers SET amount = 999 WHERE kind = 'top_up'"]),
                ("counters are what transfers sum to", ["DELETE FROM transfers WHERE kind = 'void'"]),
                (
                    "counters are what transfers sum to",
                    ["UPDATE accounts SET debits = debits + 5 WHERE kind = 'cost_of_sales'"]
                ),
                ("counters are what transfers sum to", ["DELETE FROM movements"]),
                ("all sides sum to zero", ["INSERT INTO movements VALUES (\(Chart.revenue), 0, 1)"]),
                ("postings of each transfer sum to zero", ["UPDATE transfers SET released = 41 WHERE kind = 'post'"]),
                ("postings of each transfer sum to zero", ["DELETE FROM transfers WHERE id = \(holds[0])"]),
                ("every transfer names accounts that exist", ["DELETE FROM accounts WHERE kind = 'provider'"]),
                (
                    "every transfer names accounts that exist",
                    ["UPDATE transfers SET credit = \(ID.new()) WHERE kind = 'top_up'"]
                ),
                (
                    "every transfer names accounts that exist",
                    ["INSERT INTO movements VALUES (\(ID.new()), 0, 1)"]
                ),
                (
                    "no customer is below zero",
                    [
                        "ALTER TABLE accounts DROP CONSTRAINT customers_never_overdraw",
                        "UPDATE accounts SET debits = credits WHERE id = \(account)",
                    ]
                ),
                (
                    "no hold is resolved twice",
                    [
                        "DROP INDEX hold_resolved_once",
                        """
                        INSERT INTO transfers (id, kind, debit, credit, amount, hold_id, order_id, created_at)
                        SELECT \(ID.new()), kind, debit, credit, amount, hold_id, order_id, created_at
                        FROM transfers WHERE kind = 'void'
                        """,
                    ]
                ),
                ("resolutions fit their holds", ["UPDATE transfers SET amount = 61 WHERE kind = 'post'"]),
                (
                    "resolutions fit their holds",
                    ["UPDATE transfers SET order_id = \(ID.new()) WHERE kind = 'void'"]
                ),
                (
                    "no hold is both placed and declined",
                    ["UPDATE declined_holds SET id = \(holds[0])"]
                ),
                (
                    "providers settled each order once",
                    ["DROP INDEX settled_once", "UPDATE transfers SET reference = '1' WHERE reference = '3'"]
                ),
                (
                    "no provider gave back more than it took",
                    ["UPDATE transfers SET amount = 31 WHERE kind = 'refund'"]
                ),
            ]
            try await TestLedger.with { ledger in
                try await fill(ledger, account, holds)
                #expect(try await ledger.proof.run() == [])
                for (check, tampering) in cases {
                    struct Undo: Error {}
                    let faults = Faults()
                    await #expect(throws: Undo.self) {
                        try await ledger.database.transaction { transaction in
                            // Triggers and foreign keys sleep for a superuser who says so.
                            try await transaction.execute("SET LOCAL session_replication_role = replica")
                            for sql in tampering { try await transaction.execute(sql) }
                            faults.found = try await transaction.values(
                                String.self, #"SELECT "check" FROM billing.prove() WHERE NOT ok"#)
                            throw Undo()
                        }
                    }
                    #expect(faults.found.contains(check), "\(tampering.count) statements, found \(faults.found)")
                }
                #expect(try await ledger.proof.run() == [], "all of it was undone")
            }
        }

        @Test("drift stands in the metric until it is gone, and so do open holds")
        func metric() async throws {
            try await TestLedger.with { ledger in
                let account = ID.new()
                try await fill(ledger, account, (0..<4).map { _ in ID.new() })
                try await ledger.database.execute("UPDATE accounts SET credits = credits + 1 WHERE id = \(account)")
                #expect(try await ledger.proof.run().count == 2)
                #expect(ledger.metrics.render().contains("billing_ledger_drift 2.0"))
                try await ledger.database.execute("UPDATE accounts SET credits = credits - 1 WHERE id = \(account)")
                #expect(try await ledger.proof.run() == [])
                let text = ledger.metrics.render()
                #expect(text.contains("billing_ledger_drift 0.0"))
                #expect(text.contains(#"billing_open_holds{age="0-5m"} 1.0"#))
                #expect(text.contains(#"billing_open_holds{age="2h-"} 0.0"#))
            }
        }

        @Test("the proof lists open holds with their age")
        func openHolds() async throws {
            try await TestLedger.with { ledger in
                let holds = (0..<4).map { _ in ID.new() }
                try await fill(ledger, .new(), holds)
                let lines = try await ledger.database.values(
                    String.self, #"SELECT detail FROM billing.prove() WHERE "check" LIKE 'open hold%' AND ok"#)
                #expect(lines.count == 2 && lines.first == "1 open, 300 micro-units held")
                #expect(lines.last?.contains("hold \(holds[2]) of order") == true)
            }
        }

        @Test("the journal has balanced postings under the names that hledger users expect")
        func journal() async throws {
            try await TestLedger.with { ledger in
                let account = ID.new()
                try await fill(ledger, account, (0..<4).map { _ in ID.new() })
                #expect(
                    try await ledger.count(
                        "SELECT count(*) FROM (SELECT FROM journal GROUP BY transfer HAVING sum(amount) <> 0) AS t")
                        == 0)
                let postings = try await ledger.database.rows(
                    Posting.self,
                    """
                    SELECT 'sum', replace(account, \(account.description), 'C'), sum(amount)::bigint
                    FROM journal GROUP BY account ORDER BY account
                    """)
                #expect(
                    postings.map { "\($0.account) \($0.amount)" } == [
                        "assets:providers:5sim -60", "equity:top-ups 1000", "expenses:losses:5sim 20",
                        "expenses:providers:5sim 40", "income:verifications -60",
                        "liabilities:customers:C:available -640", "liabilities:customers:C:held -300",
                    ])
                let post = try await ledger.database.rows(
                    Posting.self,
                    """
                    SELECT kind, replace(account, \(account.description), 'C'), amount FROM journal
                    WHERE kind = 'post' ORDER BY line
                    """)
                #expect(
                    post.map { "\($0.account) \($0.amount)" } == [
                        "liabilities:customers:C:held 100", "income:verifications -60",
                        "liabilities:customers:C:available -40",
                    ])
            }
        }
    }
}

/// What a proof found within a transaction that is undone.
private final class Faults {
    var found: [String] = []
}
