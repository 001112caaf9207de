import Bus
import Contracts
import Database
import JSON
import Kit
import Runtime
import VerificationCore

/// What the writers of orders share.
struct OrderContext: Sendable {
    let facts = FactWriter()
    let tenants: TenantResults
    let policy: OrderPolicy
    /// This process, as intents name it.
    let worker: ID
    /// How long a call that buys may take.
    let callLimit: Duration
}

/// Something that happened to an order.
struct Change: Sendable {
    let orderID: ID
    let event: OrderEvent
}

/// An order after a change, and what the change asked for.
struct Applied: Sendable {
    let order: Order
    let effects: [OrderEffect]
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
    fileprivate let relay: OutboxRelay
    private let react: @Sendable ([Applied]) -> Void

    /// `react` is told of every committed change, to buy, poll or cancel what is now due. It may miss some when the
    /// process dies; everything it does can be found again in the tables.
    init(
        _ database: Database, _ context: OrderContext, relay: OutboxRelay,
        react: @escaping @Sendable ([Applied]) -> Void
    ) {
        self.database = database
        self.context = context
        self.relay = relay
        self.react = react
    }

    /// Which messages brought the changes, one each in their order, and who remembers them.
    struct Claim: Sendable {
        let consumer: String
        let messages: [ID]

        /// Claims all of them; its rows are those that nobody claimed before.
        var query: Query<SingleColumn<ID>>? {
            messages.isEmpty ? nil : Query(ID.self, Inbox.statement(consumer, messages))
        }
    }

    /// Applies changes in their order. With a claim, only those whose message is new.
    @discardableResult
    func apply(_ changes: [Change], claiming claim: Claim? = nil) async throws -> [Applied] {
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
        _ orders: [Order], claiming claim: Claim? = nil, in transaction: Transaction, commits: Bool = false
    ) async throws -> (stored: Stored, claimed: Set<ID>) {
        // Decided before they are written, so that each is written once; repeats are found by writing.
        let now = Timestamp.now
        var (applied, writes) = try Self.new(orders, context, now: now)
        let insert: Query<SingleColumn<ID>>? =
            orders.isEmpty ? nil : Query(ID.self, "\(OrderQueries.insert(applied.map(\.order))) RETURNING id")
        let (claimed, inserted) = try await transaction.rows(claim?.query, insert)
        if inserted.count < orders.count {
            var new = Set(inserted.map(\.value))
            (applied, writes) = try Self.new(orders.filter { new.remove($0.id) != nil }, context, now: now)
        }
        let posted = try await write(writes, in: transaction, commits: commits)
        return (Stored(applied: applied, posted: posted), Set(claimed.map(\.value)))
    }

    private func write(
        _ writes: OrderWrites, changed: [Order] = [], in transaction: Transaction, commits: Bool
    ) async throws -> Outbox.Posted {
        var statements = writes.statements(worker: context.worker, callLimit: context.callLimit)
        if !changed.isEmpty { statements.insert(OrderQueries.update(changed), at: 0) }
        let query = Outbox.query(writes.outgoing)
        crashpoint("orders.before_commit")
        let rows =
            commits
            ? try await transaction.commit(after: statements, query)
            : try await transaction.rows(after: statements, query)
        return Outbox.Posted(writes.outgoing, rows)
    }

    private static func new(
        _ orders: [Order], _ context: OrderContext, now: Timestamp
    ) throws -> ([Applied], OrderWrites) {
        var writes = OrderWrites(context, untold: [:], now: now)
        let around = Surroundings(now: now, offers: [], policy: context.policy)
        let applied = try orders.map { order in
            var order = order
            order.version = 1
            let effects = order.handle(.accepted, around)
            try writes.take(effects, event: .accepted, of: &order)
            return Applied(order: order, effects: effects)
        }
        return (applied, writes)
    }

    /// Tells the rest of the process what was committed.
    func committed(_ stored: Stored) {
        relay.send(stored.posted)
        if !stored.applied.isEmpty { react(stored.applied) }
    }

