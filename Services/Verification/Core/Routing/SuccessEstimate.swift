import Kit

/// How likely a code comes, as far as it can be told: what was seen, together with what was believed before.
///
/// The belief counts like a handful of orders, so that one bad minute moves little, and a provider nobody has tried is
/// neither trusted nor written off. The bounds are Wilson's score interval (two-sided, 90 %) upon the same counts: unlike
/// the plain one it stays within 0 and 1, and is honest about few orders.
package struct SuccessEstimate: Hashable, Sendable {
    /// As many orders as the belief counts for.
    package static let weight = 8.0
    /// What is believed of an offer of which nothing is said.
    package static let ignorance = 0.5
    /// Of the standard normal distribution: 90 % lie within.
    static let deviations = 1.6449

    package let mean: Double
    package let lower: Double
    package let upper: Double

    /// `stated` is what the provider says of itself, `family` what was seen of its other operators there; either may be
    /// missing.
    package init(_ window: HealthWindow?, family: HealthWindow? = nil, stated: Double? = nil) {
        var belief = min(max(stated ?? Self.ignorance, 0.02), 0.98)
        if let family, family.trials > 0 {
            belief = (family.codes + Self.weight * belief) / (family.trials + Self.weight)
        }
        let codes = (window?.codes ?? 0) + Self.weight * belief
        let count = (window?.trials ?? 0) + Self.weight
        mean = codes / count
        let z = Self.deviations
        let middle = (mean + z * z / (2 * count)) / (1 + z * z / count)
        let half = z / (1 + z * z / count) * (mean * (1 - mean) / count + z * z / (4 * count * count)).squareRoot()
        lower = max(0, middle - half)
        upper = min(1, middle + half)
    }
}
