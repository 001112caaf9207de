import Kit

/// A customer of the simulated provider.
package struct Account: Sendable {
    package let id: Int64
    package let token: String
    package internal(set) var balance = Money.zero
    /// The money of open orders: no longer the customer's to spend, not yet the provider's.
    package internal(set) var frozen = Money.zero
    package internal(set) var spent = Money.zero
    package internal(set) var deposited = Money.zero
    package internal(set) var rating = Rating()
    package internal(set) var maxPrices: [MaxPrice] = []
    package internal(set) var payments: [Payment] = []

    /// Ids of its orders, ascending, by category, so that a page of history costs no more than its length.
    package internal(set) var activations: [Int64] = []
    package internal(set) var rentals: [Int64] = []
    /// Ids of orders that were open when last looked, ascending; those that are not any more are taken out now and then.
    var openIDs: [Int64] = []
    package internal(set) var openCount = 0
    /// How many orders of a product, in the order the products were first bought.
    package internal(set) var products: [Int] = []

    /// A ceiling the customer set for a product; it holds when any operator may serve.
    package struct MaxPrice: Sendable {
        package let id: Int64
        package let product: String
        package internal(set) var price: Money
        package let createdAt: Timestamp
    }

    /// A top-up.
    package struct Payment: Sendable {
        package let id: Int64
        package let amount: Money
        package let balance: Money
        package let createdAt: Timestamp
    }

    init(id: Int64, token: String) {
        self.id = id
        self.token = token
    }

    /// What came in is what is left, held and gone.
    package var isBalanced: Bool { deposited == balance + frozen + spent }
}
