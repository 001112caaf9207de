import Contracts
import Kit
import Testing

@testable import VerificationCore

@Suite("Offers and prices")
struct OfferTests {
    @Test(
        "the sale price is the tier's, with the voice premium, and never below twice the cost",
        arguments: [
            ("telegram", Capability.sms, 100_000, 750_000), ("telegram", .sms, 375_000, 750_000),
            ("telegram", .sms, 375_001, 750_002), ("ebay", .sms, 100_000, 1_000_000),
            ("paypal", .sms, 100_000, 1_500_000), ("telegram", .voice, 100_000, 1_050_000),
            ("telegram", .smsAndVoice, 0, 1_050_000), ("paypal", .voice, 2_000_000, 4_000_000),
        ] as [(String, Capability, Int64, Int64)])
    func price(_ service: String, _ capability: Capability, _ cost: Int64, _ price: Int64) {
        #expect(
            PriceBook.price(service: service, capability: capability, cost: Money(micro: cost)) == Money(micro: price))
    }

    @Test("whatever an offer costs, the price asked for it covers it")
    func coverage() {
        for cost in stride(from: Int64(0), through: 3_000_000, by: 777) {
            for service in ["telegram", "ebay", "paypal"] {
                let price = PriceBook.price(service: service, capability: .sms, cost: Money(micro: cost))
                #expect(PriceBook.ceiling(forPrice: price) >= Money(micro: cost))
            }
        }
    }

    @Test("the summary shows the price of the cheapest in stock, and counts what that price buys")
    func summary() {
        let offers = [
            Offer(provider: "a", operator: "z", cost: Money(micro: 10_000), count: 0, rate: 1),
            Offer(provider: "a", operator: "y", cost: Money(micro: 500_000), count: 30, rate: 0.9),
            Offer(provider: "a", operator: "x", cost: Money(micro: 400_000), count: 10, rate: 0.5),
            Offer(provider: "b", operator: "x", cost: Money(micro: 390_000), count: 10, rate: nil),
        ]
        let shown = OfferSummary.summary(service: "telegram", offers: offers)
        #expect(shown.price == Money(micro: 780_000) && shown.tier == "high_demand" && shown.count == 10)
        #expect(shown.successRate == nil && shown.operators.map(\.name) == ["x", "x", "y", "z"])
        let both = OfferSummary.summary(service: "paypal", offers: offers)
        #expect(both.price == Money(micro: 1_500_000) && both.count == 50)
        #expect(both.voicePremium == Money(micro: 300_000))
        #expect(abs((both.successRate ?? 0) - (0.9 * 30 + 0.5 * 10) / 40) < 1e-12)
        let soldOut = OfferSummary.summary(service: "telegram", offers: [offers[0]])
        #expect(soldOut.count == 0 && soldOut.price == Money(micro: 750_000))
    }
}
