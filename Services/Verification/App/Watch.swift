import Contracts
import Database
import Kit
import VerificationCore

/// What the minder remembers of an open order.
struct Watch: Sendable, Row {
    let id: ID
    let provider: String
    let reference: String
    let shard: Int16
    var state: OrderState
    var cancelMode: Order.CancelMode?
    let assignedAt: Timestamp
    var receivedAt: Timestamp?
    var keepsOpen: Bool
    var messageCount: Int
    var expiresAt: Timestamp?
    let traceparent: String?
    /// How often in a row the provider could not answer.
    var failures = 0

    static let columns: SQL = """
        o.id, o.provider, o.reference, o.shard, o.state, o.cancel_mode, o.assigned_at, o.received_at, o.keeps_open,
        o.message_count::bigint, o.expires_at, o.traceparent
        """

    init(_ columns: inout Columns) throws(DatabaseError) {
        id = try columns.next()
        provider = try columns.next()
        reference = try columns.next()
        shard = try columns.next()
        let state: String = try columns.next()
        let cancelMode: String? = try columns.next()
        self.state = OrderState(rawValue: state) ?? .waiting
        self.cancelMode = cancelMode.flatMap { Order.CancelMode(rawValue: $0) }
        assignedAt = try columns.next()
        receivedAt = try columns.next()
        keepsOpen = try columns.next()
        messageCount = try columns.next()
        expiresAt = try columns.next()
        traceparent = try columns.next()
    }

    /// Nil unless the order is open at a provider.
    init?(_ order: Order) {
        guard order.state == .waiting || order.state == .cancelling || order.state == .received,
            let provider = order.provider, let reference = order.reference
        else { return nil }
        id = order.id
        self.provider = provider
        self.reference = reference
        shard = order.shard
        state = order.state
        cancelMode = order.cancelMode
        assignedAt = order.assignedAt ?? order.updatedAt
        receivedAt = order.receivedAt
        keepsOpen = order.keepsOpen
        messageCount = order.messageCount
        expiresAt = order.expiresAt
        traceparent = order.traceparent
    }
}
