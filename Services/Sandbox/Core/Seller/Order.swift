import Kit

/// A number that was bought, and what arrived on it.
package struct Order: Sendable {
    /// In the provider's words. `received` means that the number is ready, not that a code came.
    package enum Status: String, Sendable, CaseIterable {
        case pending = "PENDING"
        case received = "RECEIVED"
        case canceled = "CANCELED"
        case timeout = "TIMEOUT"
        case finished = "FINISHED"
        case banned = "BANNED"

        package var isOpen: Bool { self == .pending || self == .received }
    }

    package let id: Int64
    /// Which account bought it: its place in the list of accounts.
    package let account: Int
    package let offer: OfferKey
    /// With calling code, without `+`.
    package let phone: String
    package let price: Money
    package let createdAt: Timestamp
    package internal(set) var expiresAt: Timestamp
    package internal(set) var status: Status
    package internal(set) var messages: [Message] = []
    /// False until the first look at it: so long `sms` is null, afterwards an array.
    package internal(set) var wasChecked = false
    /// Whether it was bought with the right to have the number again.
    package let isReusable: Bool
    package let isVoice: Bool
    /// Where calls are passed on to; nil when they are not.
    package let forwardingNumber: String?
    /// The referral key it was bought under.
    package let referral: String?
    /// The customer's own name of the purchase.
    package let reference: String?
    /// Whether the code comes in the last digits of a caller's number.
    package let isCallerCode: Bool
    /// How many messages there were when the customer asked for another; nil when he has not.
    package internal(set) var askedAgain: Int?
    /// When it was closed.
    package internal(set) var closedAt: Timestamp?
    /// Messages written for it so far, delivered or on their way.
    var composed = 0
}

/// What a customer asks for.
package struct Purchase: Hashable, Sendable {
    package var category: Product.Category
    /// Slugs, or `any` for the first two.
    package var country: String
    package var pool: String
    package var product: String
    package var forwarding = false
    package var forwardingNumber: String?
    package var reuse = false
    package var voice = false
    package var referral: String?
    /// Holds only when any operator may serve.
    package var maxPrice: Money?
    /// The customer's own name of the purchase: a second one of the same name is refused.
    package var reference: String?
    /// The code is to come in the last digits of a caller's number.
    package var callerCode = false
    /// What stands in for the price of the offer, where the seller reckons in another way.
    package var price: Money?
    /// What is taken beside the price, for what was chosen.
    package var surcharge = Money.zero
    /// How long it is to last, where not its product says so.
    package var lifetime: Duration?
    /// The digits behind the calling code that the number should begin with, if there is such a one.
    package var beginning = ""

    package init(_ category: Product.Category = .activation, country: String, pool: String, product: String) {
        self.category = category
        self.country = country
        self.pool = pool
        self.product = product
    }
}
