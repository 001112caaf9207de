import Demand
import Testing

@testable import VerificationCore

@Suite("What is kept of a budget for purchases")
struct UrgentReserveTests {
    private static func tokens(_ perHour: Double?, rate: Double = 100, burst: Double = 5) -> Double {
        UrgentReserve.tokens(
            expecting: perHour.map { CountDistribution(mean: $0) }, rate: rate, burst: burst)
    }

    @Test("a fifth where little is expected, more where much is, and never so much that polls find no moment")
    func grows() {
        #expect(Self.tokens(nil) == 1 && Self.tokens(0) == 1 && Self.tokens(1000) == 1)
        // Ten purchases a second, and what ends them: one call in the time that fills the bucket.
        #expect(Self.tokens(36_000) == 3)
        var last = 0.0
        for perHour in stride(from: 0.0, through: 1_000_000, by: 5000) {
            let tokens = Self.tokens(perHour)
            #expect(tokens >= last && tokens <= 3)
            last = tokens
        }
        #expect(Self.tokens(1_000_000, rate: 5000, burst: 250) == 50)
        #expect(Self.tokens(3_600_000, rate: 5000, burst: 250) == 124)
        #expect(Self.tokens(9_000_000, rate: 5000, burst: 250) == 150)
        // A poll must fit beside it.
        #expect(Self.tokens(1_000_000, rate: 2, burst: 2) == 1)
    }

    @Test("polls that fill the budget keep a purchase waiting less often with what is expected than without")
    func helps() {
        /// How many of the purchases that come by chance find no token, with polls that take all they may.
        func late(_ reserve: Double, perSecond: Double, rate: Double, burst: Double) -> Double {
            var state: UInt64 = 7
            func chance() -> Double {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return Double(state >> 11) * 0x1p-53
            }
            var (tokens, late, all) = (burst, 0.0, 0.0)
            for _ in 0..<200_000 {
                tokens = min(burst, tokens + rate / 1000)
                if chance() < perSecond / 1000 {
                    // They come in bursts of what a customer orders at a time.
                    for _ in 0..<3 {
                        all += 1
                        if tokens >= 1 { tokens -= 1 } else { late += 1 }
                    }
                }
                while tokens >= 1 + reserve { tokens -= 1 }
            }
            return late / all
        }
        let kept = Self.tokens(20 * 3600, rate: 90, burst: 4.5)
        let without = late(0.9, perSecond: 10, rate: 90, burst: 4.5)
        let with = late(kept, perSecond: 10, rate: 90, burst: 4.5)
        #expect(with < without / 2, "\(with) instead of \(without)")
    }
}
