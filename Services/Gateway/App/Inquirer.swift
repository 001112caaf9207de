import Bus
import Contracts
import Database
import GatewayCore
import JSON
import Kit
import Runtime
import Synchronization

/// Asks after verifications that are not over and have not been heard of for long, and after top-ups that were never
/// posted: `Attention` says when. What was lost on the way is said again, by us or to us.
///
/// Life: `run` by the service group. Any number of gateways may run one: each row is looked at by one of them.
/// Guarantees: whatever was taken here is asked after until it is over, however often queues are emptied.
/// Does not promise: to ask while the outbox is long, since what was said has not even left then.
final class Inquirer: Service {
    let name = "inquirer"
    // So few that no planner takes the look for one that is worth compiling.
    private static let batch = 200
    /// Rows of the outbox from which on the broker takes too little to be given more.
    private static let crowd = 1000
    /// A top-up that was said so often, over more than half a day, is for a person to look at.
    private static let mostTopUps = 20

    private let database: Database
    private let relay: OutboxRelay
    private let silence: Duration
    private let log: Log
    private let requests: Counter
    private let states: Counter
    private let actions: Counter
    private let topUps: Counter
    private let isStopping = Atomic<Bool>(false)

    init(_ database: Database, relay: OutboxRelay, silence: Duration, log: Log, metrics: Metrics) {
        self.database = database
        self.relay = relay
        self.silence = silence
        self.log = log
        func counter(_ what: String) -> Counter {
            metrics.counter(
                "gateway_inquiries_total", "What was said or asked again because nothing was heard of it",
                [("what", what)])
        }
        requests = counter("request")
        states = counter("state")
        actions = counter("action")
        topUps = counter("top_up")
    }

    func stop() { isStopping.store(true, ordering: .releasing) }

    private var goesOn: Bool { !isStopping.load(ordering: .acquiring) && !Task.isCancelled }

    func run() async throws {
        let pause = min(silence / 10, .seconds(1))
        while goesOn {
            do {
                while goesOn, try await lookAtVerifications() == Self.batch {}
                if goesOn { try await lookAtTopUps() }
            } catch {
                log.warning("nothing is asked after for now", ["error": .string(String(describing: error))])
            }
            var left = max(pause, .milliseconds(10))
            while left > .zero, goesOn {
                let part = min(left, .milliseconds(100))
                // A cancelled sleep returns at once, and the condition above sees it.
                try? await Task.sleep(for: part)
                left -= part
            }
        }
    }

    // MARK: - Verifications

    private struct Due: Row {
        let view: VerificationView
        let areaCode: String?
        let pinnedProvider: String?
        let ceiling: Money?
        let wish: String?
        let wishID: ID?
        let attention: Attention
        /// By the database's clock, which all gateways share.
        let now: Timestamp

        init(_ columns: inout Columns) throws(DatabaseError) {
            view = try VerificationView(&columns)
            areaCode = try columns.next()
            pinnedProvider = try columns.next()
            ceiling = try columns.next()
            wish = try columns.next()
            wishID = try columns.next()
            var attention = Attention()
            attention.status = view.status.known
            attention.version = view.version
            attention.updatedAt = view.updatedAt
            attention.expiresAt = view.expiresAt
            attention.hasWish = wish != nil
            attention.asks = try columns.next()
            attention.stepCount = try columns.next()
            attention.lastStep = try columns.next()
            attention.hasHold = try columns.next()
            attention.isFinished = try columns.next()
            attention.holdArrived = try columns.next()
            attention.resolutionArrived = try columns.next()
            self.attention = attention
            now = try columns.next()
        }

        /// What the customer ordered.
        var request: VerificationRequest {
            var request = VerificationRequest()
            request.verificationID = view.id
            request.accountID = view.accountID
            request.service = view.service
            request.country = view.country
            request.capability = view.capability
            request.operator = view.operator
            request.areaCode = areaCode
            request.provider = pinnedProvider
            request.price = view.price
            request.ceiling = ceiling
            request.metadata = view.metadata
            request.requestedAt = view.createdAt
            return request
        }
    }

