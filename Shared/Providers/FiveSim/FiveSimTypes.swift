import Kit

/// Our account at 5SIM.
package struct FiveSimProfile: Hashable, Sendable {
    package var id: String?
    package var email: String?
    package var vendor: String?
    package var balance: Money
    package var frozen: Money?
    /// Falls in silence with every cancelled or unanswered order; at zero nothing is sold for a day.
    package var rating: Double?
    package var defaultCountry: String?
    package var defaultOperator: String?
    package var defaultForwarding: PhoneNumber?
    package var activeOrders: Int?
}

/// Which orders to list.
package struct FiveSimOrderQuery: Hashable, Sendable {
    package var kind: OrderKind
    package var limit: Int
    package var offset: Int
    /// The column to sort by.
    package var order: String
    package var isReversed: Bool
    /// Filters of the newer API; an older one ignores them.
    package var date: String?
    package var phone: PhoneNumber?
    package var status: String?
    package var product: String?

    package init(
        _ kind: OrderKind = .activation, limit: Int = 100, offset: Int = 0, order: String = "id",
        isReversed: Bool = true, date: String? = nil, phone: PhoneNumber? = nil, status: String? = nil,
        product: String? = nil
    ) {
        self.kind = kind
        self.limit = limit
        self.offset = offset
        self.order = order
        self.isReversed = isReversed
        self.date = date
        self.phone = phone
        self.status = status
        self.product = product
    }
}

/// A page of orders with the words that occur in the whole list.
package struct FiveSimOrderPage: Hashable, Sendable {
    package var orders: [ProviderOrder]
    package var products: [String]
    package var statuses: [String]
    package var total: Int?
    /// When it was told, by 5SIM's clock.
    package var servedAt: Timestamp?
}

package struct FiveSimPayment: Hashable, Sendable {
    package var id: String?
    /// `charge` and its like.
    package var type: String
    package var provider: String
    package var amount: Money?
    /// What the account held afterwards.
    package var balance: Money?
    package var createdAt: Timestamp?
}

package struct FiveSimPaymentPage: Hashable, Sendable {
    package var payments: [FiveSimPayment]
    package var types: [String]
    package var providers: [String]
    package var statuses: [String]
    package var total: Int?
}

/// The most that the account's owner wants to pay for a product.
package struct FiveSimMaxPrice: Hashable, Sendable {
    package var id: String?
    package var product: String
    package var price: Money
    package var createdAt: Timestamp?
}

package struct FiveSimCountry: Hashable, Sendable {
    package struct Operator: Hashable, Sendable {
        package var name: String
        package var sellsActivations: Bool
        package var sellsRentals: Bool
    }

    package var slug: String
    /// ISO 3166 alpha-2, upper case.
    package var isoCodes: [String]
    /// `+44`
    package var prefixes: [String]
    package var englishName: String?
    package var russianName: String?
    package var operators: [Operator]
}

package struct FiveSimProduct: Hashable, Sendable {
    package var slug: String
    package var kind: OrderKind?
    package var quantity: Int?
    package var price: Money?
}

/// How a supplier's earnings are paid out.
package struct FiveSimWithdrawal: Hashable, Sendable {
    /// The account or card that gets them.
    package var receiver: String
    /// `visa`, `qiwi`, `yandex`
    package var method: String
    package var amount: Money
    /// The wallet that pays: `fkwallet`, `payeer`, `unitpay`.
    package var wallet: String

    package init(receiver: String, method: String, amount: Money, wallet: String) {
        self.receiver = receiver
        self.method = method
        self.amount = amount
        self.wallet = wallet
    }
}
