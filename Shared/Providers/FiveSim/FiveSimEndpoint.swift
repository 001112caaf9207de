/// The calls that 5SIM has, and what each may do. All but four are GET, those that spend money too.
package enum FiveSimEndpoint: String, Hashable, Sendable, CaseIterable {
    case buy
    case buyHosting = "buy_hosting"
    case reuse
    case check
    case finish
    case cancel
    case ban
    case inbox
    case profile
    case orders
    case payments
    case maxPrices = "max_prices"
    case setMaxPrice = "set_max_price"
    case removeMaxPrice = "remove_max_price"
    case countries
    case products
    case prices
    case flash
    case vendorProfile = "vendor_profile"
    case vendorWallets = "vendor_wallets"
    case vendorOrders = "vendor_orders"
    case vendorPayments = "vendor_payments"
    case vendorWithdraw = "vendor_withdraw"

    enum Group: Hashable, Sendable {
        case purchase
        /// About one order of ours.
        case order
        case list
        case guest
        /// Changes something that is neither an order nor a purchase.
        case setting
    }

    var group: Group {
        switch self {
        case .buy, .buyHosting, .reuse: .purchase
        case .check, .finish, .cancel, .ban, .inbox: .order
        case .countries, .products, .prices, .flash: .guest
        case .setMaxPrice, .removeMaxPrice, .vendorWithdraw: .setting
        case .profile, .orders, .payments, .maxPrices, .vendorProfile, .vendorWallets, .vendorOrders, .vendorPayments:
            .list
        }
    }

    /// Changes nothing: may be asked again.
    package var isRead: Bool {
        switch group {
        case .list, .guest: true
        case .order: self == .check || self == .inbox
        case .purchase, .setting: false
        }
    }

    /// Whether the call may arrive twice without harm, as libcurl makes it where a connection that was used before dies:
    /// what is finished is only told that it is.
    var mayArriveTwice: Bool { isRead || self == .finish }

    var isUrgent: Bool { group == .purchase || self == .cancel || self == .ban }
}
