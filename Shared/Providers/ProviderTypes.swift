import Kit

/// What an order is for: one code, or a number for a while.
package enum OrderKind: String, Hashable, Sendable, CaseIterable {
    case activation
    case rental
}

/// A wish to buy a number, in the upstream's own slugs.
package struct BuyRequest: Hashable, Sendable {
    package var kind: OrderKind
    package var country: String
    /// The service for an activation, the duration for a rental.
    package var product: String
    /// nil leaves the choice to the upstream.
    package var `operator`: String?
    /// The highest price that is acceptable. Sent where the upstream takes it, compared with the sale in any case.
    package var ceiling: Money?
    /// Only numbers that can be bought again for another code.
    package var isReusable: Bool
    /// Only numbers that take calls.
    package var voice: Bool
    /// A wish for the first digits of the number behind the calling code, where the upstream sells by them.
    package var areaCode: String?
    /// Our own name of the purchase. Where the upstream keeps it, a repeat finds the first sale instead of buying again,
    /// and an unclear purchase is found by it.
    package var reference: String?
    /// Where calls and messages are to be forwarded to, if anywhere.
    package var forwarding: PhoneNumber?
    /// How long to wait for the answer; nil leaves it to the adapter.
    package var deadline: Duration?

    package init(
        _ kind: OrderKind = .activation, country: String, product: String, operator: String? = nil,
        ceiling: Money? = nil, isReusable: Bool = false, voice: Bool = false, forwarding: PhoneNumber? = nil,
        deadline: Duration? = nil
    ) {
        self.kind = kind
        self.country = country
        self.product = product
        self.operator = `operator`
        self.ceiling = ceiling
        self.isReusable = isReusable
        self.voice = voice
        self.forwarding = forwarding
        self.deadline = deadline
    }
}

/// A wish for another code on a number bought before.
package struct AnotherRequest: Hashable, Sendable {
    /// The earlier order.
    package var ref: String
    package var product: String
    package var phone: PhoneNumber
    package var ceiling: Money?
    package var deadline: Duration?

    package init(ref: String, product: String, phone: PhoneNumber, ceiling: Money? = nil, deadline: Duration? = nil) {
        self.ref = ref
        self.product = product
        self.phone = phone
        self.ceiling = ceiling
        self.deadline = deadline
    }
}

/// An order as the upstream tells of it.
package struct ProviderOrder: Hashable, Sendable {
    package enum Status: Hashable, Sendable {
        /// Being prepared.
        case pending
        /// The number is there; whether a code is too, only the messages tell.
        case received
        case cancelled
        case timeout
        case finished
        case banned
        /// A word that was not known when this was written.
        case unknown(String)

        /// Nothing more will happen to the order.
        package var isTerminal: Bool {
            switch self {
            case .cancelled, .timeout, .finished, .banned: true
            case .pending, .received, .unknown: false
            }
        }
        /// The upstream gave the money back.
        package var isRefunded: Bool { self == .cancelled || self == .timeout || self == .banned }
    }

    /// The upstream's own name of the order.
    package var ref: String
    /// There after every purchase; an answer about an order that is known already may leave it out.
    package var phone: PhoneNumber?
    package var `operator`: String?
    package var product: String?
    package var country: String?
    /// What it costs us; nil when the upstream did not say.
    package var price: Money?
    /// A sale above the ceiling that was asked for: the order exists and is ours, to be kept or given back.
    package var isOverCeiling: Bool
    package var status: Status
    /// The upstream's clock, never a constant of ours; nil when it did not say.
    package var expires: Timestamp?
    package var createdAt: Timestamp?
    /// In the order they were given, oldest first.
    package var messages: [ProviderMessage]
    /// Calls that reached the number, oldest first.
    package var calls: [ProviderCall] = []
    /// Our own name of the purchase, where the upstream tells it.
    package var reference: String?

    package init(
        ref: String, phone: PhoneNumber?, operator: String? = nil, product: String? = nil, country: String? = nil,
        price: Money? = nil, isOverCeiling: Bool = false, status: Status, expires: Timestamp? = nil,
        createdAt: Timestamp? = nil, messages: [ProviderMessage] = []
    ) {
        self.ref = ref
        self.phone = phone
        self.operator = `operator`
        self.product = product
        self.country = country
        self.price = price
        self.isOverCeiling = isOverCeiling
        self.status = status
        self.expires = expires
        self.createdAt = createdAt
        self.messages = messages
    }
}

