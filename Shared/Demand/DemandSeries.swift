import func Glibc.exp
import func Glibc.log
import func Glibc.pow

/// The orders of some goods, hour by hour, in a few numbers: how many there are but for the season, as four memories of
/// different length see it, how well each of them foretold, how much counts scatter, and what is special about this
/// series' own days once it has orders enough to tell.
///
/// Hours are told in their order, as whole hours since 1970; those of which nothing is known are left out, and only make
/// the rest older. A value, without I/O.
package struct DemandSeries: Hashable, Sendable {
    /// Orders per hour but for the season, fading by half with each half-life.
    private struct Level: Hashable, Sendable {
        let halfLife: Double
        // A tenth of an order in an hour that nobody saw: what a series starts with.
        var seen = 0.1
        var exposure = 1.0
        /// How badly it foretold lately: the sum of the logarithms of Poisson's likelihood, less what they share.
        var loss = 0.0

        init(halfLife: Double) { self.halfLife = halfLife }

        var rate: Double { exposure > 0 ? seen / exposure : 0 }

        mutating func note(_ count: Double, factor: Double, after hours: Double) {
            let expected = max(rate * factor, 0.001)
            loss = 0.98 * loss + expected - count * log(expected)
            let share = pow(0.5, hours / halfLife)
            seen = seen * share + count
            exposure = exposure * share + factor
        }
    }

    /// So many orders make a series' own days worth keeping.
    private static let tellable = 200.0
    /// So long the level settles before days are compared with it.
    private static let settling = 24

    private var levels = [0.5, 3, 24, 168].map { Level(halfLife: $0) }
    /// The shape of its own, upon that of its country.
    private var own: SeasonalShape?
    private let hasWholeWeek: Bool
    /// Fading sums that tell how much more counts scatter than Poisson's would.
    private var excess = 0.0
    private var squares = 0.0
    /// The same about the usual level: what is left of it beside a season are bursts.
    private var unrest = 0.0
    private var calm = 0.0
    private var orders = 0.0
    /// The hour told last; nil while there is none.
    package private(set) var last: Int?
    package private(set) var hours = 0

    /// One whose every hour of the week is kept from the start stands for many others: for a country.
    package init(isWhole: Bool = false) {
        hasWholeWeek = isWhole
        if isWhole { own = SeasonalShape(byHourOfWeek: true) }
    }

    /// Orders per hour but for the season, as the longest memory has it.
    package var usual: Double { levels[3].rate }

    /// By how much more than in the mean is ordered then, by this series alone.
    package func factor(_ hour: Int) -> Double { own?.factor(hour) ?? 1 }

    /// Takes in an hour that is over. `base` is by how much more is ordered in it in the whole country.
    package mutating func note(_ count: Int, hour: Int, base: Double = 1) {
        precondition(last.map { hour > $0 } ?? true, "hours are told in their order")
        let elapsed = Double(last.map { hour - $0 } ?? 1)
        let factor = max(base * factor(hour), 0.01)
        let expected = forecast(hour, base: base).mean
        let usually = usual * factor
        unrest = unrest * 0.998 + (Double(count) - usually) * (Double(count) - usually) - usually
        calm = calm * 0.998 + usually * usually
        let fading = pow(0.5, elapsed / 168)
        excess = excess * fading + (Double(count) - expected) * (Double(count) - expected) - expected
        squares = squares * fading + expected * expected
        for index in levels.indices { levels[index].note(Double(count), factor: factor, after: elapsed) }
        orders += Double(count)
        hours += 1
        last = hour
        guard hours > Self.settling else { return }
        if own == nil, orders >= Self.tellable { own = SeasonalShape(byHourOfWeek: false) }
        let withoutShape = usual * base
        // Where there are bursts, which last for hours besides, a count says little about a season.
        let weight = 1 / (1 + 2 * max(0, unrest / (calm + 2)) * usually)
        own?.note(count, expected: withoutShape, weight: weight, hour: hour)
    }

    /// What an hour to come may bring.
    ///
    /// The memories have a say by how well they foretold lately. The farther the hour, the less the shorter ones have: what
    /// happened in the last hours tells little of tomorrow.
    package func forecast(_ hour: Int, base: Double = 1) -> CountDistribution {
        let ahead = max(0, (last.map { hour - $0 } ?? 1) - 1)
        let least = levels.map(\.loss).min() ?? 0
        let says = levels.map { exp(-min(($0.loss - least) / 2, 500)) }
        func mean(_ indices: Range<Int>) -> Double {
            let sum = indices.reduce(0) { $0 + says[$1] }
            // Where neither of the longer ones has a say, the day speaks.
            guard sum > 1e-12 else { return levels[2].rate }
            return indices.reduce(0) { $0 + says[$1] * levels[$1].rate } / sum
        }
        let steady = mean(2..<4)
        let rate = steady + (mean(0..<4) - steady) * pow(0.8, Double(ahead))
        return CountDistribution(mean: rate * max(base * factor(hour), 0.01), dispersion: dispersion)
    }

    private var dispersion: Double { max(0, excess / (squares + 2)) }
}
