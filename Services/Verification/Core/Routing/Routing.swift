import Kit

/// An offer with everything a choice looks at.
package struct RoutedOffer: Hashable, Sendable {
    package var offer: Offer
    /// What was seen of it; nil when nobody has tried it.
    package var window: HealthWindow?
    /// What was seen of all operators of this provider for the same service and country.
    package var family: HealthWindow?
    package var provider: ProviderStanding

    package init(
        _ offer: Offer, window: HealthWindow? = nil, family: HealthWindow? = nil,
        provider: ProviderStanding = ProviderStanding()
    ) {
        self.offer = offer
        self.window = window
        self.family = family
        self.provider = provider
    }
}

/// How a provider stands with us, whatever is bought.
package struct ProviderStanding: Hashable, Sendable {
    package var isEnabled = true
    /// Its breaker is open: nothing is asked of it for a while.
    package var isAway = false
    /// Greater than 1 is liked better than its figures say, less is liked less.
    package var weight = 1.0
    /// What it keeps, as a share of the price, of a number that brought no code.
    package var lostShare = 0.0
    /// Its opinion of us is so low, or so many orders are open there, that only what nobody else sells is bought.
    package var isSpared = false

    package init() {}
}

/// Why an offer is not for this order.
package enum Exclusion: String, Hashable, Sendable, CaseIterable {
    case otherOperator = "other_operator"
    case otherProvider = "other_provider"
    case outOfStock = "out_of_stock"
    case overPrice = "over_price"
    case disabled
    /// Only when nobody else sells it.
    case away
    case failing
    case spared
    /// Only when everything else was tried too.
    case tried
}

/// Which offer of some goods it is.
package struct OfferName: Hashable, Sendable {
    package let provider: String
    package let `operator`: String

    package init(provider: String, operator: String) {
        self.provider = provider
        self.operator = `operator`
    }

    package init(_ offer: Offer) { self.init(provider: offer.provider, operator: offer.operator) }

    /// Stands for whatever a provider sells.
    package static func all(of provider: String) -> OfferName { OfferName(provider: provider, operator: everything) }

    package static let everything = "*"
}

/// Why the chosen one was chosen.
package enum RoutingReason: String, Hashable, Sendable, CaseIterable {
    /// It costs least as far as can be told.
    case cheapest
    /// It served last, and nothing is better by enough to change.
    case proven
    /// It may be better than what seems best, and this order is one of the few that find out.
    case exploration
    /// There is no other.
    case only
}

/// A choice with everything that led to it.
package struct RoutingDecision: Hashable, Sendable {
    package struct Candidate: Hashable, Sendable {
        package let offer: Offer
        package let estimate: SuccessEstimate
        /// In micro-units, until a code has come.
        package let cost: Double
        /// The same if it delivers as well as it may.
        package let optimisticCost: Double
        package var excluded: Exclusion?
    }

    /// The chosen one; nil when there is none for this order.
    package let chosen: Candidate?
    package let reason: RoutingReason?
    /// Those that were for the order, by cost, then the others.
    package let candidates: [Candidate]
}

