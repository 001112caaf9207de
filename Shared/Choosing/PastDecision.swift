import Kit

/// A decision of the past with everything that led to it and what came of it, as it is stored; what `WhatIf` replays.
package struct PastDecision: Hashable, Sendable {
    /// How the order ended.
    package struct Outcome: Hashable, Sendable {
        package var hasCode: Bool
        /// What the provider took in the end.
        package var paid: Money
        package var waited: Duration

        package init(hasCode: Bool, paid: Money, waited: Duration) {
            self.hasCode = hasCode
            self.paid = paid
            self.waited = waited
        }
    }

    package let orderID: ID
    package let attempt: Int
    /// What was ordered, such as `telegram/england`: each has a leader of its own.
    package let goods: String
    /// As they were seen then, with what excluded them.
    package let candidates: [RoutingDecision.Candidate]
    /// The offer that led before.
    package let last: OfferName?
    package let chosen: OfferName
    /// Nil when it was not sold, or is not known yet: such a decision says nothing about cost.
    package var outcome: Outcome?

    package init(
        orderID: ID, attempt: Int, goods: String, candidates: [RoutingDecision.Candidate], last: OfferName?,
        chosen: OfferName,
        outcome: Outcome? = nil
    ) {
        self.orderID = orderID
        self.attempt = attempt
        self.goods = goods
        self.candidates = candidates
        self.last = last
        self.chosen = chosen
        self.outcome = outcome
    }

    /// Of a decision just made that chose something. At most so many candidates are kept: the best ones and the chosen
    /// one, since hardly any policy chooses what is far behind.
    package init(
        orderID: ID, attempt: Int, goods: String, _ decision: RoutingDecision, last: OfferName?, limit: Int
    ) {
        var kept = Array(decision.candidates.prefix(limit))
        if let chosen = decision.chosen, !kept.contains(chosen) { kept.append(chosen) }
        self.init(
            orderID: orderID, attempt: attempt, goods: goods, candidates: kept, last: last,
            chosen: decision.chosen.map { OfferName($0.offer) } ?? OfferName(provider: "", operator: ""))
    }
}
