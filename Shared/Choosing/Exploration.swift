import Kit

import func Glibc.cos
import func Glibc.log
import func Glibc.pow

/// Chance out of an order's id, whose lower half is random, so that the same decision comes out when it is made again.
struct Draw {
    /// What a draw is for; two purposes never share a number.
    enum Purpose: UInt64 {
        case exploring = 1
        case returning
    }

    private let low: UInt64

    init(_ id: ID) { low = id.low }

    /// The finaliser of MurmurHash3: bits that others use too, such as those of the shard, say nothing about these.
    private static func mix(_ word: UInt64) -> UInt64 {
        var bits = word
        bits = (bits ^ (bits >> 33)) &* 0xFF51_AFD7_ED55_8CCD
        bits = (bits ^ (bits >> 33)) &* 0xC4CE_B9FE_1A85_EC53
        return bits ^ (bits >> 33)
    }

    /// From 0 to below 1.
    func unit(_ purpose: Purpose) -> Double {
        Double(Self.mix(low &+ purpose.rawValue &* 0x9E37_79B9_7F4A_7C15) >> 11) * 0x1p-53
    }

    /// A chance of a code out of what is known of an offer (Thompson's way): each value as often as it is likely to be
    /// the true one. So what is hardly known is tried now and then, and what is known to be poor is not.
    func chance(of estimate: SuccessEstimate, _ name: OfferName) -> Double {
        // FNV-1a, since the hash of the standard library differs from process to process.
        var seed: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in name.provider.utf8 { seed = (seed ^ UInt64(byte)) &* 0x100_0000_01B3 }
        seed = (seed ^ 0xFF) &* 0x100_0000_01B3
        for byte in name.operator.utf8 { seed = (seed ^ UInt64(byte)) &* 0x100_0000_01B3 }
        var stream = Stream(state: Self.mix(low ^ Self.mix(seed)))
        let codes = stream.gamma(estimate.mean * estimate.count)
        let silences = stream.gamma((1 - estimate.mean) * estimate.count)
        return codes + silences > 0 ? codes / (codes + silences) : estimate.mean
    }

    /// SplitMix64, and what is drawn from it.
    private struct Stream {
        var state: UInt64

        mutating func unit() -> Double {
            state &+= 0x9E37_79B9_7F4A_7C15
            return (Double(Draw.mix(state) >> 11) + 0.5) * 0x1p-53
        }

        mutating func normal() -> Double { (-2 * log(unit())).squareRoot() * cos(2 * Double.pi * unit()) }

        /// Marsaglia and Tsang's way to a gamma variate; below a shape of 1 by their power of a uniform one.
        mutating func gamma(_ shape: Double) -> Double {
            guard shape >= 1 else { return gamma(shape + 1) * pow(unit(), 1 / max(shape, 1e-3)) }
            let d = shape - 1 / 3
            let c = 1 / (9 * d).squareRoot()
            // Nineteen of twenty are taken; what is not after so many is as good as the middle.
            for _ in 0..<64 {
                let x = normal()
                let root = 1 + c * x
                guard root > 0 else { continue }
                let v = root * root * root
                if log(unit()) < 0.5 * x * x + d - d * v + d * log(v) { return d * v }
            }
            return d
        }
    }
}
