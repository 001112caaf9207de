import Bus
import Contracts
import Database
import JSON
import Kit
import Runtime
import VerificationCore

/// Drives on what stands still: purchases that are due again, orders whose patience is over, holds whose answer never
/// came. Every durable state that waits for something is read here, so that none depends on a memory that died.
struct Sweeper: Sendable {
    let database: Database
    let lease: Lease
    let changes: ChangeQueue
    let relay: OutboxRelay
    let policy: OrderPolicy
    let figures: OrderFigures
    let log: Log

    private struct OrderID: Row {
        let id: ID
        init(_ columns: inout Columns) throws(DatabaseError) { id = try columns.next() }
    }

    func turn() async throws {
        guard try await lease.hold(seconds: 15) else { return }
        try await buyAgain()
        try await endPatience()
        try await askAboutHolds()
        try await askAboutSettlements()
    }

    private func buyAgain() async throws {
        let due = try await database.rows(
            OrderID.self,
            """
            SELECT id FROM orders WHERE state = 'purchasing' AND NOT has_open_intent
                AND coalesce(retry_at, updated_at + interval '5 seconds') <= now() ORDER BY accepted_at LIMIT 200
            """)
        for row in due { await changes.submit(Change(orderID: row.id, event: .purchaseDue)) }
    }

    /// By the database's clock: a worker's own that is ahead would end orders whose number is just being looked for.
    private func endPatience() async throws {
        let late = try await database.rows(
            OrderID.self,
            """
            SELECT id FROM orders WHERE state = 'purchasing'
                AND accepted_at < now() - make_interval(secs => \(policy.patience.inSeconds))
            ORDER BY accepted_at LIMIT 200
            """)
        for row in late { await changes.submit(Change(orderID: row.id, event: .patienceOver)) }
    }

    /// A command to Billing leaves through the outbox and is answered at least once, so that half a minute of silence
    /// means a queue that was lost or a message that was parked. It is sent again, with all that it was to settle:
    /// Billing knows the hold by its id, and what the provider took or gave back by the number. The pauses double, up to a
    /// quarter of an hour: Billing answers each question, and while nobody takes its answers they fill its outbox.
    private func askAboutHolds() async throws {
        let silent = try await database.rows(
            OrderRow.self,
            """
            SELECT \(OrderQueries.columns) FROM orders o
            WHERE o.hold_state IN ('placing', 'posting', 'voiding') AND o.updated_at < now() - interval '30 seconds'
                AND o.updated_at < now() - least(interval '30 seconds' * (1 << o.hold_asks), interval '15 minutes')
            ORDER BY o.updated_at LIMIT 200
            """
        ).map(\.order)
        guard !silent.isEmpty else { return }
        figures.suspect(silent.map(\.id))
        log.warning("holds have had no answer for half a minute", ["count": .integer(Int64(silent.count))])
        let refunded = Set(
            try await database.values(ID.self, OrderQueries.refunded(silent.map(\.id))))
        let reminders = silent.compactMap { order in
            OrderWrites.reminder(about: order, isRefunded: refunded.contains(order.id))
                .map { OrderWrites.command($0, about: order, under: order.traceparent) }
        }
        let posted = try await database.transaction { transaction in
            try await transaction.execute(
                """
                UPDATE orders SET updated_at = now(), hold_asks = least(hold_asks + 1, 10)
                WHERE id = ANY(\(silent.map(\.id)))
                """)
            return try await Outbox.write(reminders, in: transaction)
        }
        relay.send(posted)
    }

    /// The same for what providers took or gave beside the holds.
    private func askAboutSettlements() async throws {
        guard try await database.value(Bool.self, Settlements.isAnyOverdue) == true else { return }
        let (posted, count) = try await database.transaction { transaction in
            let overdue = try await Settlements.overdue(in: transaction)
            return (try await Outbox.write(overdue, in: transaction), overdue.count)
        }
        log.warning("settlements have had no answer for half a minute", ["count": .integer(Int64(count))])
        relay.send(posted)
    }
}
