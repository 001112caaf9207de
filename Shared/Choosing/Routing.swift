import Kit

/// An offer with everything a choice looks at.
package struct RoutedOffer: Hashable, Sendable {
    package var offer: Offer
    /// What was seen of it; nil when nobody has tried it.
    package var window: HealthWindow?
    /// What was seen of all operators of this provider for the same service and country, noted order by order: a row of
    /// outages here means that the provider is out, whichever operators were asked.
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
    /// Back from an outage: has a part of its orders, which grows, and all of them when there is nobody else.
    case recovering
    case spared
    /// Only when everything else was tried too.
    case tried

    /// Those that are lifted when nothing else is left, one after the other; the last only where offers may be repeated.
    static let soft: [Exclusion] = [.recovering, .spared, .failing, .away, .tried]
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
    /// It leads, and nothing is better by enough to change.
    case proven
    /// It may be better than what seems best, and this order is one of the few that find out.
    case exploration
    /// There is no other.
    case only
}

/// A choice with everything that led to it.
package struct RoutingDecision: Hashable, Sendable {
    /// An offer as it was seen: what does not depend on the policy, and what follows from it under one. Kept with the
    /// decision, so that it can be made again under another.
    package struct Candidate: Hashable, Sendable {
        package let offer: Offer
        package let estimate: SuccessEstimate
        /// How long its codes take; nil when too few came to tell.
        package let wait: Duration?
        /// What the provider keeps of a number without a code.
        package let lost: Money
        /// How well its provider is liked.
        package let weight: Double
        package var excluded: Exclusion?
        /// In micro-units, until a code has come.
        package let cost: Double
        /// The same if it delivers as well as it may.
        package let optimisticCost: Double

        package init(
            _ offer: Offer, estimate: SuccessEstimate, wait: Duration?, lost: Money, weight: Double,
            excluded: Exclusion?, policy: RoutingPolicy
        ) {
            self.offer = offer
            self.estimate = estimate
            self.wait = wait
            self.lost = lost
            self.weight = weight
            self.excluded = excluded
            cost = Self.cost(estimate.mean, offer, wait: wait, lost: lost, weight: weight, policy)
            optimisticCost = Self.cost(estimate.upper, offer, wait: wait, lost: lost, weight: weight, policy)
        }

        private static func cost(
            _ chance: Double, _ offer: Offer, wait: Duration?, lost: Money, weight: Double, _ policy: RoutingPolicy
        ) -> Double {
            ExpectedCost.micro(
                price: offer.cost, lost: lost, chance: chance, wait: wait ?? policy.usualWait, policy)
                / max(weight, 0.01)
        }

        /// The cost if the chance of a code is this.
        func cost(ifChance chance: Double, _ policy: RoutingPolicy) -> Double {
            Self.cost(chance, offer, wait: wait, lost: lost, weight: weight, policy)
        }

        /// The same facts under another policy.
        package func weighed(by policy: RoutingPolicy) -> Candidate {
            Candidate(
                offer, estimate: estimate, wait: wait, lost: lost, weight: weight, excluded: excluded, policy: policy)
        }
    }

    /// The chosen one; nil when there is none for this order.
    package let chosen: Candidate?
    package let reason: RoutingReason?
    /// Those that were for the order, by cost, then the others.
    package let candidates: [Candidate]

    /// Which offer leads now, to be given to the next decision about these goods. An experiment
    /// does not lead; nor does what a later attempt found, of which the caller is not to ask.
    package func leader(after last: OfferName?) -> OfferName? {
        guard let chosen, reason != .exploration else { return last }
        return OfferName(chosen.offer)
    }
}

