import Choosing
import Contracts
import Kit

/// What can happen to an order.
package enum OrderEvent: Hashable, Sendable {
    /// It was just made.
    case accepted
    case holdPlaced
    case holdDeclined(ErrorCode)
    /// Billing confirmed that the hold was captured or released.
    case holdResolved(HoldState)
    /// The pause after a failed attempt is over.
    case purchaseDue
    /// The provider sold a number to this attempt.
    case purchased(attempt: Int, BoughtNumber)
    /// The provider said no, in so many words.
    case purchaseRefused(attempt: Int, Refusal)
    /// Nobody knows whether the provider sold.
    case purchaseUnclear(attempt: Int, reason: String)
    /// An unclear purchase was found in the provider's list.
    case purchaseAdopted(attempt: Int, BoughtNumber)
    /// An unclear purchase was shown not to exist.
    case purchaseAbsent(attempt: Int)
    /// The order has waited for a number as long as a customer's money may be held for nothing.
    case patienceOver
    /// The provider told how its order stands: an answer to a check, a cancellation, a finish, a row of its list.
    case observed(Observation)
    /// The provider does not know the order, or has closed it without saying how.
    case unknownToProvider
    case cancelRequested
    case reportRequested
    case completeRequested
    case anotherRequested
    /// Somebody listened to a call, or gave up doing so.
    case callHeard(HeardCall)
    /// The provider did not cancel.
    case cancelRefused(CancelRefusal)
}

/// A number a provider sold.
package struct BoughtNumber: Hashable, Sendable {
    package let provider: String
    package let reference: String
    package let `operator`: String?
    package let cost: Money
    package let phoneSealed: String
    package let expiresAt: Timestamp
    package let cancelAfter: Timestamp?

    package init(
        provider: String, reference: String, operator: String?, cost: Money, phoneSealed: String,
        expiresAt: Timestamp, cancelAfter: Timestamp?
    ) {
        self.provider = provider
        self.reference = reference
        self.operator = `operator`
        self.cost = cost
        self.phoneSealed = phoneSealed
        self.expiresAt = expiresAt
        self.cancelAfter = cancelAfter
    }
}

package enum CancelRefusal: Hashable, Sendable {
    case tooEarly(until: Timestamp)
    /// A message came in the meantime, or the order is closed.
    case tooLate
}

/// How a provider's order stands.
package struct Observation: Hashable, Sendable {
    package enum Status: Hashable, Sendable, CaseIterable {
        case open
        case cancelled
        case timedOut
        case finished
        case banned
    }

    package let status: Status
    package let messages: [ObservedMessage]
    package let calls: [ObservedCall]
    package let expiresAt: Timestamp?

    /// What the provider asks for the number, where it says so.
    package let cost: Money?

    package init(
        status: Status, messages: [ObservedMessage] = [], calls: [ObservedCall] = [], expiresAt: Timestamp? = nil,
        cost: Money? = nil
    ) {
        self.status = status
        self.messages = messages
        self.calls = calls
        self.expiresAt = expiresAt
        self.cost = cost
    }

    /// How much is told of calls.
    package var callMark: Int { calls.reduce(0) { $0 + $1.mark } }
}

/// A message at the provider that the order does not have yet.
package struct ObservedMessage: Hashable, Sendable {
    package let id: ID
    /// Tells messages of one order apart, also when their texts are the same.
    package let key: String
    package let sealed: String
    package let hasCode: Bool
    package let receivedAt: Timestamp

    package init(id: ID, key: String, sealed: String, hasCode: Bool, receivedAt: Timestamp) {
        self.id = id
        self.key = key
        self.sealed = sealed
        self.hasCode = hasCode
        self.receivedAt = receivedAt
    }
}
