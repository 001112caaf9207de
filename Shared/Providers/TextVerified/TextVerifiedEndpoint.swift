/// The calls that TextVerified has, and what each may do. Some that only ask are POST.
package enum TextVerifiedEndpoint: String, Hashable, Sendable, CaseIterable {
    case login
    case account
    case areaCodes = "area_codes"
    case services
    case price
    case stock
    case rentalPrice = "rental_price"
    case buy
    case reuse
    case reactivate
    case rent
    case extend
    case renew
    case renewCycle = "renew_cycle"
    case verification
    case verifications
    case cancel
    case report
    case messages
    case calls
    case recording
    case callToken = "call_token"
    case sale
    case sales
    case backOrder = "back_order"
    case reservation
    case health
    case rental
    case rentals
    case refund
    case updateRental = "update_rental"
    case cycle
    case cycles
    case updateCycle = "update_cycle"
    case invoices
    case nextInvoice = "next_invoice"
    case wake
    case wakeRequest = "wake_request"
    case wakeEstimate = "wake_estimate"
    case oldReservation = "old_reservation"

    enum Group: Hashable, Sendable {
        case login
        /// Spends money.
        case purchase
        /// Changes one order of ours.
        case change
        /// Changes what is neither an order nor a purchase.
        case setting
        case read
    }

    var group: Group {
        switch self {
        case .login: .login
        case .buy, .reuse, .reactivate, .rent, .extend, .renew, .renewCycle: .purchase
        case .cancel, .report, .refund: .change
        case .updateRental, .updateCycle, .wake: .setting
        default: .read
        }
    }

    /// Whether a refusal is documented to say why.
    var explainsRefusals: Bool {
        switch self {
        case .buy, .reuse, .reactivate, .rent: true
        default: false
        }
    }

    /// Changes nothing, or nothing that matters: may be asked again.
    package var isRead: Bool { group == .read || group == .login }

    /// What a purchase, or the taking back of one, has to wait for.
    var isUrgent: Bool { group == .purchase || group == .change || group == .login }
}
