import Kit

/// What a number cost by the hour of the day (UTC), out of the moves of its price: each price counts for as long as it
/// held.
package enum HourlyPrice {
    /// From then on a provider asks that price; nil: it sells none.
    package struct Move: Hashable, Sendable {
        package let provider: String
        package let at: Timestamp
        package let price: Money?

        package init(provider: String, at: Timestamp, price: Money?) {
            self.provider = provider
            self.at = at
            self.price = price
        }
    }

    private static let hour: Int64 = 3_600_000_000

    /// The mean price of the cheapest provider in each hour of the day; nil for hours of which less than `least` hours
    /// are known in all. What stood before `from` is among the moves with its own time.
    package static func means(
        _ moves: [Move], from: Timestamp, to: Timestamp, least: Double = 3
    ) -> [Double?] {
        var prices: [String: Money] = [:]
        var sums = [Double](repeating: 0, count: 24)
        var hours = [Double](repeating: 0, count: 24)
        func add(_ begin: Timestamp, _ end: Timestamp) {
            guard let price = prices.values.min() else { return }
            var at = max(begin, from).microseconds
            let end = min(end, to).microseconds
            while at < end {
                let next = min(end, (at / hour + 1) * hour)
                let part = Double(next - at) / Double(hour)
                let place = Int(at / hour % 24)
                sums[place] += Double(price.micro) * part
                hours[place] += part
                at = next
            }
        }
        var last = from
        for move in moves.sorted(by: { $0.at < $1.at }) {
            add(last, move.at)
            last = max(last, move.at)
            prices[move.provider] = move.price
        }
        add(last, to)
        return zip(sums, hours).map { $1 >= least ? $0 / $1 : nil }
    }
}
