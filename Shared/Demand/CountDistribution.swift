import func Glibc.erf
import func Glibc.exp
import func Glibc.log

/// How many orders may come: Poisson's distribution, widened as far as counts were seen to scatter more than that (the
/// negative binomial one: the variance is `mean + dispersion · mean²`).
package struct CountDistribution: Hashable, Sendable {
    package let mean: Double
    package let dispersion: Double

    package init(mean: Double, dispersion: Double = 0) {
        self.mean = max(0, mean)
        self.dispersion = max(0, dispersion)
    }

    package var variance: Double { mean + dispersion * mean * mean }

    /// The same for a part of the time, or for longer.
    package func scaled(by share: Double) -> CountDistribution {
        CountDistribution(mean: mean * share, dispersion: dispersion)
    }

    /// The logarithm of the chance that nothing comes.
    private var logOfNone: Double { dispersion > 1e-6 ? -log(1 + dispersion * mean) / dispersion : -mean }

    /// Where that chance is too small for a number, counts are so many and scatter so little about their mean that the
    /// normal distribution is as good.
    private var isNormal: Bool { logOfNone < -600 }

    /// The least count that so large a share of the counts do not exceed.
    package func quantile(_ share: Double) -> Int {
        precondition(share > 0 && share < 1, "a quantile lies between the least and the most")
        guard mean > 0 else { return 0 }
        if isNormal { return max(0, Int((mean + Self.normal(share) * variance.squareRoot()).rounded(.up))) }
        var sum = 0.0
        var count = 0
        for probability in probabilities {
            sum += probability
            if sum >= share { return count }
            count += 1
        }
        return count
    }

    /// The chance that at least so many come.
    package func atLeast(_ count: Int) -> Double {
        guard count > 0 else { return 1 }
        guard mean > 0 else { return 0 }
        if isNormal {
            return 0.5 - 0.5 * erf((Double(count) - 0.5 - mean) / (2 * variance).squareRoot())
        }
        var below = 0.0
        for (number, probability) in probabilities.enumerated() {
            if number >= count { break }
            below += probability
        }
        return max(0, 1 - below)
    }

    /// The probabilities of 0, 1, 2 … as far as they matter.
    private var probabilities: some Sequence<Double> {
        let mean = mean
        let dispersion = dispersion
        let first = exp(logOfNone)
        let end = Int(mean + 20 * variance.squareRoot()) + 20
        return sequence(state: (count: 0, probability: first)) { state -> Double? in
            guard state.count <= end else { return nil }
            let current = state.probability
            let count = Double(state.count)
            // From each to the next by the ratio of the two.
            state.probability *= mean * (1 + dispersion * count) / ((1 + dispersion * mean) * (count + 1))
            state.count += 1
            return current
        }
    }

    /// The quantile of the standard normal distribution, by bisection of its distribution function.
    private static func normal(_ share: Double) -> Double {
        var low = -9.0
        var high = 9.0
        for _ in 0..<60 {
            let middle = (low + high) / 2
            if 0.5 + 0.5 * erf(middle / 2.0.squareRoot()) < share { low = middle } else { high = middle }
        }
        return (low + high) / 2
    }
}
