import Kit

/// What the ledger already has under the id that a command names.
package enum Entry: Hashable, Sendable {
    case hold(Hold)
    case declined(DeclinedHold)
    case topUp(accountID: ID, amount: Money, reference: String?, at: Timestamp)
    /// The id belongs to something that commands do not name: a resolution, a settlement.
    case other
}

/// Credit set aside for an order, and how that ended.
package struct Hold: Hashable, Sendable {
    package let id: ID
    package let orderID: ID
    package let accountID: ID
    package let amount: Money
    package let placedAt: Timestamp
    package var resolution: Resolution?

    package init(
        id: ID, orderID: ID, accountID: ID, amount: Money, placedAt: Timestamp, resolution: Resolution? = nil
    ) {
        self.id = id
        self.orderID = orderID
        self.accountID = accountID
        self.amount = amount
        self.placedAt = placedAt
        self.resolution = resolution
    }
}

/// The one end of a hold.
package enum Resolution: Hashable, Sendable {
    case posted(Money, at: Timestamp)
    case voided(at: Timestamp)
}
