import Bus
import Choosing
import Contracts
import Database
import Demand
import JSON
import Kit
import Runtime
import VerificationCore

/// What the writers of orders share.
struct OrderContext: Sendable {
    let clock: TableClock
    let tenants: TenantResults
    let policy: OrderPolicy
    /// This process, as intents name it.
    let worker: ID
    /// How long a call that buys may take.
    let callLimit: Duration
}

/// What a transaction has stored, and what is to become of it once that is committed.
struct Stored: Sendable {
    var applied: [Applied] = []
    var posted = Outbox.Posted()

    static func += (all: inout Stored, more: Stored) {
        all.applied += more.applied
        all.posted = all.posted + more.posted
    }
}

/// The one place where orders are written: whoever learns something (a consumer, the purchaser, the minder, the
/// reconciler, the sweeper) brings it here as a change. A batch is one transaction: lock, decide in Core, write.
final class OrderBook: Sendable {
    fileprivate let database: Database
    private let context: OrderContext
    private let board: HealthBoard
    fileprivate let relay: OutboxRelay
    private let log: Log
    private let react: @Sendable ([Applied]) -> Void

    /// `react` is told of every committed change, to buy, poll or cancel what is now due. It may miss some when the
    /// process dies; everything it does can be found again in the tables.
    init(
        _ database: Database, _ context: OrderContext, board: HealthBoard, relay: OutboxRelay, log: Log,
        react: @escaping @Sendable ([Applied]) -> Void
    ) {
        self.database = database
        self.context = context
        self.board = board
        self.relay = relay
        self.log = log
        self.react = react
    }

    /// Which messages brought the changes, one each in their order, and who remembers them.
    struct InboxClaim: Sendable {
        let consumer: String
        let messages: [ID]

        /// Claims all of them; its rows are those that nobody claimed before.
        var query: Query<SingleColumn<ID>>? {
            messages.isEmpty ? nil : Query(ID.self, Inbox.statement(consumer, messages))
        }
    }

    /// The moment of what is written now.
    var now: Timestamp { context.clock.now }

    /// Applies changes in their order. With a claim, only those whose message is new.
    @discardableResult
    func apply(_ changes: [Change], claiming claim: InboxClaim? = nil) async throws -> [Applied] {
        guard !changes.isEmpty else { return [] }
        let stored = try await database.transaction { transaction in
            try await self.apply(changes, claiming: claim, in: transaction, commits: true)
        }
        crashpoint("orders.after_commit")
        committed(stored)
        return stored.applied
    }

    /// Makes new orders and answers which of them are new; the others were made before, by the same id or request id.
    /// The claim is made in the same round trip: what it remembers already finds its order there.
    /// With `commits` the last statements and the commit are one round trip, and nothing can follow in the transaction.
    func accept(
        _ orders: [Order], claiming claim: InboxClaim? = nil, in transaction: Transaction, commits: Bool = false
    ) async throws -> (stored: Stored, claimed: Set<ID>) {
        // Decided before they are written, so that each is written once; repeats are found by writing.
        let now = self.now
        var batch = OrderBatch(new: orders, policy: context.policy, now: now)
        let insert: Query<SingleColumn<ID>>? =
            orders.isEmpty ? nil : Query(ID.self, "\(OrderQueries.insert(batch.applied.map(\.order))) RETURNING id")
        let (claimed, inserted) = try await transaction.rows(claim?.query, insert)
        if inserted.count < orders.count {
            var new = Set(inserted.map(\.value))
            batch = OrderBatch(new: orders.filter { new.remove($0.id) != nil }, policy: context.policy, now: now)
        }
        return (try await write(batch, in: transaction, commits: commits), Set(claimed.map(\.value)))
    }

    private func write(_ batch: OrderBatch, in transaction: Transaction, commits: Bool) async throws -> Stored {
        let changed = batch.changed
        var statements = batch.writes.statements(context)
        if !changed.isEmpty { statements.insert(OrderQueries.update(changed), at: 0) }
        let outgoing = try batch.writes.outgoing(context)
        if let settlements = Settlements.remember(outgoing) { statements.append(settlements) }
        let letters = Outbox.Letters(outgoing)
        crashpoint("orders.before_commit")
        let rows =
            commits
            ? try await transaction.commit(after: statements, letters.query)
            : try await transaction.rows(after: statements, letters.query)
        return Stored(applied: batch.applied, posted: letters.posted(rows))
    }

    /// Tells the rest of the process what was committed.
    func committed(_ stored: Stored) {
        relay.send(stored.posted)
        if !stored.applied.isEmpty { react(stored.applied) }
        for applied in stored.applied { tell(applied) }
    }

