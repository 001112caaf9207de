import Bus
import Choosing
import Contracts
import Database
import JSON
import Kit
import Providers
import Runtime
import VerificationCore

/// Finds out what became of purchases whose outcome nobody knows, from the provider's own list of orders; and gives
/// numbers back that nobody wants. One worker does it at a time per provider.
struct Reconciler: Sendable {
    struct Settings: Sendable {
        /// How long after its deadline a purchase may still turn up at the provider.
        var grace = Duration.seconds(60)
        /// How long a purchase may take.
        var purchaseLimit = Duration.seconds(30)
        var pageSize = 100
        /// Pages read at most in one turn: enough for as many orders as a provider's limits allow in two minutes.
        var pageLimit = 60
    }

    let database: Database
    let provider: any Provider
    let lease: Lease
    let changes: ChangeQueue
    let book: OrderBook
    let observations: Observations
    let settings: Settings
    let log: Log
    let orphans: Counter
    let openIntents: Gauge

    private struct IntentRow: Row {
        let orderID: ID
        let attempt: Int
        let service: String
        let country: String
        let ceiling: Money
        let state: String
        let sentAt: Timestamp
        let deadline: Timestamp
        let misses: Int
        let lastMissAt: Timestamp?
        let isForlorn: Bool
        let isWanted: Bool
        /// By the database's clock, as all the others; a worker's own may be wrong.
        let readAt: Timestamp

        /// Attempts of orders are counted from one.
        var isForStock: Bool { attempt == 0 }

        var unclear: Reconciliation.Unclear {
            Reconciliation.Unclear(
                orderID: orderID, attempt: attempt, service: service, country: country, ceiling: ceiling,
                deadline: deadline, misses: misses, lastMissAt: lastMissAt, isWanted: isWanted)
        }

        init(_ columns: inout Columns) throws(DatabaseError) {
            orderID = try columns.next()
            attempt = try columns.next()
            service = try columns.next()
            country = try columns.next()
            ceiling = try columns.next()
            state = try columns.next()
            sentAt = try columns.next()
            deadline = try columns.next()
            misses = try columns.next()
            lastMissAt = try columns.next()
            isForlorn = try columns.next()
            isWanted = try columns.next()
            readAt = try columns.next()
        }
    }

    private struct Reference: Row {
        let reference: String
        init(_ columns: inout Columns) throws(DatabaseError) { reference = try columns.next() }
    }

    func turn() async throws {
        guard try await lease.hold(seconds: 15) else { return }
        let open = try await openIntents()
        openIntents.set(open.count)
        // A purchase is given up on when its deadline has passed, or when the worker that made it is gone.
        for intent in open where intent.state == "calling" && intent.isForlorn && !intent.isForStock {
            await changes.submit(
                Change(
                    orderID: intent.orderID,
                    event: .purchaseUnclear(attempt: intent.attempt, reason: "no outcome was recorded")))
        }
        let unclear = open.filter { $0.state == "ambiguous" || $0.isForlorn }
        if !unclear.isEmpty { try await settle(unclear) }
        try await adoptUnclaimed()
        try await giveBackOrphans()
    }

    private func openIntents() async throws -> [IntentRow] {
        try await database.rows(
            IntentRow.self,
            """
            SELECT c.id, c.attempt::bigint, c.service, c.country, c.ceiling, c.state, c.sent_at, c.deadline,
                c.misses::bigint, c.last_miss_at,
                c.deadline + interval '5 seconds' < now() OR NOT EXISTS (
                    SELECT FROM workers w WHERE w.id = c.worker AND w.until > now()) AS forlorn,
                c.is_wanted, now()
            FROM (
                SELECT i.order_id AS id, i.attempt, i.service, i.country, i.ceiling, i.state, i.sent_at, i.deadline,
                    i.misses, i.last_miss_at, i.worker,
                    o.state = 'purchasing' AND o.cancel_mode IS NULL AS is_wanted
                FROM intents i JOIN orders o ON o.id = i.order_id
                WHERE i.provider = \(provider.name) AND i.state IN ('calling', 'ambiguous')
                UNION ALL
                SELECT id, 0, service, country, ceiling, state, sent_at, deadline, misses, last_miss_at, worker, false
                FROM stock WHERE provider = \(provider.name) AND state IN ('calling', 'ambiguous')
            ) AS c ORDER BY c.sent_at LIMIT 500
            """)
    }

