import BillingCore
import Database
import Kit

/// The statements of a batch.
enum LedgerQueries {
    /// Opens, locks and reads what the commands concern; one row per command, in their order.
    static func take(_ commands: [Command]) -> SQL {
        """
        SELECT * FROM billing.take(
            \(commands.map { $0.accountID ?? .zero }), \(commands.map { $0.transferID ?? .zero }),
            \(commands.map(\.opensAccount)))
        """
    }

    /// Writes what a batch decided about customers. Growth is added to what the rows have, so that the constraints
    /// judge the result even if a decision was wrong.
    static func write(_ changes: Changes) -> SQL {
        let transfers = changes.transfers
        let declined = changes.declined
        let accounts = Array(changes.accounts)
        return """
            WITH written AS (
                INSERT INTO billing.transfers
                    (id, kind, debit, credit, amount, released, hold_id, order_id, reference, created_at)
                SELECT * FROM unnest(
                    \(transfers.map(\.id)), \(transfers.map(\.kind.rawValue)), \(transfers.map(\.debit)),
                    \(transfers.map(\.credit)), \(transfers.map(\.amount)), \(transfers.map(\.released)),
                    \(transfers.map(\.holdID)), \(transfers.map(\.orderID)), \(transfers.map(\.reference)),
                    \(transfers.map(\.createdAt)))
                RETURNING kind, debit, credit, amount
            ), declined AS (
                INSERT INTO billing.declined_holds (id, order_id, account, amount, declined_at)
                SELECT * FROM unnest(
                    \(declined.map(\.id)), \(declined.map(\.orderID)), \(declined.map(\.accountID)),
                    \(declined.map(\.amount)), \(declined.map(\.declinedAt)))
            ), grown AS (
                UPDATE billing.accounts a
                SET credits = a.credits + g.credits, debits = a.debits + g.debits, pending = a.pending + g.pending,
                    version = a.version + g.version
                FROM unnest(
                    \(accounts.map(\.key)), \(accounts.map(\.value.credits)), \(accounts.map(\.value.debits)),
                    \(accounts.map(\.value.pending)), \(accounts.map(\.value.version))
                ) AS g (id, credits, debits, pending, version)
                WHERE a.id = g.id
            )
            INSERT INTO billing.movements (account, debits, credits)
            SELECT account, sum(debits), sum(credits)
            FROM (
                SELECT debit AS account, amount AS debits, 0 AS credits FROM written WHERE kind = 'top_up'
                UNION ALL
                SELECT credit, 0, amount FROM written WHERE kind = 'post'
            ) AS sides
            GROUP BY account
            """
    }

    /// Writes what providers took and gave, each once: the first of each (provider, reference, kind) stands. Answers
    /// with those that stood already with something else in them. The rows go in by their key, so that two batches
    /// with the same ones never wait for each other crosswise.
    static func settle(_ settlements: [Transfer]) -> SQL {
        """
        WITH given AS MATERIALIZED (
            SELECT * FROM unnest(
                \(settlements.map(\.id)), \(settlements.map(\.kind.rawValue)), \(settlements.map(\.debit)),
                \(settlements.map(\.credit)), \(settlements.map(\.amount)), \(settlements.map(\.orderID)),
                \(settlements.map(\.provider)), \(settlements.map(\.reference)), \(settlements.map(\.createdAt))
            ) AS g (id, kind, debit, credit, amount, order_id, provider, reference, created_at)
        ), opened AS (
            INSERT INTO billing.accounts (id, kind, name)
            SELECT DISTINCT p.account, 'provider', p.provider
            FROM (SELECT CASE kind WHEN 'charge' THEN credit ELSE debit END AS account, provider FROM given) AS p
            WHERE NOT EXISTS (SELECT FROM billing.accounts a WHERE a.id = p.account)
            ORDER BY p.account
            ON CONFLICT (id) DO NOTHING
        ), settled AS (
            INSERT INTO billing.transfers
                (id, kind, debit, credit, amount, order_id, provider, reference, created_at)
            SELECT id, kind, debit, credit, amount, order_id, provider, reference, created_at
            FROM given ORDER BY provider, reference, kind
            ON CONFLICT (provider, reference, kind) WHERE provider IS NOT NULL DO NOTHING
            RETURNING debit, credit, amount
        ), moved AS (
            INSERT INTO billing.movements (account, debits, credits)
            SELECT account, sum(debits), sum(credits)
            FROM (
                SELECT debit AS account, amount AS debits, 0 AS credits FROM settled
                UNION ALL
                SELECT credit, 0, amount FROM settled
            ) AS sides
            GROUP BY account
        )
        SELECT g.provider, g.reference, g.kind, g.amount, t.amount
        FROM given g JOIN billing.transfers t USING (provider, reference, kind)
        WHERE (t.debit, t.credit, t.amount) <> (g.debit, g.credit, g.amount)
        """
    }

