import Choosing
import Kit

/// When a call that buys may still be made.
package enum PurchaseCall {
    /// Whoever looks for purchases without an outcome counts from the moment the intent was written down. A call that
    /// waited longer than a call may take, in a queue or in a process that stood still, could buy what was shown not to
    /// exist a moment ago.
    package static func isInTime(openedAt: Timestamp, now: Timestamp, limit: Duration) -> Bool {
        now <= openedAt + limit
    }

    /// What a call that was not made tells: certainly nothing was bought.
    package static func tooLate(attempt: Int) -> OrderEvent { .purchaseRefused(attempt: attempt, .later) }
}
