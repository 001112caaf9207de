import func Glibc.cos
import func Glibc.exp
import func Glibc.log

/// The chance of the simulation, without state: every draw is a hash of the seed and of what is drawn for, so that the
/// same order of the same seed meets the same fate however requests interleave.
package struct Dice: Hashable, Sendable {
    private let seed: UInt64

    package init(seed: UInt64) { self.seed = seed }

    /// The finaliser of SplitMix64: every bit of the input moves every bit of the output.
    @inline(__always)
    private static func mix(_ value: UInt64) -> UInt64 {
        var z = value &+ 0x9E37_79B9_7F4A_7C15
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// What a draw is for. Two purposes never share a number.
    package enum Purpose: UInt64, Sendable {
        case presence = 1, price, priceDrift, stock, stockDrift, rate, recentRate, operators
        case delay, delivery, second, code, wording, fraction, rental, fault, latency, phone
    }

    package func draw(_ purpose: Purpose, _ first: UInt64, _ second: UInt64 = 0) -> UInt64 {
        Self.mix(Self.mix(seed ^ purpose.rawValue &* 0xD6E8_FEB8_6659_FD93 ^ Self.mix(first)) ^ second)
    }

    /// Evenly from 0 to below 1.
    package func unit(_ purpose: Purpose, _ first: UInt64, _ second: UInt64 = 0) -> Double {
        Double(draw(purpose, first, second) >> 11) * 0x1p-53
    }

    /// Evenly from 0 to below `count`.
    package func below(_ count: Int, _ purpose: Purpose, _ first: UInt64, _ second: UInt64 = 0) -> Int {
        Int(truncatingIfNeeded: draw(purpose, first, second).multipliedFullWidth(by: UInt64(max(1, count))).high)
    }

    /// Log-normal with that median: most near it, a long tail, never negative. The way messages really arrive.
    package func logNormal(
        median: Duration, spread: Double, _ purpose: Purpose, _ first: UInt64, _ second: UInt64 = 0
    ) -> Duration {
        let word = draw(purpose, first, second)
        // Box-Muller from the two halves of one draw; 0 is kept out of the logarithm.
        let radius = (-2 * log((Double(word >> 32) + 1) * 0x1p-32)).squareRoot()
        let normal = radius * cos(2 * Double.pi * Double(word & 0xFFFF_FFFF) * 0x1p-32)
        let microseconds = Double(median.components.seconds) * 1e6 + Double(median.components.attoseconds) * 1e-12
        return .microseconds(Int64((microseconds * exp(spread * normal)).rounded()))
    }
}