    /// With `commits` the last statements and the commit are one round trip, and nothing can follow in the transaction.
    func apply(
        _ changes: [Change], claiming claim: Claim? = nil, in transaction: Transaction, commits: Bool = false
    ) async throws -> Stored {
        let ids = Array(Set(changes.map(\.orderID)))
        let buying = Set(changes.filter(\.event.mayBuy).map(\.orderID))
        let messaging = Set(changes.filter(\.event.bringsMessages).map(\.orderID))
        let numbers = changes.compactMap(\.event.number)
        // Whatever the decisions need, in one round trip; each statement sees what stands once the orders are locked.
        let (claimed, locked, offerRows, keyRows, ownerRows, stepRows) = try await transaction.rows(
            claim?.query, Query(OrderRow.self, OrderQueries.lock(ids)),
            buying.isEmpty ? nil : Query(OfferRow.self, OrderQueries.offers(for: Array(buying))),
            messaging.isEmpty ? nil : Query(MessageKeyRow.self, OrderQueries.messageKeys(Array(messaging))),
            numbers.isEmpty ? nil : Query(OwnerRow.self, OrderQueries.owners(of: numbers)),
            Query(StepRow.self, OrderQueries.untoldSteps(ids)))
        var changes = changes
        if let claim {
            let fresh = Set(claimed.map(\.value))
            changes = zip(changes, claim.messages).filter { fresh.contains($0.1) }.map(\.0)
        }
        var orders = Dictionary(locked.map { ($0.order.id, $0.order) }, uniquingKeysWith: { first, _ in first })
        let before = orders
        let offers = Dictionary(grouping: offerRows) { Pair(country: $0.country, service: $0.service) }
            .mapValues { $0.map(\.offer) }
        var keys = Dictionary(grouping: keyRows, by: \.orderID).mapValues { Set($0.map(\.key)) }
        let owners = Dictionary(
            ownerRows.map { (Number(provider: $0.provider, reference: $0.reference), $0.orderID) },
            uniquingKeysWith: { first, _ in first })
        let untold = Dictionary(grouping: stepRows, by: \.orderID).mapValues { $0.map(\.step) }

        let now = Timestamp.now
        var writes = OrderWrites(context, untold: untold, now: now)
        var applied: [Applied] = []
        for change in changes {
            guard var order = orders[change.orderID] else { continue }
            let event = Self.settle(change, owners: owners, keys: &keys)
            let around = Surroundings(
                now: now, offers: offers[Pair(country: order.country, service: order.service)] ?? [],
                policy: context.policy)
            let effects = order.handle(event, around)
            try writes.take(effects, event: event, of: &order)
            orders[order.id] = order
            applied.append(Applied(order: order, effects: effects))
        }
        let changed = orders.values.filter { before[$0.id] != $0 }
        let posted = try await write(writes, changed: changed, in: transaction, commits: commits)
        return Stored(applied: applied, posted: posted)
    }

    private struct Pair: Hashable {
        let country: String
        let service: String
    }

    private struct Number: Hashable {
        let provider: String
        let reference: String
    }

    /// Takes out of an event what is known already.
    private static func settle(
        _ change: Change, owners: [Number: ID], keys: inout [ID: Set<String>]
    ) -> OrderEvent {
        switch change.event {
        case .purchased(let attempt, let number), .purchaseAdopted(let attempt, let number):
            // Numbers of one kind are interchangeable until a message comes, so the reconciler may have given this one
            // to another order whose purchase was unclear.
            if let owner = owners[Number(provider: number.provider, reference: number.reference)],
                owner != change.orderID
            {
                return .purchaseUnclear(attempt: attempt, reason: "the number was given to another order meanwhile")
            }
            return change.event
        case .observed(let observation) where !observation.messages.isEmpty:
            var known = keys[change.orderID] ?? []
            let fresh = observation.messages.filter { known.insert($0.key).inserted }
            keys[change.orderID] = known
            return .observed(
                Observation(status: observation.status, messages: fresh, expiresAt: observation.expiresAt))
        default: return change.event
        }
    }
}

extension OrderEvent {
    /// Whether a purchase may begin with it.
    fileprivate var mayBuy: Bool {
        switch self {
        case .holdPlaced, .purchaseDue, .purchaseRefused, .purchased, .purchaseAdopted, .purchaseAbsent: true
        default: false
        }
    }

    fileprivate var bringsMessages: Bool {
        if case .observed(let observation) = self { !observation.messages.isEmpty } else { false }
    }

    fileprivate var number: BoughtNumber? {
        switch self {
        case .purchased(_, let number), .purchaseAdopted(_, let number): number
        default: nil
        }
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
            guard let amount = closed?.cost, amount > .zero else { return Outbox.Posted() }
            var message = SettleProvider()
            let kinds: [ProviderSettlement.Kind] = isRefunded ? [.charge, .refund] : [.charge]
            message.settlements = kinds.map { kind in
                var settlement = ProviderSettlement()
                settlement.provider = provider
                settlement.reference = reference
                settlement.kind = Open(kind)
                settlement.amount = amount
                settlement.isLoss = true
                return settlement
            }
            let outgoing = OutgoingMessage(
                exchange: Channel.commands.rawValue, routingKey: SettleProvider.type, type: SettleProvider.type,
                body: message.json)
            return try await Outbox.write([outgoing], in: transaction)
        }
        relay.send(posted)
    }
}