    static let rollUp: SQL = "SELECT billing.roll_up()"

    static let prove: SQL = #"SELECT "check", ok, detail FROM billing.prove()"#

    static let openHoldsByAge: SQL = """
        SELECT count(*) FILTER (WHERE age < interval '5 minutes'),
            count(*) FILTER (WHERE age >= interval '5 minutes' AND age < interval '30 minutes'),
            count(*) FILTER (WHERE age >= interval '30 minutes' AND age < interval '2 hours'),
            count(*) FILTER (WHERE age >= interval '2 hours'),
            coalesce(extract(epoch FROM max(age)), 0)::float8
        FROM (SELECT now() - created_at AS age FROM billing.open_holds) AS open
        """
}

/// What `take` tells about one command: the account, and what stands under the id of the hold or top-up.
struct TakenRow: Row {
    let account: Account?
    let entry: Entry?

    init(_ columns: inout Columns) throws(DatabaseError) {
        let accountID = try columns.next(ID.self)
        let transferID = try columns.next(ID.self)
        let accountKind = try columns.next(String?.self)
        let credits = try columns.next(Money?.self)
        let debits = try columns.next(Money?.self)
        let pending = try columns.next(Money?.self)
        let version = try columns.next(Int64?.self)
        if let kind = accountKind.flatMap({ AccountKind(rawValue: $0) }), let credits, let debits, let pending,
            let version
        {
            account = Account(
                id: accountID, kind: kind, credits: credits, debits: debits, pending: pending, version: version)
        } else {
            account = nil
        }
        let kind = try columns.next(String?.self)
        let owner = try columns.next(ID?.self)
        let orderID = try columns.next(ID?.self)
        let amount = try columns.next(Money?.self)
        let reference = try columns.next(String?.self)
        let at = try columns.next(Timestamp?.self)
        let resolution = try columns.next(String?.self)
        let captured = try columns.next(Money?.self)
        let resolvedAt = try columns.next(Timestamp?.self)
        guard let kind, let owner, let amount, let at else {
            entry = nil
            return
        }
        switch (kind, orderID) {
        case ("hold", let orderID?):
            var hold = Hold(id: transferID, orderID: orderID, accountID: owner, amount: amount, placedAt: at)
            if let resolution, let captured, let resolvedAt {
                hold.resolution =
                    resolution == Transfer.Kind.post.rawValue
                    ? .posted(captured, at: resolvedAt) : .voided(at: resolvedAt)
            }
            entry = .hold(hold)
        case ("declined", let orderID?):
            entry = .declined(
                DeclinedHold(id: transferID, orderID: orderID, accountID: owner, amount: amount, declinedAt: at))
        case ("top_up", _):
            entry = .topUp(accountID: owner, amount: amount, reference: reference, at: at)
        default:
            entry = .other
        }
    }
}

/// A settlement that stands with something else in it than was said now.
struct SettlementConflict: Row {
    let provider: String
    let reference: String
    let kind: String
    let said: Money
    let stands: Money

    init(_ columns: inout Columns) throws(DatabaseError) {
        provider = try columns.next()
        reference = try columns.next()
        kind = try columns.next()
        said = try columns.next()
        stands = try columns.next()
    }
}

/// One line of `billing.prove()`.
struct ProofLine: Row {
    let check: String
    let holds: Bool
    let detail: String

    init(_ columns: inout Columns) throws(DatabaseError) {
        check = try columns.next()
        holds = try columns.next()
        detail = try columns.next()
    }
}

/// How many holds are open, by age.
struct OpenHolds: Row {
    let underFiveMinutes: Int
    let underHalfAnHour: Int
    let underTwoHours: Int
    let older: Int
    let oldestSeconds: Double

    init(_ columns: inout Columns) throws(DatabaseError) {
        underFiveMinutes = try columns.next()
        underHalfAnHour = try columns.next()
        underTwoHours = try columns.next()
        older = try columns.next()
        oldestSeconds = try columns.next()
    }
}
