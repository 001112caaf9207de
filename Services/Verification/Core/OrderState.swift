import Contracts
import JSON

/// Where an order stands. Closed: `Order.handle` says for every state what every event does.
///
///     requested → funding → purchasing → waiting → received → completed
///                    ↓          ↓          ↓
///                declined    failed    cancelling → cancelled,  expired
package enum OrderState: String, JSONEnum {
    /// Accepted; no money asked for yet. Lasts only inside the transaction that makes the order.
    case requested
    /// The hold was asked for.
    case funding
    /// The hold is placed; a number is being bought.
    case purchasing
    /// There is a number; its SMS is awaited.
    case waiting
    /// A code came and is charged for; the provider's order is still open, so that more may come.
    case received
    case completed
    /// The account had too little credit.
    case declined
    /// No number could be had.
    case failed
    /// The provider was, or is about to be, asked to cancel.
    case cancelling
    case cancelled
    case expired

    package var isFinal: Bool {
        switch self {
        case .requested, .funding, .purchasing, .waiting, .received, .cancelling: false
        case .completed, .declined, .failed, .cancelled, .expired: true
        }
    }

    /// The word the API uses.
    package var status: VerificationStatus {
        switch self {
        case .requested, .funding, .purchasing: .pending
        case .waiting, .cancelling: .waitingSMS
        case .received, .completed: .completed
        case .declined, .failed: .failed
        case .cancelled: .cancelled
        case .expired: .expired
        }
    }
}

/// How the hold of an order stands, as far as Verification knows.
package enum HoldState: String, JSONEnum {
    case none
    case placing
    case placed
    case declined
    /// Capture asked for, not yet confirmed.
    case posting
    case posted
    /// Release asked for, not yet confirmed.
    case voiding
    case voided
}

/// How one attempt to buy stands.
package enum IntentState: String, JSONEnum {
    /// Written down; the call is on its way.
    case calling
    /// The answer is not known: the order may exist at the provider.
    case ambiguous
    case bought
    /// Found in the provider's own list.
    case adopted
    case refused
    /// Shown not to exist at the provider.
    case absent
    /// Given up unresolved when the patience with an order that had no number was over.
    case abandoned

    package var isOpen: Bool { self == .calling || self == .ambiguous }
}
