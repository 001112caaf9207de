import Contracts
import Kit
import Prices
import Testing

@Suite("What customers are shown of a service")
struct PriceSummaryTests {
    private func offer(
        _ provider: String, _ name: String, _ cost: Int64, _ count: Int, rate: Double? = nil, voice: Int64? = nil
    ) -> PricedOffer {
        var line = ProviderPrice()
        line.service = "telegram"
        line.operator = name
        line.cost = Money(micro: cost)
        line.count = count
        line.rate = rate
        line.voiceCost = voice.map { Money(micro: $0) }
        return PricedOffer(provider: provider, line: line)
    }

    private var offers: [PricedOffer] {
        [
            offer("a", "z", 10_000, 0, rate: 1), offer("a", "y", 600_000, 30, rate: 0.9),
            offer("a", "x", 400_000, 10, rate: 0.5), offer("b", "x", 390_000, 10),
        ]
    }

    @Test("the price is that of the cheapest in stock, and what it does not cover is not counted")
    func summary() {
        let shown = PriceSummary.summary(service: "telegram", policy: PricePolicy(service: "telegram"), offers: offers)
        #expect(shown.price == Money(micro: 1_170_000) && shown.tier == "high_demand")
        #expect(shown.floor == Money(micro: 780_000) && shown.count == 20)
        #expect(shown.successRate == 0.5)
        #expect(shown.voicePremium == Money(micro: 300_000))
    }

    @Test("an operator that two providers sell is shown once, at the lower price")
    func operators() {
        let shown = PriceSummary.summary(service: "telegram", policy: PricePolicy(service: "telegram"), offers: offers)
        #expect(shown.operators.map(\.name) == ["x", "y", "z"])
        #expect(shown.operators.map(\.count) == [20, 30, 0])
        #expect(shown.operators.map(\.price) == [1_170_000, 1_800_000, 750_000].map { Money(micro: $0) })
    }

    @Test("each provider has its share, with the price that it alone would make")
    func providers() throws {
        let shown = PriceSummary.summary(service: "telegram", policy: PricePolicy(service: "telegram"), offers: offers)
        let shares = try #require(shown.providers)
        #expect(shares.map(\.provider) == ["a", "b"])
        #expect(shares.map(\.cost) == [400_000, 390_000].map { Money(micro: $0) })
        #expect(shares.map(\.price) == [1_200_000, 1_170_000].map { Money(micro: $0) })
        #expect(shares.map(\.count) == [40, 10])
    }

    @Test("where numbers that take calls cost more, the premium covers it")
    func voice() {
        let policy = PricePolicy(service: "telegram")
        let shown = PriceSummary.summary(
            service: "telegram", policy: policy, offers: [offer("a", "x", 100_000, 1, voice: 600_000)])
        #expect(shown.price == Money(micro: 750_000) && shown.voicePremium == Money(micro: 1_050_000))
        #expect(PricePolicy.ceiling(forPrice: shown.price + shown.voicePremium) >= Money(micro: 600_000))
    }

    @Test("what is sold out shows what it last cost, and none to be had")
    func soldOut() {
        let shown = PriceSummary.summary(
            service: "telegram", policy: PricePolicy(service: "telegram"), offers: [offer("a", "x", 500_000, 0)])
        #expect(shown.price == Money(micro: 1_500_000) && shown.count == 0 && shown.successRate == nil)
        #expect(PriceSummary.cheapest([]) == nil)
    }
}