    /// How many were looked at.
    private func lookAtVerifications() async throws -> Int {
        let (seen, posted) = try await database.transaction { transaction in
            let due = try await transaction.rows(Due.self, Self.due)
            guard !due.isEmpty else { return (0, Outbox.Posted()) }
            let verdicts = due.map { $0.attention.look(now: $0.now, silence: self.silence) }
            let asked = zip(due, verdicts).filter(\.1.asks).map(\.0)
            if !asked.isEmpty, try await Self.isCrowded(transaction) { return (0, Outbox.Posted()) }
            let letters = Outbox.Letters(asked.flatMap(Self.messages))
            let rows = try await transaction.commit(
                after: [
                    """
                    UPDATE verifications v SET ask_at = n.at, asks = n.asks,
                        wish = CASE WHEN n.at IS NOT NULL THEN v.wish END,
                        wish_id = CASE WHEN n.at IS NOT NULL THEN v.wish_id END
                    FROM unnest(\(due.map(\.view.id)), \(verdicts.map(\.next)), \(verdicts.map(\.count)))
                        AS n(id, at, asks)
                    WHERE v.id = n.id
                    """
                ], letters.query)
            self.tell(asked)
            return (due.count, letters.posted(rows))
        }
        relay.send(posted)
        return seen
    }

    /// Those whose time has come, with all that says whether enough was heard of them. Another gateway's are left out.
    private static let due: SQL = """
        SELECT \(VerificationView.columns), v.area_code, v.pinned_provider, v.ceiling, v.wish, v.wish_id, v.asks::bigint,
            s.count, s.last::bigint, s.has_hold, s.is_finished, m.hold, m.resolution, now()
        FROM (
            -- By itself, so that whatever a planner knows of the others, it knows that these are few.
            SELECT * FROM verifications WHERE ask_at <= now() ORDER BY ask_at LIMIT \(batch) FOR UPDATE SKIP LOCKED) v,
        LATERAL (
            SELECT count(*), coalesce(max(number), 0) AS last, coalesce(bool_or(step = 'hold_placed'), false) AS has_hold,
                coalesce(bool_or(step = 'finished'), false) AS is_finished
            FROM steps WHERE verification_id = v.id) s, LATERAL (
            SELECT coalesce(bool_or(kind = 'hold'), false) AS hold,
                coalesce(bool_or(kind IN ('capture', 'release')), false) AS resolution
            FROM movements WHERE verification_id = v.id) m
        """

    private static func isCrowded(_ transaction: Transaction) async throws -> Bool {
        let waiting = try await transaction.value(
            Int64.self, "SELECT count(*) FROM (SELECT FROM outbox LIMIT \(crowd)) AS waiting")
        return waiting ?? 0 >= Int64(crowd)
    }

    private func tell(_ asked: [Due]) {
        guard !asked.isEmpty else { return }
        let unheard = asked.count { $0.view.version == 0 }
        requests.add(unheard)
        states.add(asked.count - unheard)
        actions.add(asked.count { $0.wish != nil })
        log.info(
            "verifications were asked after",
            ["count": .integer(Int64(asked.count)), "unheard": .integer(Int64(unheard))])
    }

    /// The question; and before it the action that was asked for, under the message id of the first time, so that it
    /// takes effect once.
    private static func messages(_ due: Due) -> [OutgoingMessage] {
        let view = due.view
        var inquiry = VerificationInquiry()
        inquiry.verificationID = view.id
        inquiry.accountID = view.accountID
        inquiry.version = view.version
        inquiry.stepCount = due.attention.stepCount
        inquiry.lacksMovement = due.attention.lacksMovement
        if view.version == 0 { inquiry.request = due.request }
        func message(_ id: ID, _ type: String, _ body: [UInt8]) -> OutgoingMessage {
            OutgoingMessage(
                id: id, exchange: Channel.commands.rawValue, routingKey: type, type: type, body: body,
                correlationID: view.id.description, aggregate: view.id, tenant: view.accountID)
        }
        // Always under one id, so that one that can never be taken is parked once.
        var messages = [message(view.id, VerificationInquiry.type, inquiry.json)]
        if let wish = due.wish, let id = due.wishID {
            let action = VerificationAction(verificationID: view.id, accountID: view.accountID)
            messages.append(message(id, wish, action.json))
        }
        return messages
    }

