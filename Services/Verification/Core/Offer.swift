import Kit

/// Something a provider sells: one operator's numbers of one country for one service.
package struct Offer: Hashable, Sendable {
    package let provider: String
    package let `operator`: String
    /// What the provider takes.
    package let cost: Money
    package let count: Int
    /// Share of orders that got their SMS, 0…1, as the provider states it; nil when it states none.
    package let rate: Double?

    package init(provider: String, operator: String, cost: Money, count: Int, rate: Double?) {
        self.provider = provider
        self.operator = `operator`
        self.cost = cost
        self.count = count
        self.rate = rate
    }
}

/// What was decided to be bought, and from what it was chosen.
package struct OfferChoice: Hashable, Sendable {
    package let provider: String
    /// The operator's name, or `any`.
    package let `operator`: String
    /// The most the provider may take.
    package let ceiling: Money
    /// Best first; kept so that the choice can be explained.
    package let candidates: [Offer]

    package init(provider: String, operator: String, ceiling: Money, candidates: [Offer]) {
        self.provider = provider
        self.operator = `operator`
        self.ceiling = ceiling
        self.candidates = candidates
    }
}

/// Chooses among offers.
package enum OfferRanking {
    /// What a success is taken to be worth a rate of when the provider states none.
    private static let assumedRate = 0.5

    /// The offers that an order may use, the one with the lowest expected cost of a code first. What a customer pays must
    /// be at least `PriceBook.floorFactor` times what the provider takes.
    package static func candidates(for order: Order, among offers: [Offer]) -> [Offer] {
        let ceiling = PriceBook.ceiling(forPrice: order.price)
        return
            offers
            .filter { offer in
                offer.count > 0 && offer.cost <= ceiling
                    && (order.operator.map { $0 == "any" || $0 == offer.operator } ?? true)
                    && (order.pinnedProvider.map { $0 == offer.provider } ?? true)
            }
            .sorted { (expectedCost($0), $0.provider, $0.operator) < (expectedCost($1), $1.provider, $1.operator) }
    }

    /// Failed orders are refunded, so that their price is lost time rather than money: half of it is counted.
    private static func expectedCost(_ offer: Offer) -> Double {
        let rate = max(offer.rate ?? assumedRate, 0.01)
        return Double(offer.cost.micro) * (1 + 0.5 * (1 - rate) / rate)
    }

    /// The offer for the given attempt (counted from 1): each attempt takes the next best. Nil when none is left, unless
    /// the ranking `wraps` around.
    package static func choose(
        for order: Order, attempt: Int, among offers: [Offer], wraps: Bool = false
    ) -> OfferChoice? {
        let ranked = candidates(for: order, among: offers)
        guard attempt >= 1, !ranked.isEmpty, wraps || attempt <= ranked.count else { return nil }
        let chosen = ranked[(attempt - 1) % ranked.count]
        return OfferChoice(
            provider: chosen.provider, operator: chosen.operator, ceiling: PriceBook.ceiling(forPrice: order.price),
            candidates: Array(ranked.prefix(8)))
    }
}
