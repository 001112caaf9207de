import Demand

/// How much of a provider's budget is kept for what cannot wait: purchases, and what ends them. Polls leave it alone.
///
/// A fifth of the bucket always; more when more purchases are expected: as many tokens as the calls of one filling of the
/// bucket may need in ninety-nine fillings of a hundred.
package enum UrgentReserve {
    /// What a purchase costs in calls that cannot wait: it is made, and it is ended.
    package static let callsPerPurchase = 2.0

    /// In tokens of a bucket that holds `burst` and is filled at `rate` a second. `purchases` are those expected in an hour.
    package static func tokens(expecting purchases: CountDistribution?, rate: Double, burst: Double) -> Double {
        let least = burst / 5
        // Beyond that polls would hardly find a moment, and a code that is not asked for comes late too.
        let most = max(least, min(burst * 0.6, burst - 1))
        guard let purchases, purchases.mean > 0, rate > 0 else { return least }
        let share = burst / rate / 3600 * callsPerPurchase
        return min(max(least, Double(purchases.scaled(by: share).quantile(0.99))), most)
    }
}