    /// One line for each step of an order, by which support can follow it: nothing of the customer's is in it.
    private func tell(_ applied: Applied) {
        let order = applied.order
        for case .step(let name, let cause, let provider, _) in applied.effects {
            var metadata: [String: JSON] = [
                "order.id": .string(order.id.description), "order.state": .string(order.state.rawValue),
                "order.version": .integer(Int64(order.version)), "step": .string(name),
            ]
            if let cause { metadata["cause"] = .string(cause) }
            if let provider { metadata["provider"] = .string(provider) }
            if let trace = TraceContext.traceID(of: applied.traceparent) { metadata["trace_id"] = .string(trace) }
            log.info("an order went on", metadata)
        }
    }

    /// With `commits` the last statements and the commit are one round trip, and nothing can follow in the transaction.
    func apply(
        _ changes: [Change], claiming claim: InboxClaim? = nil, in transaction: Transaction, commits: Bool = false
    ) async throws -> Stored {
        let ids = Array(Set(changes.map(\.orderID)))
        let buying = Set(changes.filter(\.event.mayBuy).map(\.orderID))
        let messaging = Set(changes.filter(\.event.bringsMessages).map(\.orderID))
        let calling = Set(changes.filter(\.event.isAboutCalls).map(\.orderID))
        let numbers = changes.compactMap(\.event.number)
        // Whatever the decisions need, in one round trip; each statement sees what stands once the orders are locked.
        let (claimed, locked, offerRows, keyRows, ownerRows, stepRows, callRows) = try await transaction.rows(
            claim?.query, Query(OrderRow.self, OrderQueries.lock(ids)),
            buying.isEmpty ? nil : Query(OfferRow.self, OrderQueries.offers(for: Array(buying))),
            messaging.isEmpty ? nil : Query(MessageKeyRow.self, OrderQueries.messageKeys(Array(messaging))),
            numbers.isEmpty ? nil : Query(OwnerRow.self, OrderQueries.owners(of: numbers)),
            Query(StepRow.self, OrderQueries.untoldSteps(ids)),
            calling.isEmpty ? nil : Query(CallRow.self, CallRow.of(Array(calling))))
        var changes = changes
        if let claim {
            let fresh = Set(claimed.map(\.value))
            changes = zip(changes, claim.messages).filter { fresh.contains($0.1) }.map(\.0)
        }
        let orders = Dictionary(locked.map { ($0.order.id, $0.order) }, uniquingKeysWith: { first, _ in first })
        var known = OrderBatch.Known()
        let sold = Dictionary(grouping: offerRows) { Goods(country: $0.country, service: $0.service) }
        for (goods, rows) in sold {
            known.offers[goods] = board.routed(rows.map(\.offer), of: goods)
            known.last[goods] = board.last(goods)
        }
        known.messageKeys = Dictionary(grouping: keyRows, by: \.orderID).mapValues { Set($0.map(\.key)) }
        for row in callRows { known.calls[row.orderID, default: [:]][row.call.key] = row.call }
        known.claims = Dictionary(
            ownerRows.map { (OrderBatch.Claim(provider: $0.provider, reference: $0.reference), $0.orderID) },
            uniquingKeysWith: { first, _ in first })
        known.untold = Dictionary(grouping: stepRows, by: \.orderID).mapValues { $0.map(\.step) }

        var batch = OrderBatch(orders, known: known, policy: context.policy, now: now)
        for change in changes { batch.apply(change) }
        return try await write(batch, in: transaction, commits: commits)
    }
}

extension OrderBook {
    /// Closes the account of a number that belongs to no order: what the provider took, and gave back or did not.
    func close(provider: String, reference: String, isRefunded: Bool, cost: Money?) async throws {
        struct Cost: Row {
            let cost: Money?
            init(_ columns: inout Columns) throws(DatabaseError) { cost = try columns.next() }
        }
        let posted = try await database.transaction { transaction in
            let closed = try await transaction.first(
                Cost.self,
                """
                UPDATE provider_orders SET state = \(isRefunded ? "returned" : "lost"), cost = coalesce(\(cost), cost)
                WHERE provider = \(provider) AND reference = \(reference) AND state = 'orphan' RETURNING cost
                """)
            guard let cost = closed?.cost,
                let message = Reconciliation.settlement(
                    provider: provider, reference: reference, cost: cost, isRefunded: isRefunded)
            else { return Outbox.Posted() }
            let outgoing = [Settlements.command(message.json)]
            if let settlements = Settlements.remember(outgoing) { try await transaction.execute(settlements) }
            return try await Outbox.write(outgoing, in: transaction)
        }
        relay.send(posted)
    }
}
