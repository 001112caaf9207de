import Kit

/// Rentals of any length, for upstreams that have them.
extension Seller {
    /// What a span of time costs by the price of a day.
    static func rent(_ day: Offer, for span: Duration) -> Money {
        Money(micro: max(1, day.fill.micro * span.components.seconds / 86_400))
    }

    /// The rental that prices are made from.
    package static let day = "1day"

    /// The cheapest price of a rental of that length in a country, and how many numbers there are; nil when none is for
    /// rent.
    package func rentQuote(place: Int, for span: Duration) -> (price: Money, count: Int)? {
        guard let day = Product.slug(Self.day) else { return nil }
        let offers = market.offers(place: place, product: day.index, at: now).filter { $0.count > 0 }
        guard let best = offers.min(by: { $0.fill < $1.fill }) else { return nil }
        return (Self.rent(best, for: span), offers.reduce(0) { $0 + $1.count })
    }

    // MARK: Longer

    /// What it would cost to keep a rental for longer.
    package func extensionQuote(_ id: Int64, by span: Duration, account: Int) throws(Refusal) -> Money {
        Self.rent(try offer(of: try rentalIndex(id, account)), for: span)
    }

    /// Keeps a rental for longer, by the price of a day; one that is over becomes a new order on the same number.
    package mutating func extendRental(
        _ id: Int64, by span: Duration, account: Int, at time: Timestamp
    ) throws(Refusal) -> Order {
        advance(to: time)
        let index = try rentalIndex(id, account)
        let offer = try offer(of: index)
        let price = Self.rent(offer, for: span)
        switch orders[index].status {
        case .pending, .received:
            try prolong(index, by: span, for: price)
            return orders[index]
        case .finished, .timeout:
            guard price <= accounts[account].balance else { throw .notEnoughBalance }
            return open(
                offer, phone: orders[index].phone, account: account, terms: Terms(lifetime: span, price: price))
        case .canceled, .banned: throw .reuseNotPossible
        }
    }

    /// Keeps a rental that is open for longer, for a price that its seller names.
    package mutating func extendRental(
        _ id: Int64, by span: Duration, price: Money, account: Int, at time: Timestamp
    ) throws(Refusal) -> Order {
        advance(to: time)
        let index = try openRentalIndex(id, account)
        try prolong(index, by: span, for: price)
        return orders[index]
    }

    private mutating func prolong(_ index: Int, by span: Duration, for price: Money) throws(Refusal) {
        let account = orders[index].account
        guard price <= accounts[account].balance else { throw .notEnoughBalance }
        orders[index].expiresAt = orders[index].expiresAt + span
        timers.add(.expiry(orders[index].id), at: orders[index].expiresAt)
        books.post(.rent, price, order: orders[index].id, account: account, to: &accounts[account], at: now)
    }

    // MARK: Given back

    /// Gives a rental back, and its money, while that is possible.
    package mutating func cancelRental(_ id: Int64, account: Int, at time: Timestamp) throws(Refusal) -> Order {
        advance(to: time)
        let index = try openRentalIndex(id, account)
        guard let limit = settings.rentalCancelWithin, now <= orders[index].createdAt + limit else {
            throw .hostingOrder
        }
        giveBack(index)
        return orders[index]
    }

    /// The same whenever it is and whatever came on it.
    package mutating func refundRental(_ id: Int64, account: Int, at time: Timestamp) throws(Refusal) -> Order {
        advance(to: time)
        let index = try openRentalIndex(id, account)
        giveBack(index)
        return orders[index]
    }

    private mutating func giveBack(_ index: Int) {
        let order = orders[index]
        books.post(
            .rentRefund, order.price, order: order.id, account: order.account, to: &accounts[order.account], at: now)
        close(index, as: .canceled, rating: nil)
    }

    // MARK: -

    private func offer(of index: Int) throws(Refusal) -> Offer {
        guard let offer = market.offer(orders[index].offer, at: now) else { throw .reuseNotPossible }
        return offer
    }

    private func rentalIndex(_ id: Int64, _ account: Int) throws(Refusal) -> Int {
        let index = try index(of: id, account: account)
        guard product(of: orders[index]).category == .hosting else { throw .orderNotFound }
        return index
    }

    private func openRentalIndex(_ id: Int64, _ account: Int) throws(Refusal) -> Int {
        let index = try rentalIndex(id, account)
        guard orders[index].status.isOpen else { throw Refusal.orderExpired.with(status: settings.orderErrorStatus) }
        return index
    }
}
