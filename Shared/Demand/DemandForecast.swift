/// What is expected to be ordered of all goods, and to be bought for it at each provider.
///
/// A value, without I/O and without a clock: two who are told the same hours expect the same. Costs what a `DemandModel`
/// does, and a hundred bytes for each provider of goods that are ordered.
package struct DemandForecast: Sendable {
    /// What came of some goods at one provider in an hour.
    package struct Seen: Hashable, Sendable {
        package let goods: Goods
        package let provider: String
        /// Orders whose first purchase was tried there.
        package let orders: Int
        /// Purchases that were tried there, for these orders and for those that came from elsewhere.
        package let purchases: Int

        package init(_ goods: Goods, provider: String, orders: Int, purchases: Int) {
            self.goods = goods
            self.provider = provider
            self.orders = orders
            self.purchases = purchases
        }
    }

    /// Who lately sold what was ordered; fading sums.
    private struct Shares: Sendable {
        var orders = 0.0
        var purchases: [String: Double] = [:]

        /// What is hardly there any more is forgotten.
        mutating func fade(_ keep: Double) {
            orders *= keep
            purchases = purchases.mapValues { $0 * keep }.filter { $0.value > 0.01 }
        }
    }

    /// The share that is left after an hour: what was bought yesterday says a third of what was bought now.
    private static let keep = 0.955

    private var model = DemandModel()
    private var shares: [Goods: Shares] = [:]
    /// The hour (since 1970) told last; nil while there is none.
    package private(set) var lastHour: Int?

    package init() {}

    /// The goods that are ordered.
    package var goods: some Collection<Goods> { model.all }

    /// Takes in an hour that is over: what is not named was not ordered. Hours are told in their order; one that was told
    /// before is not counted again.
    package mutating func note(_ seen: [Seen], hour: Int) {
        guard lastHour.map({ hour > $0 }) ?? true else { return }
        lastHour = hour
        var orders: [Goods: Int] = [:]
        for name in shares.keys { shares[name]?.fade(Self.keep) }
        for one in seen {
            orders[one.goods, default: 0] += one.orders
            shares[one.goods, default: Shares()].orders += Double(one.orders)
            shares[one.goods]?.purchases[one.provider, default: 0] += Double(one.purchases)
        }
        model.note(orders.filter { $0.value > 0 }, hour: hour)
        shares = shares.filter { !$0.value.purchases.isEmpty }
    }

    /// Orders of some goods in an hour to come; nil for what was never ordered, or not for weeks.
    package func orders(of name: Goods, hour: Int) -> CountDistribution? { model.forecast(name, hour: hour) }

    /// Purchases at each provider in an hour to come.
    package func purchases(hour: Int) -> [String: CountDistribution] {
        var sums: [String: (mean: Double, excess: Double)] = [:]
        for name in model.all {
            guard let expected = model.forecast(name, hour: hour), let share = shares[name] else { continue }
            for (provider, purchases) in share.purchases {
                // Where the orders began elsewhere or long ago, there is at least one for each purchase to come from.
                let mean = expected.mean * purchases / max(share.orders, 1)
                sums[provider, default: (0, 0)].mean += mean
                sums[provider]?.excess += expected.dispersion * mean * mean
            }
        }
        return sums.mapValues { sum in
            CountDistribution(mean: sum.mean, dispersion: sum.mean > 0 ? sum.excess / (sum.mean * sum.mean) : 0)
        }
    }
}
