import Kit

/// One line of the journal. It names both sides, so it is balanced by construction; it is written once and never
/// changed.
package struct Transfer: Hashable, Sendable {
    package enum Kind: String, Sendable, CaseIterable {
        /// Sets a customer's credit aside; revenue is where it would go.
        case hold
        /// Captures `amount` of a hold and releases `released`.
        case post
        /// Releases all of a hold.
        case void
        /// Gives a customer credit.
        case topUp = "top_up"
        /// A provider took money from our balance with it.
        case charge
        /// A provider gave money back.
        case refund
    }

    package var id: ID
    package var kind: Kind
    /// The account that gives.
    package var debit: ID
    /// The account that receives.
    package var credit: ID
    package var amount: Money
    /// What a post gave back of its hold.
    package var released: Money = .zero
    /// Which hold a post or void resolves.
    package var holdID: ID?
    package var orderID: ID?
    /// Whose debit or credit a charge or refund repeats.
    package var provider: String?
    /// The provider's id of the order, or the reference of a top-up.
    package var reference: String?
    package var createdAt: Timestamp
}

/// A hold that was refused. It is kept, so that a repeat gets the same verdict whatever has happened to the account.
package struct DeclinedHold: Hashable, Sendable {
    package let id: ID
    package let orderID: ID
    package let accountID: ID
    package let amount: Money
    package let declinedAt: Timestamp

    package init(id: ID, orderID: ID, accountID: ID, amount: Money, declinedAt: Timestamp) {
        self.id = id
        self.orderID = orderID
        self.accountID = accountID
        self.amount = amount
        self.declinedAt = declinedAt
    }
}
