import BillingApp
import BillingCore
import Contracts
import Database
import JSON
import Kit
import Testing

extension BillingIntegration {
    @Suite("What the database itself refuses")
    struct Schema {
        /// Runs a statement that must be refused; gives the constraint's name or the state.
        private func refusal(_ ledger: TestLedger, _ sql: SQL) async -> String {
            do {
                try await ledger.database.execute(sql)
                return "nothing was refused"
            } catch let error as DatabaseError {
                return error.constraint ?? error.sqlState ?? "\(error)"
            } catch {
                return "\(error)"
            }
        }

        @Test("transfers and declined holds can be neither changed, nor deleted, nor emptied")
        func appendOnly() async throws {
            try await TestLedger.with { ledger in
                let account = ID.new()
                try await ledger.send(.topUp(account, 10), .place(.new(), account, 20))
                for sql: SQL in [
                    "UPDATE transfers SET amount = amount + 1", "DELETE FROM transfers",
                    "TRUNCATE transfers", "TRUNCATE transfers CASCADE", "UPDATE declined_holds SET amount = 1",
                    "DELETE FROM declined_holds", "TRUNCATE declined_holds",
                ] {
                    #expect(await refusal(ledger, sql) == "23001")
                }
                #expect(try await ledger.count("SELECT count(*) FROM transfers") == 1)
                #expect(try await ledger.count("SELECT count(*) FROM declined_holds") == 1)
            }
        }

        @Test("counters that make no sense are refused by constraints")
        func counters() async throws {
            try await TestLedger.with { ledger in
                let account = ID.new()
                try await ledger.send(.topUp(account, 10))
                let cases: [(SQL, String)] = [
                    ("UPDATE accounts SET pending = 11 WHERE id = \(account)", "customers_never_overdraw"),
                    ("UPDATE accounts SET debits = 11 WHERE id = \(account)", "customers_never_overdraw"),
                    ("UPDATE accounts SET credits = 9, pending = 10 WHERE id = \(account)", "customers_never_overdraw"),
                    ("UPDATE accounts SET pending = -1 WHERE id = \(account)", "accounts_pending_check"),
                    ("UPDATE accounts SET debits = -1 WHERE id = \(account)", "accounts_debits_check"),
                    ("UPDATE accounts SET credits = -1 WHERE id = \(account)", "accounts_credits_check"),
                    ("UPDATE accounts SET pending = 1 WHERE kind = 'revenue'", "only_customers_hold"),
                    ("UPDATE accounts SET name = 'x' WHERE kind = 'revenue'", "only_providers_have_names"),
                    ("INSERT INTO accounts (id, kind) VALUES (\(ID.new()), 'bonus')", "accounts_kind_check"),
                    ("INSERT INTO accounts (id, kind) VALUES (\(ID.new()), 'revenue')", "ours_are_apart"),
                    (
                        "INSERT INTO accounts (id, kind) VALUES (\(Chart.provider("x")), 'revenue')",
                        "one_of_each_platform_account"
                    ),
                    ("INSERT INTO accounts (id, kind) VALUES (\(Chart.provider("x")), 'customer')", "ours_are_apart"),
                ]
                for (sql, constraint) in cases { #expect(await refusal(ledger, sql) == constraint) }
            }
        }

        @Test("transfers that make no sense are refused by constraints")
        func transfers() async throws {
            try await TestLedger.with { ledger in
                let account = ID.new()
                let hold = ID.new()
                try await ledger.send(.topUp(account, 100), .place(hold, account, 20), .void(hold, account))
                try await ledger.send(.settle([ProviderSettlement(.charge, "1", 5)]))
                func insert(
                    _ kind: String, credit: ID = Chart.revenue, amount: Int64 = 5, released: Int64 = 0, hold: ID? = nil,
                    order: ID? = .new(), provider: String? = nil, reference: String? = nil
                ) -> SQL {
                    """
                    INSERT INTO transfers
                        (id, kind, debit, credit, amount, released, hold_id, order_id, provider, reference, created_at)
                    SELECT \(ID.new()), \(kind), \(account), \(credit), \(amount), \(released), h, o, p, r, now()
                    FROM unnest(\([hold]), \([order]), \([provider]), \([reference])) AS optional (h, o, p, r)
                    """
                }
                let cases: [(SQL, String)] = [
                    (insert("post", hold: hold), "hold_resolved_once"),
                    (insert("void", hold: hold), "hold_resolved_once"),
                    (insert("void", hold: .new()), "transfers_hold_id_fkey"),
                    (insert("void"), "resolutions_name_a_hold"),
                    (insert("hold", hold: hold), "resolutions_name_a_hold"),
                    (insert("hold", order: nil), "orders_hold"), (insert("hold", amount: 0), "transfers_amount_check"),
                    (insert("hold", amount: -1), "transfers_amount_check"), (insert("gift"), "transfers_kind_check"),
                    (insert("hold", credit: account), "two_sides"), (insert("hold", released: 1), "only_posts_release"),
                    (insert("charge", provider: "5sim", reference: "1"), "settled_once"),
                    (insert("charge", provider: "5sim"), "settlements_name_an_order_of_the_provider"),
                    (insert("charge"), "settlements_name_an_order_of_the_provider"),
                    (insert("hold", provider: "5sim", reference: "2"), "settlements_name_an_order_of_the_provider"),
                ]
                for (sql, constraint) in cases { #expect(await refusal(ledger, sql) == constraint) }
                #expect(try await ledger.proof.run() == [])
            }
        }
    }
}
