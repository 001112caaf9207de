import Choosing
import Contracts
import Database
import Kit
import Providers
import VerificationCore

/// Read from the table of orders by whoever leases the shard.
extension Watch: Row {
    static let columns: SQL = """
        o.id, o.provider, o.reference, o.version::bigint, o.state, o.cancel_mode, o.assigned_at,
        CASE WHEN NOT o.finishes_now THEN o.received_at END, o.keeps_open, o.message_count::bigint, o.call_mark::bigint, o.expires_at, o.traceparent
        """

    package init(_ columns: inout Columns) throws(DatabaseError) {
        let id: ID = try columns.next()
        let provider: String = try columns.next()
        let reference: String = try columns.next()
        let version: Int = try columns.next()
        let state: String = try columns.next()
        let cancelMode: String? = try columns.next()
        self.init(
            id: id, provider: provider, reference: reference, version: version,
            state: OrderState(rawValue: state) ?? .waiting,
            cancelMode: cancelMode.flatMap { Order.CancelMode(rawValue: $0) }, assignedAt: try columns.next(),
            lingersFrom: try columns.next(), keepsOpen: try columns.next(), messageCount: try columns.next(),
            callMark: try columns.next(), expiresAt: try columns.next(), traceparent: try columns.next())
    }
}

extension ProviderError {
    /// What it means to an order that the provider knows.
    var trouble: Trouble {
        switch kind {
        case .orderFinished(let why): .ended(isUnknown: why == .notFound)
        case .tooEarly(let after): .tooEarly(after: after)
        case .unsupported: .unsupported
        // Without an answer of the provider's it was our own budget or breaker.
        case .retryLater(let pause) where status == nil: .heldBack(for: pause)
        case .outOfStock, .overPrice, .account, .ourMistake, .retryLater, .ambiguous, .down: .away
        }
    }
}