/// A message that arrived on a number.
package struct ProviderMessage: Hashable, Sendable {
    /// The upstream's own name of the message, where it has one.
    package var id: String?
    package var sender: String
    package var text: String
    /// The code in the upstream's reading; nil when it found none.
    package var code: String?
    /// When it reached the number.
    package var receivedAt: Timestamp?
    /// When the upstream wrote it down.
    package var storedAt: Timestamp?

    package init(
        id: String? = nil, sender: String, text: String, code: String? = nil, receivedAt: Timestamp? = nil,
        storedAt: Timestamp? = nil
    ) {
        self.id = id
        self.sender = sender
        self.text = text
        self.code = code
        self.receivedAt = receivedAt
        self.storedAt = storedAt
    }
}

/// A call that reached a number.
package struct ProviderCall: Hashable, Sendable {
    /// The upstream's own name of the call, where it has one.
    package var id: String?
    package var caller: String
    package var receivedAt: Timestamp?
    package var duration: Duration?
    /// Where the upstream has the recording; nil while there is none.
    package var recording: String?
    /// What was said, in the upstream's reading.
    package var text: String?
    /// The code in the upstream's reading: spoken, or the last digits of the caller.
    package var code: String?

    package init(
        id: String? = nil, caller: String, receivedAt: Timestamp? = nil, duration: Duration? = nil,
        recording: String? = nil, text: String? = nil, code: String? = nil
    ) {
        self.id = id
        self.caller = caller
        self.receivedAt = receivedAt
        self.duration = duration
        self.recording = recording
        self.text = text
        self.code = code
    }
}

/// A recording of a call, as the upstream has it.
package struct ProviderRecording: Hashable, Sendable {
    /// A MIME type.
    package var type: String
    package var bytes: [UInt8]

    package init(type: String, bytes: [UInt8]) {
        self.type = type
        self.bytes = bytes
    }
}

/// What an upstream's notice is about. Only a hint: the upstream is asked before anything is believed.
package struct ProviderNotice: Hashable, Sendable {
    /// The same when the notice comes again.
    package var eventID: String
    /// The upstream's name of the order; nil when it is about none.
    package var ref: String?

    package init(eventID: String, ref: String?) {
        self.eventID = eventID
        self.ref = ref
    }
}

/// One line of a price list.
package struct ProviderOffer: Hashable, Sendable {
    package var country: String
    package var product: String
    package var `operator`: String
    package var cost: Money
    /// What a number costs that takes calls; nil where none of these does.
    package var voiceCost: Money?
    /// How many numbers are in stock.
    package var count: Int
    /// The upstream's own figures of how often a code arrives.
    package var rates: DeliveryRates

    package init(
        country: String, product: String, operator: String, cost: Money, voiceCost: Money? = nil, count: Int,
        rates: DeliveryRates = DeliveryRates()
    ) {
        self.country = country
        self.product = product
        self.operator = `operator`
        self.cost = cost
        self.voiceCost = voiceCost
        self.count = count
        self.rates = rates
    }
}

/// Per cent of orders that got a code, over windows that end now. Absent is not zero: absent means that nobody ordered
/// (or that the upstream keeps it to itself), zero means that all failed.
package struct DeliveryRates: Hashable, Sendable {
    package var overall: Double?
    package var hour: Double?
    package var threeHours: Double?
    package var day: Double?
    package var threeDays: Double?
    package var week: Double?
    package var month: Double?

    package init(
        overall: Double? = nil, hour: Double? = nil, threeHours: Double? = nil, day: Double? = nil,
        threeDays: Double? = nil, week: Double? = nil, month: Double? = nil
    ) {
        self.overall = overall
        self.hour = hour
        self.threeHours = threeHours
        self.day = day
        self.threeDays = threeDays
        self.week = week
        self.month = month
    }

    /// The window that deserves most trust: the last day if anything arrived in it, else the week, else the month,
    /// which lags dead pools by weeks, else the undated figure.
    package var best: Double? {
        if let day, day > 0 { return day }
        return week ?? month ?? overall ?? day
    }
}

/// What our account at an upstream holds.
package struct ProviderBalance: Hashable, Sendable {
    package var available: Money
    /// Held for open orders.
    package var frozen: Money?
    /// The upstream's opinion of us; at its lower end it stops selling.
    package var rating: Double?

    package init(available: Money, frozen: Money? = nil, rating: Double? = nil) {
        self.available = available
        self.frozen = frozen
        self.rating = rating
    }
}

/// A page of an upstream's order list.
package struct ProviderOrderPage: Hashable, Sendable {
    package var orders: [ProviderOrder]
    /// How many there are in all, where the upstream says so.
    package var total: Int?
    /// When it was told, by the upstream's clock.
    package var servedAt: Timestamp?

    package init(orders: [ProviderOrder], total: Int? = nil, servedAt: Timestamp? = nil) {
        self.orders = orders
        self.total = total
        self.servedAt = servedAt
    }
}
