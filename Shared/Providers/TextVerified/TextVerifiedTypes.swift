import Kit

/// How long a rental lasts.
package enum TextVerifiedDuration: String, TextVerifiedWord {
    case oneDay, threeDay, sevenDay, fourteenDay, thirtyDay, ninetyDay, oneYear

    /// The duration that a product of the platform's stands for: `1day`, `1month`.
    package init?(product: String) {
        switch product {
        case "1day": self = .oneDay
        case "3days": self = .threeDay
        case "7days", "1week": self = .sevenDay
        case "14days", "2weeks": self = .fourteenDay
        case "30days", "1month": self = .thirtyDay
        case "90days", "3months": self = .ninetyDay
        case "365days", "1year": self = .oneYear
        default: return nil
        }
    }
}

/// A wish to rent a number.
package struct TextVerifiedRentalWish: Hashable, Sendable {
    /// In TextVerified's words; `allservices` takes messages from anybody.
    package var service = "allservices"
    package var capability = TextVerifiedCapability.sms
    package var type = TextVerifiedNumberType.mobile
    package var duration: TextVerifiedDuration
    /// Goes on by itself, in a billing cycle, until it is taken out of it.
    package var isRenewable = false
    /// A line that sleeps must be woken before it takes anything.
    package var isAlwaysOn = true
    /// Whether to wait for a number where there is none.
    package var allowsBackOrder = false
    package var areaCode: String?
    package var billingCycle: String?

    package init(_ duration: TextVerifiedDuration) { self.duration = duration }
}

/// A purchase of rentals, which takes a while.
package struct TextVerifiedSale: Hashable, Sendable {
    package enum State: String, TextVerifiedWord {
        case created, processing, failed, succeeded
    }

    package struct Item: Hashable, Sendable {
        package var id: String
        package var link: TextVerifiedLink?
        package var service: String
    }

    package var id: String
    /// nil for a word that was not known when this was written.
    package var state: State?
    package var total: Money?
    package var reservations: [Item]
    package var backOrders: [Item]
    package var createdAt: Timestamp?
    package var updatedAt: Timestamp?
}

/// A number that is waited for.
package struct TextVerifiedBackOrder: Hashable, Sendable {
    package enum State: String, TextVerifiedWord {
        case created, fulfilled, canceled
    }

    package var id: String
    package var state: State?
    package var service: String
    package var saleID: String?
    /// The rental that came of it.
    package var reservationID: String?
    package var reservation: TextVerifiedLink?
}

/// A rented number.
package struct TextVerifiedRental: Hashable, Sendable {
    package var id: String
    package var phone: PhoneNumber?
    package var service: String
    /// TextVerified's own word: `renewableActive`.
    package var state: String
    package var isAlwaysOn: Bool
    package var createdAt: Timestamp?
    /// Of one that is not renewed.
    package var endsAt: Timestamp?
    /// Old ones have none.
    package var saleID: String?
    package var billingCycle: String?
    package var isIncludedForNextRenewal: Bool
    package var canRefund: Bool
    package var refundableUntil: Timestamp?

    package var isRenewable: Bool { state.lowercased().hasPrefix("renewable") }
}

/// What renewable rentals are paid for together in.
package struct TextVerifiedCycle: Hashable, Sendable {
    package var id: String
    package var state: String
    package var endsAt: Timestamp?
    package var renewedThrough: Timestamp?
    package var nextRenewal: Timestamp?
    package var sendsReminders: Bool
}

/// What a renewal cost, or would.
package struct TextVerifiedInvoice: Hashable, Sendable {
    package var id: String?
    package var createdAt: Timestamp?
    package var isPaid: Bool
    package var total: Money?
}

/// A wish that a sleeping line be awake.
package struct TextVerifiedWake: Hashable, Sendable {
    package var id: String
    package var reservationID: String?
    /// False when it must be asked for again.
    package var isScheduled: Bool
    package var windowStart: Timestamp?
    package var windowEnd: Timestamp?
}
