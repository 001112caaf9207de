/// How a provider's calls for some while are divided among goods by what is expected of each.
///
/// A part is kept back for what nobody foresaw. While there is enough, each has what it needs in the mean, and what is over
/// goes where more may be needed. When there is not, all wait alike: each has the same share of its need, but never less
/// than its part of a tenth that is divided evenly, so that what is ordered seldom does not wait for ever.
///
/// Guarantees: the shares and what is kept back add up to the budget; none is more than its goods may need.
package struct BudgetPlan: Hashable, Sendable {
    /// What goods are expected to need.
    package struct Need: Hashable, Sendable {
        package let goods: DemandGoods
        package let mean: Double
        package let high: Double

        package init(_ goods: DemandGoods, mean: Double, high: Double) {
            self.goods = goods
            self.mean = max(0, mean)
            self.high = max(self.mean, high)
        }

        /// From the orders expected in the hour, of which the budget covers `share`.
        package init(_ goods: DemandGoods, orders: CountDistribution, callsPerOrder: Double, share: Double = 1) {
            let part = orders.scaled(by: share)
            self.init(goods, mean: part.mean * callsPerOrder, high: Double(part.quantile(0.9)) * callsPerOrder)
        }
    }

    package let shares: [DemandGoods: Double]
    /// Calls for what was not foreseen.
    package let reserve: Double

    package static let keptBack = 0.1
    private static let even = 0.1

    /// Goods that are named twice have one share, for both needs.
    package init(calls budget: Double, needs: [Need]) {
        precondition(budget >= 0, "a budget is not a debt")
        var needs = needs
        needs.sort { ($0.goods.country, $0.goods.service) < ($1.goods.country, $1.goods.service) }
        let spendable = budget * (1 - Self.keptBack)
        let wanted = needs.reduce(0) { $0 + $1.mean }
        var shares: [DemandGoods: Double] = [:]
        var spent = 0.0
        func give(_ need: Need, _ calls: Double) {
            shares[need.goods, default: 0] += calls
            spent += calls
        }
        if wanted <= spendable {
            let over = needs.reduce(0) { $0 + $1.high - $1.mean }
            let part = over > 0 ? min(1, (spendable - wanted) / over) : 0
            for need in needs { give(need, need.mean + part * (need.high - need.mean)) }
        } else {
            let floor = spendable * Self.even / Double(needs.count)
            let first = needs.map { min($0.mean, floor) }
            let given = first.reduce(0, +)
            let part = (spendable - given) / (wanted - given)
            for (need, floor) in zip(needs, first) { give(need, floor + part * (need.mean - floor)) }
        }
        self.shares = shares
        reserve = max(0, budget - spent)
    }
}
