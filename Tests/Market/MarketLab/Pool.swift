import Choosing
import Glibc
import Kit
import SandboxCore

/// An operator of the market with what nobody is told: how many of its numbers get their code, and when.
struct Pool {
    let provider: Int
    let name: String
    let key: OfferKey
    /// From 0 for the cheapest of its provider to 1 for the dearest.
    let dearness: Double
    /// The rate as the logarithm of its odds, and where that returns to.
    private var odds: Double
    private var home: Double
    private(set) var median: Duration
    /// What the provider says: nothing, what was true of other times, what sounds good, or about the truth.
    let stated: Double?

    init(
        provider: Int, name: String, key: OfferKey, dearness: Double, kind: MarketSetting.Kind, _ chance: inout Chance
    ) {
        self.provider = provider
        self.name = name
        self.key = key
        self.dearness = dearness
        home = Self.odds(dearness, kind, &chance)
        odds = home
        let quick = chance.unit()
        let seconds = (4 + 16 * quick * quick) * (chance.unit() < 0.1 ? 5 : 1)
        median = .milliseconds(Int64(seconds * 1000))
        let other = Self.share(Self.odds(dearness, kind, &chance))
        let near = Self.share(home) + 0.15 * normal(&chance)
        let word = chance.unit()
        switch word {
        case ..<0.3: stated = nil
        case ..<0.55: stated = other
        case ..<0.75: stated = 1 - word / 10
        // Rates below a fifth are not published.
        default: stated = near < 0.2 ? nil : min(near, 0.99)
        }
    }

    private static func share(_ odds: Double) -> Double { 1 / (1 + exp(-odds)) }

    private static func odds(_ dearness: Double, _ kind: MarketSetting.Kind, _ chance: inout Chance) -> Double {
        let middle: Double =
            switch kind {
            case .burnt: -2.4 + 4.6 * dearness
            case .even: 0.7
            }
        let isDead = chance.unit() < 0.12
        return min(max(middle + normal(&chance) - (isDead ? 2.5 : 0), -4), 4)
    }

    /// The share of its numbers that get a code at all.
    var rate: Double { Self.share(odds) }

    /// Half an hour passes: the rate wanders a little around where it is at home, and once in two days the pool is
    /// filled with other numbers, which may be anything.
    mutating func drift(_ kind: MarketSetting.Kind, _ chance: inout Chance) {
        odds += 0.09 * normal(&chance) - 0.03 * (odds - home)
        let fresh = Self.odds(dearness, kind, &chance)
        if chance.unit() < 0.5 / 48 {
            home = fresh
            odds = fresh
        }
    }

    /// The chance of a code in time, and how long such a code takes in the mean, with delays log-normal of that spread.
    func prospects(within limit: Duration, spread: Double, slowness: Double) -> (chance: Double, wait: Double) {
        let median = self.median.inSeconds * slowness
        let bound = log(limit.inSeconds / median) / spread
        let within = 0.5 * erfc(-bound / 2.0.squareRoot())
        guard within > 0 else { return (0, limit.inSeconds) }
        // The mean of what stays below the limit.
        let mean = median * exp(spread * spread / 2) * 0.5 * erfc(-(bound - spread) / 2.0.squareRoot()) / within
        return (rate * within, mean)
    }
}

private func normal(_ chance: inout Chance) -> Double {
    (-2 * log(chance.unit())).squareRoot() * cos(2 * Double.pi * chance.unit())
}
