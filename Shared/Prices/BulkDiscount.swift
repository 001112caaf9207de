import Kit

/// What an account gets off for what it has bought this month: 10 to 20 per cent. Only completed verifications count,
/// since only these are paid for.
package enum BulkDiscount {
    /// From so many verifications a month, so many per cent.
    package static let steps: [(volume: Int, percent: Int64)] = [(500, 10), (2000, 15), (10_000, 20)]

    /// Per cent off.
    package static func percent(volume: Int) -> Int64 { steps.last { volume >= $0.volume }?.percent ?? 0 }

    /// The next step, and how many verifications are missing to it; nil at the last.
    package static func next(volume: Int) -> (missing: Int, percent: Int64)? {
        steps.first { volume < $0.volume }.map { ($0.volume - volume, $0.percent) }
    }

    /// The price with the discount, but never below the floor. A price that lies there already stays.
    package static func price(_ price: Money, volume: Int, floor: Money) -> Money {
        let reduced = price - PricePolicy.portion(percent(volume: volume), of: price)
        return max(reduced, min(price, floor))
    }
}
