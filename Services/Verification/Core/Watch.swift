import Choosing
import Contracts
import Kit

/// What the minder remembers of an order that is open at a provider.
package struct Watch: Hashable, Sendable {
    package let id: ID
    package let provider: String
    package let reference: String
    /// Of the order that it was made of.
    package let version: Int
    package var state: OrderState
    package var cancelMode: Order.CancelMode?
    package let assignedAt: Timestamp
    /// Since when it waits for what may follow a code, before it is finished; nil: there is nothing to wait for.
    package var lingersFrom: Timestamp?
    package var keepsOpen: Bool
    package var messageCount: Int
    /// How much is known of calls.
    package var callMark: Int
    package var expiresAt: Timestamp?
    package let traceparent: String?
    /// Whether something is to be done at the provider, rather than only asked.
    package var isDeed: Bool { Minding.question(about: self) != .check }

    /// How often in a row the provider could not answer.
    package var failures = 0

    package init(
        id: ID, provider: String, reference: String, version: Int, state: OrderState, cancelMode: Order.CancelMode?,
        assignedAt: Timestamp, lingersFrom: Timestamp?, keepsOpen: Bool, messageCount: Int, callMark: Int = 0,
        expiresAt: Timestamp?, traceparent: String?
    ) {
        self.id = id
        self.provider = provider
        self.reference = reference
        self.version = version
        self.state = state
        self.cancelMode = cancelMode
        self.assignedAt = assignedAt
        self.lingersFrom = lingersFrom
        self.keepsOpen = keepsOpen
        self.messageCount = messageCount
        self.callMark = callMark
        self.expiresAt = expiresAt
        self.traceparent = traceparent
    }

    /// Nil unless the order is open at a provider.
    package init?(_ order: Order) {
        guard order.state == .waiting || order.state == .cancelling || order.state == .received,
            let provider = order.provider, let reference = order.reference
        else { return nil }
        self.init(
            id: order.id, provider: provider, reference: reference, version: order.version, state: order.state,
            cancelMode: order.cancelMode, assignedAt: order.assignedAt ?? order.updatedAt,
            lingersFrom: order.finishesNow ? nil : order.receivedAt, keepsOpen: order.keepsOpen,
            messageCount: order.messageCount, callMark: order.calls.mark, expiresAt: order.expiresAt,
            traceparent: order.traceparent)
    }

    /// Which of the 1 024 shares of the polling work it belongs to.
    package var shard: Int16 { id.shard }

    /// What is to be remembered when this comes to be known. Changes are heard of in any order: two that were committed
    /// shortly after each other, or one and a table that was read before it, may cross.
    package func replaces(_ known: Watch?) -> Bool { version >= known?.version ?? 0 }

    /// Whether it is to be forgotten, now that the order is heard of as one that is not open. What stood before the order
    /// was open may be heard of after it.
    package func isOver(upon order: Order) -> Bool { order.version >= version }

    /// Whether it stands where the other does, so that the next appointment of the one fits the other.
    package func stands(like other: Watch) -> Bool {
        state == other.state && keepsOpen == other.keepsOpen && lingersFrom == other.lingersFrom
    }
}

extension ID {
    /// Which of the 1 024 shares of the polling work an order of this id belongs to.
    package var shard: Int16 { Int16(low & 1023) }
}
