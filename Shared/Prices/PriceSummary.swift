import Contracts
import Kit

/// One operator's numbers for a service, and who sells them.
package struct PricedOffer: Hashable, Sendable {
    package let provider: String
    package let line: ProviderPrice

    package init(provider: String, line: ProviderPrice) {
        self.provider = provider
        self.line = line
    }
}

/// What customers are shown of the offers for one service in one country.
package enum PriceSummary {
    package static func summary(service: String, policy: PricePolicy, offers: [PricedOffer]) -> ServiceOffer {
        var summary = ServiceOffer()
        let sold = offers.filter { $0.line.count > 0 }
        let shown = sold.isEmpty ? offers : sold
        let cheapest = shown.map(\.line.cost).min() ?? .zero
        summary.service = service
        summary.tier = policy.tier.rawValue
        summary.price = policy.price(.sms, cost: cheapest)
        // Where no list tells what a number costs that takes calls, it is taken to cost what any other does.
        let cheapestVoice = shown.compactMap(\.line.voiceCost).min() ?? cheapest
        summary.voicePremium = max(
            policy.price(.voice, cost: cheapestVoice) - summary.price, PricePolicy.voicePremium)
        summary.floor = PricePolicy.floor(cost: cheapest)
        // Only offers that the price covers can be bought at it.
        let ceiling = PricePolicy.ceiling(forPrice: summary.price)
        let covered = sold.filter { $0.line.cost <= ceiling }
        summary.count = covered.map(\.line.count).reduce(0, +)
        summary.successRate = rate(covered.map(\.line))
        summary.operators = operators(offers, policy)
        summary.providers = providers(offers, policy)
        return summary
    }

    /// An operator whose numbers several providers sell is shown once, at the price of the cheapest that has some.
    private static func operators(_ offers: [PricedOffer], _ policy: PricePolicy) -> [OperatorOffer] {
        Dictionary(grouping: offers, by: \.line.operator).sorted { $0.key < $1.key }.map { name, offers in
            let sold = offers.filter { $0.line.count > 0 }
            var shown = OperatorOffer()
            shown.name = name
            let cost = (sold.isEmpty ? offers : sold).map(\.line.cost).min() ?? .zero
            shown.price = policy.price(.sms, cost: cost)
            shown.floor = PricePolicy.floor(cost: cost)
            shown.count = offers.map(\.line.count).reduce(0, +)
            return shown
        }
    }

    private static func providers(_ offers: [PricedOffer], _ policy: PricePolicy) -> [ProviderShare] {
        Dictionary(grouping: offers, by: \.provider).sorted { $0.key < $1.key }.map { name, offers in
            var share = ProviderShare()
            share.provider = name
            share.cost = cheapest(offers.map(\.line)) ?? .zero
            share.price = policy.price(.sms, cost: share.cost)
            share.count = offers.map(\.line.count).reduce(0, +)
            return share
        }
    }

    /// What the cheapest of one provider's offers for a service costs: of those that are there, else of all; nil when
    /// there is none.
    package static func cheapest(_ lines: [ProviderPrice]) -> Money? {
        lines.filter { $0.count > 0 }.map(\.cost).min() ?? lines.map(\.cost).min()
    }

    /// The mean of the stated rates, weighed by stock.
    private static func rate(_ lines: [ProviderPrice]) -> Double? {
        let stated = lines.compactMap { line in line.rate.map { (rate: $0, count: Double(line.count)) } }
        let weight = stated.map(\.count).reduce(0, +)
        guard weight > 0 else { return nil }
        return stated.map { $0.rate * $0.count }.reduce(0, +) / weight
    }
}
