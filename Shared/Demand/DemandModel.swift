/// The demand of all goods: a series for each, and one for each country, whose people share clocks and weekends; from it
/// the goods that are ordered seldom have their season.
///
/// Costs a few hundred bytes for goods that are ordered, nothing for those that are not: what was not ordered for weeks is
/// forgotten. Whoever holds it tells each hour once, when it is over, and may leave out hours of which nothing is known.
package struct DemandModel: Sendable {
    private var countries: [String: DemandSeries] = [:]
    private var goods: [Goods: DemandSeries] = [:]

    /// Below so many orders an hour a series is forgotten, but not before it is two weeks old.
    private static let negligible = 0.001
    private static let youth = 336

    package init() {}

    package var count: Int { goods.count }
    package var all: some Collection<Goods> { goods.keys }

    /// Takes in an hour (since 1970) that is over: what is not named was not ordered.
    package mutating func note(_ orders: [Goods: Int], hour: Int) {
        for name in orders.keys where goods[name] == nil { goods[name] = DemandSeries() }
        var sums: [String: Int] = [:]
        for (name, count) in orders { sums[name.country, default: 0] += count }
        for name in Array(goods.keys) {
            let base = base(name.country, hour)
            goods[name]?.note(orders[name] ?? 0, hour: hour, base: base)
            guard let series = goods[name], series.hours > Self.youth, series.usual < Self.negligible else { continue }
            goods[name] = nil
        }
        for country in sums.keys where countries[country] == nil { countries[country] = DemandSeries(isWhole: true) }
        for country in Array(countries.keys) {
            countries[country]?.note(sums[country] ?? 0, hour: hour)
            guard let series = countries[country], series.hours > Self.youth, series.usual < Self.negligible else {
                continue
            }
            countries[country] = nil
        }
    }

    private func base(_ country: String, _ hour: Int) -> Double { countries[country]?.factor(hour) ?? 1 }

    /// What an hour (since 1970) to come may bring; nil for goods that were never ordered, or not for weeks.
    package func forecast(_ name: Goods, hour: Int) -> CountDistribution? {
        goods[name]?.forecast(hour, base: base(name.country, hour))
    }
}