/// The choice among offers. A function of what it is given: the same order, offers and policy give the same decision.
///
/// What seems best leads: the offer of the least expected cost, unless the one that led so far is hardly dearer. A share
/// of the first attempts is drawn instead, each offer as often as it is likely to be the best (Thompson's way), so that
/// what is unknown gets known and what got better is noticed, while the lead changes seldom.
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

    /// `last` is the offer that leads for these goods: `RoutingDecision.leader` of the decision before.
    package static func decide(
        _ wish: Wish, among offers: [RoutedOffer], last: OfferName? = nil, policy: RoutingPolicy, now: Timestamp
    ) -> RoutingDecision {
        var belief = Belief()
        let seen = offers.map { offer in
            let seen = offer.window?.seen(at: now) ?? (codes: 0, trials: 0)
            belief.learn(offer.offer.provider, codes: seen.codes, trials: seen.trials)
            return seen
        }
        let draw = Draw(wish.orderID)
        let candidates = offers.indices.map { index in
            let routed = offers[index]
            let offer = routed.offer
            return RoutingDecision.Candidate(
                offer,
                estimate: SuccessEstimate(
                    codes: seen[index].codes, trials: seen[index].trials,
                    belief: belief.chance(offer.provider, stated: offer.rate)),
                wait: routed.window?.usualWait(at: now) ?? routed.family?.usualWait(at: now),
                lost: Money(micro: Int64(Double(offer.cost.micro) * routed.provider.lostShare)),
                weight: routed.provider.weight, excluded: exclusion(of: routed, wish, policy, now, draw),
                policy: policy)
        }
        return decide(
            orderID: wish.orderID, attempt: wish.attempt, repeats: wish.repeats, among: candidates, last: last,
            policy: policy)
    }

    /// The choice among offers whose figures are known, as they are when a decision is made again.
    package static func decide(
        orderID: ID, attempt: Int, repeats: Bool = true, among candidates: [RoutingDecision.Candidate],
        last: OfferName?, policy: RoutingPolicy
    ) -> RoutingDecision {
        var all = candidates
        for soft in Exclusion.soft.dropLast(repeats ? 0 : 1) where !all.contains(where: { $0.excluded == nil }) {
            for index in all.indices where all[index].excluded == soft { all[index].excluded = nil }
        }
        let costs = all.map(\.cost)
        let order = all.indices.sorted { one, other in
            if costs[one] != costs[other] { return costs[one] < costs[other] }
            let (left, right) = (all[one].offer, all[other].offer)
            return (left.provider, left.operator) < (right.provider, right.operator)
        }
        let fit = order.filter { all[$0].excluded == nil }
        let sorted = (fit + order.filter { all[$0].excluded != nil }).map { all[$0] }
        let choice = choose(sorted.prefix(fit.count), Draw(orderID), isFirst: attempt == 1, last, policy)
        return RoutingDecision(chosen: choice?.0, reason: choice?.1, candidates: sorted)
    }

    private static func exclusion(
        of routed: RoutedOffer, _ wish: Wish, _ policy: RoutingPolicy, _ now: Timestamp, _ draw: Draw
    ) -> Exclusion? {
        let offer = routed.offer
        if let asked = wish.operator, asked != "any", asked != offer.operator { return .otherOperator }
        if let asked = wish.provider, asked != offer.provider { return .otherProvider }
        if !routed.provider.isEnabled { return .disabled }
        if offer.count <= 0 { return .outOfStock }
        if offer.cost > wish.ceiling { return .overPrice }
        // Before what is lifted sooner: where nothing is to be tried twice, being away as well is no way around that.
        if !wish.tried.isEmpty,
            wish.tried.contains(OfferName(offer)) || wish.tried.contains(.all(of: offer.provider))
        {
            return .tried
        }
        if routed.provider.isAway { return .away }
        for window in [routed.window, routed.family] {
            guard let window else { continue }
            guard window.outagesInARow >= policy.outages, let last = window.lastOutage else { continue }
            if now - last < policy.rest { return .failing }
        }
        if routed.provider.isSpared { return .spared }
        for window in [routed.window, routed.family] {
            guard let out = window?.outageAt else { continue }
            let back = (now - out - policy.rest).inSeconds / max(policy.comeback.inSeconds, 1)
            // All of an order's offers are back or not by one draw, so that a provider comes back as a whole.
            if back < 1, draw.unit(.returning) >= max(back, policy.firstBack) { return .recovering }
        }
        return nil
    }

    private static func choose(
        _ fit: ArraySlice<RoutingDecision.Candidate>, _ draw: Draw, isFirst: Bool, _ last: OfferName?,
        _ policy: RoutingPolicy
    ) -> (RoutingDecision.Candidate, RoutingReason)? {
        guard let best = fit.first else { return nil }
        guard fit.count > 1 else { return (best, .only) }
        var leader = best
        if let last, let proven = fit.first(where: { $0.offer.isCalled(last) }),
            proven.cost <= best.cost * (1 + policy.margin)
        {
            leader = proven
        }
        // Later attempts have waited enough.
        if isFirst, draw.unit(.exploring) < policy.exploration {
            var drawn = leader
            var least = Double.infinity
            for candidate in fit {
                let name = OfferName(candidate.offer)
                let cost = candidate.cost(ifChance: draw.chance(of: candidate.estimate, name), policy)
                if cost < least { (drawn, least) = (candidate, cost) }
            }
            if !drawn.offer.isCalled(OfferName(leader.offer)) { return (drawn, .exploration) }
        }
        return (leader, leader.offer.isCalled(OfferName(best.offer)) ? .cheapest : .proven)
    }
}

extension Offer {
    fileprivate func isCalled(_ name: OfferName) -> Bool { provider == name.provider && `operator` == name.operator }
}
