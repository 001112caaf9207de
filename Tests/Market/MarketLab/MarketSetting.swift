import Choosing
import Kit

/// What a market is made of. Two runs of the same setting meet the same prices, rates and faults, whoever chooses.
package struct MarketSetting: Hashable, Sendable {
    /// How good and how dear an operator is have to do with each other, or not.
    package enum Kind: String, Hashable, Sendable, CaseIterable {
        /// The cheapest numbers are bought most and are known to the services already: the cheaper, the poorer.
        case burnt
        /// Any operator may be good.
        case even
    }

    /// Something that happens to a provider, or to all, for a while.
    package struct Fault: Hashable, Sendable {
        package enum Kind: Hashable, Sendable {
            /// It answers that it cannot now.
            case refusing
            /// It sells, and no code comes.
            case silent
            /// Codes take so many times as long.
            case slow(Double)
        }

        package var kind: Kind
        /// Nil for all.
        package var provider: Int?
        package var from: Duration
        package var until: Duration

        package init(_ kind: Kind, provider: Int?, from: Duration, until: Duration) {
            self.kind = kind
            self.provider = provider
            self.from = from
            self.until = until
        }
    }

    package var seed: UInt64
    package var kind = Kind.burnt
    package var orders = 20_000
    package var span = Duration.seconds(48 * 3600)
    package var operators = 30
    /// What each provider keeps, as a share of the price, of a number that brought no code. The first is the default one.
    package var lostShares = [0, 0, 0.25]
    package var drifts = true
    package var faults: [Fault] = []

    package init(seed: UInt64) { self.seed = seed }

    package var providers: Int { lostShares.count }
}

/// A stream of chance: SplitMix64.
struct Chance {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed &* 0xD6E8_FEB8_6659_FD93 &+ 0x1234_5678_9ABC_DEF1 }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// Between 0 and 1, never either.
    mutating func unit() -> Double { (Double(next() >> 11) + 0.5) * 0x1p-53 }
}
