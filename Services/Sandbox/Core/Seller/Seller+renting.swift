import Kit

/// Rentals of any length, for upstreams that have them.
extension Seller {
    /// What a span of time costs by the price of a day.
    static func rent(_ day: Offer, for span: Duration) -> Money {
        Money(micro: max(1, day.fill.micro * span.components.seconds / 86_400))
    }

    /// The cheapest price of a rental of that length in a country, and how many numbers there are; nil when none is for
    /// rent.
    package func rentQuote(place: Int, for span: Duration) -> (price: Money, count: Int)? {
        guard let day = Product.slug(Self.day) else { return nil }
        let offers = market.offers(place: place, product: day.index, at: now).filter { $0.count > 0 }
        guard let best = offers.min(by: { $0.fill < $1.fill }) else { return nil }
        return (Self.rent(best, for: span), offers.reduce(0) { $0 + $1.count })
    }

    /// The rental that prices are made from.
    package static let day = "1day"

    /// What it would cost to keep a rental for longer.
    package func extensionQuote(
        _ id: Int64, by span: Duration, account: Int
    ) throws(Refusal) -> Money {
        let index = try rentalIndex(id, account)
        guard let offer = market.offer(orders[index].offer, at: now) else { throw .reuseNotPossible }
        return Self.rent(offer, for: span)
    }

    /// Keeps a rental for longer; one that is over becomes a new order on the same number.
    package mutating func extendRental(
        _ id: Int64, by span: Duration, account: Int, at time: Timestamp
    ) throws(Refusal) -> Order {
        advance(to: time)
        let index = try rentalIndex(id, account)
        guard let offer = market.offer(orders[index].offer, at: now) else { throw .reuseNotPossible }
        let price = Self.rent(offer, for: span)
        guard price <= accounts[account].balance else { throw .notEnoughBalance }
        switch orders[index].status {
        case .pending, .received:
            orders[index].expiresAt = orders[index].expiresAt + span
            timers.add(.expiry(id), at: orders[index].expiresAt)
            books.post(.rent, price, order: id, account: account, to: &accounts[account], at: now)
            return orders[index]
        case .finished, .timeout:
            return open(
                offer, phone: orders[index].phone, account: account, terms: Terms(lifetime: span, price: price))
        case .canceled, .banned: throw .reuseNotPossible
        }
    }

    /// Gives a rental back, and its money, while that is possible.
    package mutating func cancelRental(_ id: Int64, account: Int, at time: Timestamp) throws(Refusal) -> Order {
        advance(to: time)
        let index = try rentalIndex(id, account)
        guard orders[index].status.isOpen else { throw .orderExpired }
        guard let limit = settings.rentalCancelWithin, now <= orders[index].createdAt + limit else {
            throw .hostingOrder
        }
        close(index, as: .canceled, rating: nil)
        books.post(
            .rentRefund, orders[index].price, order: id, account: account, to: &accounts[account], at: now)
        return orders[index]
    }

    private func rentalIndex(_ id: Int64, _ account: Int) throws(Refusal) -> Int {
        let index = try index(of: id, account: account)
        guard product(of: orders[index]).category == .hosting else { throw .orderNotFound }
        return index
    }
}
