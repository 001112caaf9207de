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
    let drift: Gauge
    let log: Log

    private struct OrderID: Row {
        let id: ID
        init(_ columns: inout Columns) throws(DatabaseError) { id = try columns.next() }
    }
    private struct Unsettled: Row {
        let id: ID
        let holdID: ID
        let accountID: ID
        let price: Money
        let holdState: String
        let version: Int
        let traceparent: String?
        init(_ columns: inout Columns) throws(DatabaseError) {
            id = try columns.next()
            holdID = try columns.next()
            accountID = try columns.next()
            price = try columns.next()
            holdState = try columns.next()
            version = try columns.next()
            traceparent = try columns.next()
        }
    }

    func turn() async throws {
        guard try await lease.hold(seconds: 15) else { return }
        try await buyAgain()
        try await endPatience()
        try await askAboutHolds()
    }

    private func buyAgain() async throws {
        let due = try await database.rows(
            OrderID.self,
            """
            SELECT id FROM orders WHERE state = 'purchasing' AND NOT has_open_intent
                AND coalesce(retry_at, updated_at + interval '5 seconds') <= now() ORDER BY created_at LIMIT 200
            """)
        for row in due { await changes.submit(Change(orderID: row.id, event: .purchaseDue)) }
    }

    private func endPatience() async throws {
        let late = try await database.rows(
            OrderID.self,
            """
            SELECT id FROM orders WHERE state = 'purchasing' AND created_at < \(Timestamp.now - policy.patience)
            ORDER BY created_at LIMIT 200
            """)
        for row in late { await changes.submit(Change(orderID: row.id, event: .patienceOver)) }
    }

    /// A command to Billing leaves through the outbox and is answered at least once, so that half a minute of silence
    /// means a queue that was lost or a message that was parked. It is sent again: Billing knows it by the hold's id.
    private func askAboutHolds() async throws {
        let silent = try await database.rows(
            Unsettled.self,
            """
            SELECT id, hold_id, account_id, price, hold_state, version::bigint, traceparent FROM orders
            WHERE hold_state IN ('placing', 'posting', 'voiding') AND updated_at < now() - interval '30 seconds'
            ORDER BY updated_at LIMIT 200
            """)
        drift.set(silent.count)
        guard !silent.isEmpty else { return }
        log.warning("holds have had no answer for half a minute", ["count": .integer(Int64(silent.count))])
        let posted = try await database.transaction { transaction in
            try await transaction.execute("UPDATE orders SET updated_at = now() WHERE id = ANY(\(silent.map(\.id)))")
            return try await Outbox.write(silent.map(Self.command), in: transaction)
        }
        relay.send(posted)
    }

    private static func command(_ order: Unsettled) -> OutgoingMessage {
        let body: [UInt8]
        let type: String
        if order.holdState == HoldState.placing.rawValue {
            var hold = PlaceHold()
            hold.holdID = order.holdID
            hold.orderID = order.id
            hold.accountID = order.accountID
            hold.amount = order.price
            (body, type) = (hold.json, PlaceHold.type)
        } else {
            let isPosting = order.holdState == HoldState.posting.rawValue
            var resolution = ResolveHold()
            resolution.holdID = order.holdID
            resolution.orderID = order.id
            resolution.accountID = order.accountID
            resolution.amount = isPosting ? order.price : .zero
            (body, type) = (
                resolution.json, (isPosting ? ResolveHold.Kind.post : .void).rawValue
            )
        }
        return OutgoingMessage(
            exchange: Channel.commands.rawValue, routingKey: type, type: type, body: body,
            correlationID: order.id.description, aggregate: order.id, version: order.version, tenant: order.accountID,
            traceparent: order.traceparent)
    }
}
