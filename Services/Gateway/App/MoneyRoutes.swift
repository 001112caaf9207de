import Bus
import Contracts
import Database
import GatewayCore
import HTTPServer
import JSON
import Kit
import Runtime

/// `/billing`: what the read model knows of an account's money, and top-ups.
struct MoneyRoutes: Sendable {
    /// One transfer; far above what anybody pays in at once, far below what would overflow.
    private static let largest = Money(micro: 1_000_000 * 1_000_000)
    /// How long it is waited for the ledger before the answer is that it is on its way.
    private static let wait = Duration.seconds(10)

    let database: Database
    let relay: OutboxRelay
    let hub: Hub
    /// A top-up that is not posted after so long is said again.
    let silence: Duration

    func add(to router: inout Router) {
        router.on(.get, "/billing/balance", balance)
        router.on(.get, "/billing/transactions", transactions)
        router.group(using: [requireRole(.admin)]) { router in
            router.on(.post, "/billing/top-up", deadline: .seconds(30), topUp)
        }
    }

    struct Balance: Row {
        let available: Money
        let held: Money
        init(_ columns: inout Columns) throws(DatabaseError) {
            available = try columns.next()
            held = try columns.next()
        }
        var body: BalanceBody { BalanceBody(available: available, held: held) }
    }

    private func balance(_ request: HTTPRequest) async throws -> HTTPResponse {
        _ = try request.query(allowing: [])
        let account = try request.identity.userID
        let found = try await database.first(
            Balance.self, "SELECT available, held FROM balances WHERE account_id = \(account)")
        return .json(200, found?.body ?? BalanceBody())
    }

    private struct Movement: Row {
        let number: Int64
        let body: TransactionBody
        init(_ columns: inout Columns) throws(DatabaseError) {
            number = try columns.next()
            var body = TransactionBody()
            body.id = try columns.next()
            let kind: String = try columns.next()
            body.kind = TransactionBody.Kind(rawValue: kind).map { .known($0) } ?? .unknown(kind)
            body.amount = try columns.next()
            body.verificationID = try columns.next()
            body.reference = try columns.next()
            body.availableAfter = try columns.next()
            body.heldAfter = try columns.next()
            body.createdAt = try columns.next()
            self.body = body
        }
    }

    private func transactions(_ request: HTTPRequest) async throws -> HTTPResponse {
        let account = try request.identity.userID
        let query = try request.query(allowing: ["kind", "verification_id", "from", "to", "limit", "cursor"])
        let page = try Page(query, by: NumberCursor.self)
        var filter: SQL = "account_id = \(account)"
        if let kind = try query.oneOf(TransactionBody.Kind.self, "kind") {
            filter += " AND kind = \(kind.rawValue)"
        }
        if let id = try query.id("verification_id") { filter += " AND verification_id = \(id)" }
        if let from = try query.timestamp("from") { filter += " AND at >= \(from)" }
        if let to = try query.timestamp("to") { filter += " AND at < \(to)" }
        if let last = page.after { filter += " AND number < \(last.number)" }
        let rows = try await database.rows(
            Movement.self,
            """
            SELECT number, id, kind, amount, verification_id, reference, available, held, at FROM movements
            WHERE \(filter) ORDER BY number DESC LIMIT \(page.reading)
            """)
        return .json(200, page.body(rows, cursor: { NumberCursor(number: $0.number) }, \.body))
    }

    private func topUp(_ request: HTTPRequest) async throws -> HTTPResponse {
        _ = try request.query(allowing: [])
        let identity = try request.identity
        let key = try IdempotencyKey(request, account: identity.userID)
        let wish = try request.record(CreateTopUp.self)
        guard wish.amount > .zero, wish.amount <= Self.largest else {
            throw Problem.invalid("amount.amount", "must be more than 0 and at most \(Self.largest)")
        }
        if let key, let stored = try await StoredAnswer.find(key, in: database) {
            if let response = try stored.replay(key) { return response }
            return try await answer(wish, transfer: stored.resource, key: key)
        }
        let command = TopUp(transfer: .new(), account: wish.userID, amount: wish.amount, reference: wish.reference)
        let message = command.message
        let posted: Outbox.Posted? = try await database.transaction { transaction in
            guard try await AccountRows.exists(wish.userID, in: transaction) else {
                throw Problem.invalid("user_id", "names no user")
            }
            if let key {
                let inserted = try await transaction.execute(
                    """
                    INSERT INTO idempotency (account_id, key, request_hash, resource, answer_by)
                    VALUES (\(key.account), \(key.key), \(key.hash), \(command.transferID),
                        now() + \(StoredAnswer.seconds(waiting: Self.wait)) * interval '1 second')
                    ON CONFLICT DO NOTHING
                    """)
                if inserted == 0 { return nil }
            }
            try await transaction.execute(
                """
                INSERT INTO top_ups (id, account_id, amount, reference, ask_at)
                VALUES (\(command.transferID), \(command.accountID), \(command.amount), \(command.reference),
                    now() + make_interval(secs => \(silence.inSeconds)))
                """)
            return try await Outbox.write([message], in: transaction)
        }
        guard let posted else {
            throw Problem(.idempotencyInProgress, "The first request with this key is being answered.", retryAfter: 1)
        }
        relay.send(posted)
        return try await answer(wish, transfer: command.transferID, key: key)
    }

    /// 201 when the ledger has posted it, 202 when that takes longer.
    private func answer(_ wish: CreateTopUp, transfer: ID, key: IdempotencyKey?) async throws -> HTTPResponse {
        let posted = try await hub.wait(for: transfer, until: .now + Self.wait) {
            try await self.database.first(
                Balance.self,
                """
                SELECT b.available, b.held FROM balances b JOIN movements m USING (account_id)
                WHERE m.id = \(transfer) AND m.kind = 'top_up'
                """)
        }
        var body = TopUpBody()
        body.id = transfer
        body.userID = wish.userID
        body.amount = wish.amount
        body.status = posted == nil ? "pending" : "posted"
        body.balance = posted?.body
        let response = HTTPResponse.json(posted == nil ? 202 : 201, body)
        guard let key, posted != nil else { return response }
        return try await StoredAnswer.keep(response, for: key, in: database)
    }
}