    // MARK: - Unclear purchases

    private func settle(_ unclear: [IntentRow]) async throws {
        guard let readAt = unclear.first?.readAt, let oldest = unclear.map(\.sentAt).min() else { return }
        let (listed, references, isComplete) = try await listed(from: oldest, readAt: readAt)
        if !isComplete { log.warning("a provider's list of orders is too long to be read as far back as is needed") }
        let sold = Set(
            try await database.rows(
                Reference.self,
                """
                SELECT reference FROM provider_orders WHERE provider = \(provider.name) AND state = 'linked'
                    AND first_seen BETWEEN \(oldest) AND \(readAt) LIMIT 100
                """
            ).map(\.reference))
        let isPlausible = Reconciliation.isPlausible(references, sold: sold)
        if !isPlausible { log.warning("a provider's list of orders lacks every number that it has just sold") }
        try await remember(listed)
        let isTrusted = isComplete && isPlausible
        let known = try await unclaimed()
        let free = Reconciliation.free(
            listed.map { told in
                Reconciliation.Listed(
                    Reconciliation.Unclaimed(
                        reference: told.ref, service: told.product ?? "", country: told.country ?? "",
                        cost: told.price ?? .zero),
                    createdAt: told.createdAt, isOpen: !told.status.isTerminal)
            }, unowned: known, readAt: readAt)
        let verdict = Reconciliation.settle(
            unclear.filter { !$0.isForStock }.map(\.unclear),
            against: free, readAt: readAt, grace: settings.grace, isComplete: isTrusted)

        for (purchase, reference) in verdict.adopted {
            guard let told = listed.first(where: { $0.ref == reference }),
                let number = observations.number(told, provider: provider.name, order: purchase.orderID)
            else { continue }
            log.info(
                "an unclear purchase was found at the provider",
                [
                    "order.id": .string(purchase.orderID.description), "provider": .string(provider.name),
                ])
            await changes.submit(
                Change(orderID: purchase.orderID, event: .purchaseAdopted(attempt: purchase.attempt, number)))
        }
        for purchase in verdict.absent {
            await changes.submit(Change(orderID: purchase.orderID, event: .purchaseAbsent(attempt: purchase.attempt)))
        }
        if !verdict.missed.isEmpty {
            try await database.execute(
                """
                UPDATE intents i SET misses = i.misses + 1, last_miss_at = \(readAt)
                FROM unnest(\(verdict.missed.map(\.orderID)), \(verdict.missed.map(\.attempt))) AS m(order_id, attempt)
                WHERE i.order_id = m.order_id AND i.attempt = m.attempt
                """)
        }
        try await settleStock(unclear.filter(\.isForStock), readAt: readAt, isTrusted: isTrusted)
    }

    /// Purchases for the stock take no number from the list: nobody waits for it, and it may be the one of an order whose
    /// call is still under way. What they did buy is given back when it has been nobody's for long enough.
    private func settleStock(_ unclear: [IntentRow], readAt: Timestamp, isTrusted: Bool) async throws {
        let verdict = Reconciliation.settle(
            unclear.map(\.unclear), against: [], readAt: readAt, grace: settings.grace, isComplete: isTrusted)
        let over = verdict.absent.map(\.orderID)
        let missed = verdict.missed.map(\.orderID)
        guard !over.isEmpty || !missed.isEmpty else { return }
        try await database.transaction { transaction in
            try await transaction.commit(after: [
                "DELETE FROM stock WHERE id = ANY(\(over)) AND state <> 'held'",
                "UPDATE stock SET misses = misses + 1, last_miss_at = \(readAt) WHERE id = ANY(\(missed))",
            ])
        }
    }

