/// The calls of the protocol, and what each may do. All of them are a GET of one address.
package enum SMSActivateAction: String, Hashable, Sendable, CaseIterable {
    case balance
    case buy
    case buyV2 = "buy_v2"
    case extra
    case extraQuote = "extra_quote"
    case check
    case checkV2 = "check_v2"
    case messages
    case ready
    case another
    case finish
    case cancel
    case active
    case history
    case prices
    case pricesExtended = "prices_extended"
    case topCountries = "top_countries"
    case operators
    case countries
    case services
    case rentalOffers = "rental_offers"
    case rent
    case rentalStatus = "rental_status"
    case finishRental = "finish_rental"
    case cancelRental = "cancel_rental"
    case rentals
    case extendRental = "extend_rental"
    case extensionQuote = "extension_quote"

    enum Group: Hashable, Sendable {
        case purchase
        /// About one order of ours.
        case order
        case list
    }

    /// What the wire calls it.
    var word: String {
        switch self {
        case .balance: "getBalance"
        case .buy: "getNumber"
        case .buyV2: "getNumberV2"
        case .extra: "getExtraActivation"
        case .extraQuote: "checkExtraActivation"
        case .check: "getStatus"
        case .checkV2: "getStatusV2"
        case .messages: "getAllSms"
        case .ready, .another, .finish, .cancel: "setStatus"
        case .active: "getActiveActivations"
        case .history: "getHistory"
        case .prices: "getPrices"
        case .pricesExtended: "getPricesExtended"
        case .topCountries: "getTopCountriesByService"
        case .operators: "getOperators"
        case .countries: "getCountries"
        case .services: "getServicesList"
        case .rentalOffers: "getRentServicesAndCountries"
        case .rent: "getRentNumber"
        case .rentalStatus: "getRentStatus"
        case .finishRental, .cancelRental: "setRentStatus"
        case .rentals: "getRentList"
        case .extendRental: "continueRentNumber"
        case .extensionQuote: "continueRentInfo"
        }
    }

    var group: Group {
        switch self {
        case .buy, .buyV2, .extra, .rent, .extendRental: .purchase
        case .check, .checkV2, .messages, .ready, .another, .finish, .cancel, .rentalStatus, .finishRental,
            .cancelRental, .extraQuote, .extensionQuote:
            .order
        case .balance, .active, .history, .prices, .pricesExtended, .topCountries, .operators, .countries, .services,
            .rentalOffers, .rentals:
            .list
        }
    }

    /// Whose refusals it may meet: what buys upon an earlier order is refused as a purchase and about that order.
    var refusedAs: Set<Group> {
        switch self {
        case .extra, .extendRental: [.purchase, .order]
        default: [group]
        }
    }

    /// Changes nothing: may be asked again.
    package var isRead: Bool {
        switch self {
        case .ready, .another, .finish, .cancel, .finishRental, .cancelRental: false
        default: group != .purchase
        }
    }

    /// How it may travel. What is finished or announced twice is only told so.
    var effect: UpstreamCall.Effect {
        switch self {
        case .ready, .finish, .finishRental: .repeatable
        default: isRead ? .none : .once
        }
    }

    var isUrgent: Bool { group == .purchase || self == .cancel || self == .cancelRental }

    /// The words that are an answer to it and no refusal.
    func takes(_ word: String) -> Bool {
        switch self {
        case .balance: word == "ACCESS_BALANCE"
        case .buy, .extra: word == "ACCESS_NUMBER"
        // Some answer the newer call in the words of the older. The purchase that exists is looked for.
        case .buyV2: word == "ACCESS_NUMBER" || word == "ORDER_ALREADY_EXISTS"
        case .check, .checkV2: word.hasPrefix("STATUS_") || word == "FULL_SMS"
        case .ready: word == "ACCESS_READY"
        case .another: word == "ACCESS_RETRY_GET"
        case .finish: word == "ACCESS_ACTIVATION"
        case .cancel: word == "ACCESS_CANCEL"
        case .active: word == "NO_ACTIVATIONS"
        case .rentals: word == "NO_NUMBERS"
        // No message yet, and the ways a rental ends: all dressed as errors.
        case .rentalStatus: ["STATUS_WAIT_CODE", "STATUS_FINISH", "STATUS_CANCEL", "STATUS_REVOKE"].contains(word)
        default: false
        }
    }

    /// Whether an answer without a body says that it is done.
    var takesNothing: Bool {
        switch self {
        case .ready, .another, .finish, .cancel, .finishRental, .cancelRental: true
        default: false
        }
    }

    /// Whether JSON can be its answer.
    var takesJSON: Bool {
        switch self {
        case .balance, .buy, .check, .ready, .another, .finish, .cancel, .extra: false
        default: true
        }
    }
}