/// The choice among offers. A function of what it is given: the same order, offers and policy give the same decision.
package enum Routing {
    /// What an order wants of an offer.
    package struct Wish: Hashable, Sendable {
        package var orderID: ID
        package var attempt: Int
        /// The most the provider may take.
        package var ceiling: Money
        package var `operator`: String?
        package var provider: String?
        /// Offers of earlier attempts, which are not tried again while there is another.
        package var tried: Set<OfferName> = []
        /// Whether one of these is tried again when there is no other.
        package var repeats = true

        package init(orderID: ID, attempt: Int, ceiling: Money) {
            self.orderID = orderID
            self.attempt = attempt
            self.ceiling = ceiling
        }
    }

    /// `last` is the offer that served the last order of these goods well.
    package static func decide(
        _ wish: Wish, among offers: [RoutedOffer], last: OfferName? = nil, policy: RoutingPolicy, now: Timestamp
    ) -> RoutingDecision {
        var all = offers.map { candidate($0, wish, policy, now) }
        let soft: [Exclusion] = [.spared, .failing, .away] + (wish.repeats ? [.tried] : [])
        for soft in soft where !all.contains(where: { $0.excluded == nil }) {
            for index in all.indices where all[index].excluded == soft { all[index].excluded = nil }
        }
        let fit = all.filter { $0.excluded == nil }.sorted(by: isBetter)
        let others = all.filter { $0.excluded != nil }.sorted(by: isBetter)
        let choice = choose(fit, wish, last, policy)
        return RoutingDecision(chosen: choice?.0, reason: choice?.1, candidates: fit + others)
    }

    private static func candidate(
        _ routed: RoutedOffer, _ wish: Wish, _ policy: RoutingPolicy, _ now: Timestamp
    ) -> RoutingDecision.Candidate {
        let offer = routed.offer
        let window = routed.window?.faded(to: now)
        let family = routed.family?.faded(to: now)
        let estimate = SuccessEstimate(window, family: family, stated: offer.rate)
        let wait = window?.wait(.half) ?? family?.wait(.half) ?? policy.usualWait
        let lost = Money(micro: Int64(Double(offer.cost.micro) * routed.provider.lostShare))
        func cost(_ chance: Double) -> Double {
            ExpectedCost.micro(price: offer.cost, lost: lost, chance: chance, wait: wait, policy)
                / max(routed.provider.weight, 0.01)
        }
        return RoutingDecision.Candidate(
            offer: offer, estimate: estimate, cost: cost(estimate.mean), optimisticCost: cost(estimate.upper),
            excluded: exclusion(of: routed, wish, policy, now))
    }

    private static func exclusion(
        of routed: RoutedOffer, _ wish: Wish, _ policy: RoutingPolicy, _ now: Timestamp
    ) -> Exclusion? {
        let offer = routed.offer
        if let asked = wish.operator, asked != "any", asked != offer.operator { return .otherOperator }
        if let asked = wish.provider, asked != offer.provider { return .otherProvider }
        if !routed.provider.isEnabled { return .disabled }
        if offer.count <= 0 { return .outOfStock }
        if offer.cost > wish.ceiling { return .overPrice }
        if routed.provider.isAway { return .away }
        if let window = routed.window, window.outagesInARow >= policy.outages, now - window.at < policy.rest {
            return .failing
        }
        if wish.tried.contains(OfferName(offer)) || wish.tried.contains(.all(of: offer.provider)) { return .tried }
        return routed.provider.isSpared ? .spared : nil
    }

    private static func isBetter(_ one: RoutingDecision.Candidate, _ other: RoutingDecision.Candidate) -> Bool {
        (one.cost, one.offer.provider, one.offer.operator) < (other.cost, other.offer.provider, other.offer.operator)
    }

    private static func choose(
        _ fit: [RoutingDecision.Candidate], _ wish: Wish, _ last: OfferName?, _ policy: RoutingPolicy
    ) -> (RoutingDecision.Candidate, RoutingReason)? {
        guard let best = fit.first else { return nil }
        guard fit.count > 1 else { return (best, .only) }
        // Drawn from the order's own id, so that the same decision comes out when it is made again.
        let draw = Draw(wish.orderID)
        if wish.attempt == 1, draw.unit < policy.exploration {
            let promising = fit.dropFirst().filter { $0.optimisticCost < best.cost }
            if !promising.isEmpty {
                return (promising[promising.startIndex + draw.index(below: promising.count)], .exploration)
            }
        }
        if let last, let proven = fit.first(where: { OfferName($0.offer) == last }), proven != best,
            proven.cost <= best.cost * (1 + policy.margin)
        {
            return (proven, .proven)
        }
        return (best, .cheapest)
    }
}

/// Chance out of an order's id, whose lower half is random.
private struct Draw {
    private let bits: UInt64

    init(_ id: ID) {
        // The finaliser of MurmurHash3: bits that others use too, such as those of the shard, say nothing about these.
        var bits = id.low
        bits = (bits ^ (bits >> 33)) &* 0xFF51_AFD7_ED55_8CCD
        bits = (bits ^ (bits >> 33)) &* 0xC4CE_B9FE_1A85_EC53
        self.bits = bits ^ (bits >> 33)
    }

    /// From 0 to below 1.
    var unit: Double { Double(bits >> 11) * 0x1p-53 }
    /// Of bits that `unit` hardly feels.
    func index(below count: Int) -> Int { Int(bits & 0xFFFF) % count }
}