    /// The provider's orders from a moment of ours on, newest first, the references of all that were read, and whether the
    /// list was read to its end.
    private func listed(
        from sentAt: Timestamp, readAt: Timestamp
    ) async throws -> (orders: [ProviderOrder], references: Set<String>, isComplete: Bool) {
        var orders: [ProviderOrder] = []
        var isComplete = false
        var since = sentAt - settings.grace
        for page in 0..<settings.pageLimit {
            // A page overlaps the one before, because orders made meanwhile shift the list.
            let offset = max(0, page * (settings.pageSize - 10))
            let answer = try await provider.recentOrders(.activation, limit: settings.pageSize, offset: offset)
            orders += answer.orders
            if page == 0 {
                since = Reconciliation.horizon(
                    sentAt: sentAt, grace: settings.grace, readAt: readAt, servedAt: answer.servedAt)
            }
            let reachedPast = answer.orders.last?.createdAt.map { $0 < since } ?? true
            isComplete = answer.orders.count < settings.pageSize || reachedPast
            if isComplete { break }
        }
        var seen: Set<String> = []
        let fresh = orders.filter { seen.insert($0.ref).inserted && ($0.createdAt.map { $0 >= since } ?? true) }
        return (fresh, seen, isComplete)
    }

    /// Writes down what the provider told; what is known already stays as it is.
    private func remember(_ listed: [ProviderOrder]) async throws {
        guard !listed.isEmpty else { return }
        try await database.execute(
            """
            INSERT INTO provider_orders (provider, reference, service, country, cost, state)
            SELECT \(provider.name), *, 'unclaimed' FROM unnest(\(listed.map(\.ref)), \(listed.map(\.product)),
                \(listed.map(\.country)), \(listed.map(\.price)))
            ON CONFLICT (provider, reference) DO NOTHING
            """)
    }

    private func unclaimed() async throws -> Set<String> {
        Set(
            try await database.rows(
                Reference.self,
                """
                SELECT reference FROM provider_orders
                WHERE provider = \(provider.name) AND state IN ('unclaimed', 'orphan')
                """
            ).map(\.reference))
    }

    // MARK: - Orphans

    /// What stays unclaimed longer than any purchase under way can take is nobody's.
    private func adoptUnclaimed() async throws {
        let limit = Reconciliation.orphanAge(grace: settings.grace, call: settings.purchaseLimit).components.seconds
        try await database.execute(
            """
            UPDATE provider_orders p SET state = 'orphan' WHERE p.provider = \(provider.name) AND p.state = 'unclaimed'
                AND p.first_seen < now() - \(limit) * interval '1 second'
                AND NOT EXISTS (SELECT FROM intents i WHERE i.provider = p.provider AND i.service = p.service
                    AND i.country = p.country AND i.state IN ('calling', 'ambiguous'))
                AND NOT EXISTS (SELECT FROM stock s WHERE s.provider = p.provider AND s.service = p.service
                    AND s.country = p.country AND s.state IN ('calling', 'ambiguous'))
            """)
    }

    private func giveBackOrphans() async throws {
        let references = try await database.rows(
            Reference.self,
            """
            SELECT reference FROM provider_orders WHERE provider = \(provider.name) AND state = 'orphan'
            ORDER BY first_seen LIMIT 20
            """)
        for row in references { try await giveBack(row.reference) }
    }

    private func giveBack(_ reference: String) async throws {
        var (told, cost) = await answer { () async throws(ProviderError) in try await provider.check(reference) }
        var step = Reconciliation.giveBack(told, wasAsked: false)
        if case .ask(let question) = step {
            (told, cost) = await answer { () async throws(ProviderError) in
                question == .finish ? try await provider.finish(reference) : try await provider.cancel(reference)
            }
            step = Reconciliation.giveBack(told, wasAsked: true)
        }
        guard case .close(let isRefunded) = step else { return }
        orphans.add()
        log.warning(
            "a number nobody wanted was given back",
            [
                "provider": .string(provider.name), "refunded": .bool(isRefunded),
            ])
        try await book.close(provider: provider.name, reference: reference, isRefunded: isRefunded, cost: cost)
    }

    /// What the provider says of a number, and what it takes for it where it says so.
    private func answer(
        _ ask: () async throws(ProviderError) -> ProviderOrder
    ) async -> (Result<Observation, Trouble>, cost: Money?) {
        do throws(ProviderError) {
            let told = try await ask()
            return (.success(observations.observation(told, orderedAt: observations.clock.now)), told.price)
        } catch {
            log.debug("an orphan stays for now", ["outcome": .string(error.label)])
            return (.failure(error.trouble), nil)
        }
    }
}
