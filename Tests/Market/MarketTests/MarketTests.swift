import Kit
import MarketLab
import Testing
import VerificationCore

@Suite("The chooser in markets with hidden rates", .serialized)
struct MarketTests {
    @Test("a code costs a fifth less than at the cheapest price", arguments: [UInt64(1)])
    func smoke(seed: UInt64) {
        let comparison = Comparison(MarketSetting(seed: seed))
        #expect(comparison.difference(to: comparison.cheapest) < -0.2)
    }
}
