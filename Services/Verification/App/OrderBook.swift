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

    /// Applies changes in their order. `alongside` runs first in the same transaction: an inbox claim, for example,
    /// that narrows the changes down to those not seen before.
    @discardableResult
    func apply(
        _ changes: [Change],
        alongside: (@Sendable (Transaction) async throws -> [Change])? = nil
    ) async throws -> [Applied] {
        guard !changes.isEmpty else { return [] }
        let applied = try await database.transaction { transaction in
            let changes = try await alongside?(transaction) ?? changes
            guard !changes.isEmpty else { return [Applied]() }
            return try await self.apply(changes, in: transaction, commits: true)
        }
        crashpoint("orders.after_commit")
        committed(applied)
        return applied
    }

    /// Makes new orders and answers which of them are new; the others were made before, by the same id or request id.
    func accept(_ orders: [Order], in transaction: Transaction) async throws -> [Applied] {
        guard !orders.isEmpty else { return [] }
        // Decided before they are written, so that each is written once; repeats are found by writing.
        let now = Timestamp.now
        var (applied, writes) = try Self.new(orders, context, now: now)
        struct Inserted: Row {
            let id: ID
            init(_ columns: inout Columns) throws(DatabaseError) { id = try columns.next() }
        }
        let inserted = try await transaction.rows(
            Inserted.self, "\(OrderQueries.insert(applied.map(\.order))) RETURNING id")
        if inserted.count < orders.count {
            var new = Set(inserted.map(\.id))
            (applied, writes) = try Self.new(orders.filter { new.remove($0.id) != nil }, context, now: now)
        }
        try await transaction.pipeline(writes.statements(worker: context.worker, callLimit: context.callLimit))
        crashpoint("orders.before_commit")
        return applied
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
    func committed(_ applied: [Applied]) {
        guard !applied.isEmpty else { return }
        relay.wake()
        react(applied)
    }

    /// With `commits` the last statements and the commit are one round trip, and nothing can follow in the transaction.
    func apply(
        _ changes: [Change], in transaction: Transaction, commits: Bool = false
    ) async throws -> [Applied] {
        let ids = Array(Set(changes.map(\.orderID)))
        var orders: [ID: Order] = [:]
        for row in try await transaction.rows(OrderRow.self, OrderQueries.lock(ids)) {
            orders[row.order.id] = row.order
        }
        let before = orders
        let offers = try await offers(for: changes, orders, in: transaction)
        var keys = try await knownKeys(for: changes, in: transaction)
        let claimed = try await claimedNumbers(in: changes, in: transaction)
        let untold = try await untoldSteps(of: orders, in: transaction)

        let now = Timestamp.now
        var writes = OrderWrites(context, untold: untold, now: now)
        var applied: [Applied] = []
        for change in changes {
            guard var order = orders[change.orderID] else { continue }
            let event = Self.settle(change, claimed: claimed, keys: &keys)
            let around = Surroundings(
                now: now, offers: offers[Pair(country: order.country, service: order.service)] ?? [],
                policy: context.policy)
            let effects = order.handle(event, around)
            try writes.take(effects, event: event, of: &order)
            orders[order.id] = order
            applied.append(Applied(order: order, effects: effects))
        }
        let changed = orders.values.filter { before[$0.id] != $0 }
        var statements = writes.statements(worker: context.worker, callLimit: context.callLimit)
        if !changed.isEmpty { statements.insert(OrderQueries.update(changed), at: 0) }
        crashpoint("orders.before_commit")
        if commits {
            try await transaction.commit(after: statements)
        } else {
            try await transaction.pipeline(statements)
        }
        return applied
    }

    private struct Pair: Hashable {
        let country: String
        let service: String
    }

    private func offers(
        for changes: [Change], _ orders: [ID: Order], in transaction: Transaction
    ) async throws -> [Pair: [Offer]] {
        var pairs: Set<Pair> = []
        for change in changes where change.event.mayBuy {
            if let order = orders[change.orderID] { pairs.insert(Pair(country: order.country, service: order.service)) }
        }
        guard !pairs.isEmpty else { return [:] }
        var found: [Pair: [Offer]] = [:]
        let rows = try await transaction.rows(
            OfferRow.self, OrderQueries.offers(pairs.map { ($0.country, $0.service) }))
        for row in rows { found[Pair(country: row.country, service: row.service), default: []].append(row.offer) }
        return found
    }

    private func knownKeys(for changes: [Change], in transaction: Transaction) async throws -> [ID: Set<String>] {
        let ids = Set(changes.filter { $0.event.bringsMessages }.map(\.orderID))
        guard !ids.isEmpty else { return [:] }
        var keys: [ID: Set<String>] = [:]
        for row in try await transaction.rows(MessageKeyRow.self, OrderQueries.messageKeys(Array(ids))) {
            keys[row.orderID, default: []].insert(row.key)
        }
        return keys
    }

    private func untoldSteps(
        of orders: [ID: Order], in transaction: Transaction
    ) async throws -> [ID: [TimelineStep]] {
        let behind = orders.values.filter { $0.toldStepCount < $0.stepCount }
        guard !behind.isEmpty else { return [:] }
        let rows = try await transaction.rows(
            StepRow.self, OrderQueries.untoldSteps(behind.map(\.id), after: behind.map(\.toldStepCount)))
        return Dictionary(grouping: rows, by: \.orderID).mapValues { $0.map(\.step) }
    }

    private struct Claim: Hashable {
        let provider: String
        let reference: String
    }

    /// Numbers among those just bought that already belong to an order. Numbers of one kind are interchangeable until
    /// a message comes, so the reconciler may have given this one to another order whose purchase was unclear.
    private func claimedNumbers(in changes: [Change], in transaction: Transaction) async throws -> [Claim: ID] {
        let numbers = changes.compactMap { $0.event.number }
        guard !numbers.isEmpty else { return [:] }
        struct ClaimRow: Row {
            let provider: String
            let reference: String
            let orderID: ID
            init(_ columns: inout Columns) throws(DatabaseError) {
                provider = try columns.next()
                reference = try columns.next()
                orderID = try columns.next()
            }
        }
        let rows = try await transaction.rows(
            ClaimRow.self,
            """
            SELECT p.provider, p.reference, p.order_id FROM provider_orders p
            JOIN unnest(\(numbers.map(\.provider)), \(numbers.map(\.reference))) AS wanted(provider, reference)
                USING (provider, reference) WHERE p.order_id IS NOT NULL
            """)
        return Dictionary(
            rows.map { (Claim(provider: $0.provider, reference: $0.reference), $0.orderID) },
            uniquingKeysWith: { a, _ in a })
    }

    /// Takes out of an event what is known already.
    private static func settle(
        _ change: Change, claimed: [Claim: ID], keys: inout [ID: Set<String>]
    ) -> OrderEvent {
        switch change.event {
        case .purchased(let attempt, let number), .purchaseAdopted(let attempt, let number):
            if let owner = claimed[Claim(provider: number.provider, reference: number.reference)],
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
        try await database.transaction { transaction in
            let closed = try await transaction.first(
                Cost.self,
                """
                UPDATE provider_orders SET state = \(isRefunded ? "returned" : "lost"), cost = coalesce(\(cost), cost)
                WHERE provider = \(provider) AND reference = \(reference) AND state = 'orphan' RETURNING cost
                """)
            guard let amount = closed?.cost, amount > .zero else { return }
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
            try await Outbox.write(
                [
                    OutgoingMessage(
                        exchange: Channel.commands.rawValue, routingKey: SettleProvider.type,
                        type: SettleProvider.type, body: message.json)
                ], in: transaction)
        }
        relay.wake()
    }
}
