import Kit

/// How likely a code comes, as far as it can be told: what was seen, together with what was believed before.
///
/// The belief counts like a handful of orders, so that one bad minute moves little, and an offer nobody has tried is
/// neither trusted nor written off. What is known is thus the Beta distribution of those counts; `Exploration` draws from
/// it. The bounds are Wilson's score interval (two-sided, 90 %) upon the same counts: unlike the plain one it stays within
/// 0 and 1, and is honest about few orders.
package struct SuccessEstimate: Hashable, Sendable {
    /// As many orders as the belief counts for.
    package static let weight = 4.0
    /// Of the standard normal distribution: 90 % lie within.
    static let deviations = 1.6449

    package let mean: Double
    package let lower: Double
    package let upper: Double
    /// As many orders as it rests on, the belief included.
    package let count: Double

    /// From a mean and what it rests on, as they were stored.
    package init(mean: Double, count: Double) {
        self.mean = mean
        self.count = count
        let z = Self.deviations
        let middle = (mean + z * z / (2 * count)) / (1 + z * z / count)
        let half = z / (1 + z * z / count) * (mean * (1 - mean) / count + z * z / (4 * count * count)).squareRoot()
        lower = max(0, middle - half)
        upper = min(1, middle + half)
    }

    package init(codes: Double, trials: Double, belief: Double) {
        self.init(mean: (codes + Self.weight * belief) / (trials + Self.weight), count: trials + Self.weight)
    }
}