    // MARK: - Top-ups

    private struct Unposted: Row {
        let id: ID
        let accountID: ID
        let amount: Money
        let reference: String?
        let asks: Int
        let hasArrived: Bool
        let now: Timestamp
        init(_ columns: inout Columns) throws(DatabaseError) {
            id = try columns.next()
            accountID = try columns.next()
            amount = try columns.next()
            reference = try columns.next()
            asks = try columns.next()
            hasArrived = try columns.next()
            now = try columns.next()
        }
    }

    private func lookAtTopUps() async throws {
        let posted = try await database.transaction { transaction in
            let due = try await transaction.rows(
                Unposted.self,
                """
                SELECT t.id, t.account_id, t.amount, t.reference, t.asks::bigint,
                    EXISTS (SELECT FROM movements m WHERE m.id = t.id AND m.kind = 'top_up'), now()
                FROM top_ups t WHERE t.ask_at <= now() ORDER BY t.ask_at LIMIT \(Self.batch) FOR UPDATE OF t SKIP LOCKED
                """)
            guard !due.isEmpty else { return Outbox.Posted() }
            let unposted = due.filter { !$0.hasArrived }
            if !unposted.isEmpty, try await Self.isCrowded(transaction) { return Outbox.Posted() }
            let repeated = unposted.filter { $0.asks < Self.mostTopUps }
            let nexts = unposted.map { row -> Timestamp? in
                guard row.asks < Self.mostTopUps else { return nil }
                return row.now + min(self.silence * (1 << (row.asks + 1)), Attention.longest)
            }
            // Each under an id of its own: Billing knows the transfer, and answers whoever has had no answer.
            let letters = Outbox.Letters(
                repeated.map { row in
                    TopUp(transfer: row.id, account: row.accountID, amount: row.amount, reference: row.reference)
                        .message
                })
            let rows = try await transaction.commit(
                after: [
                    "DELETE FROM top_ups WHERE id = ANY(\(due.filter(\.hasArrived).map(\.id)))",
                    """
                    UPDATE top_ups t SET ask_at = n.at, asks = t.asks + 1
                    FROM unnest(\(unposted.map(\.id)), \(nexts)) AS n(id, at) WHERE t.id = n.id
                    """,
                ], letters.query)
            self.tell(unposted)
            return letters.posted(rows)
        }
        relay.send(posted)
    }

    private func tell(_ unposted: [Unposted]) {
        guard !unposted.isEmpty else { return }
        topUps.add(unposted.count { $0.asks < Self.mostTopUps })
        log.warning("top-ups were not posted for long and are said again", ["count": .integer(Int64(unposted.count))])
        for row in unposted where row.asks >= Self.mostTopUps {
            log.error(
                "a top-up was never posted and is not said again",
                ["transfer.id": .string(row.id.description), "account.id": .string(row.accountID.description)])
        }
    }
}

extension TopUp {
    init(transfer: ID, account: ID, amount: Money, reference: String?) {
        self.init()
        transferID = transfer
        accountID = account
        self.amount = amount
        self.reference = reference
    }

    /// As the bus carries it, under a new id.
    var message: OutgoingMessage {
        OutgoingMessage(
            exchange: Self.channel.rawValue, routingKey: Self.type, type: Self.type, body: json,
            correlationID: transferID.description, aggregate: accountID, tenant: accountID)
    }
}
