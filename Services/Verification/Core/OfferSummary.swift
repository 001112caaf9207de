import Contracts
import Kit

/// What customers are shown of the offers for one service in one country.
package enum OfferSummary {
    package static func summary(service: String, offers: [Offer]) -> ServiceOffer {
        var summary = ServiceOffer()
        let sold = offers.filter { $0.count > 0 }
        let cheapest = (sold.isEmpty ? offers : sold).map(\.cost).min() ?? .zero
        summary.service = service
        summary.tier = PriceBook.tier(of: service).rawValue
        summary.price = PriceBook.price(service: service, capability: .sms, cost: cheapest)
        summary.voicePremium =
            PriceBook.price(service: service, capability: .voice, cost: cheapest) - summary.price
        // Only offers that the price covers can be bought at it.
        let ceiling = PriceBook.ceiling(forPrice: summary.price)
        let covered = sold.filter { $0.cost <= ceiling }
        summary.count = covered.map(\.count).reduce(0, +)
        summary.successRate = rate(covered)
        summary.operators = offers.sorted { $0.operator < $1.operator }.map { offer in
            var shown = OperatorOffer()
            shown.name = offer.operator
            shown.price = PriceBook.price(service: service, capability: .sms, cost: offer.cost)
            shown.count = offer.count
            return shown
        }
        return summary
    }

    /// The mean of the stated rates, weighed by stock.
    private static func rate(_ offers: [Offer]) -> Double? {
        let stated = offers.compactMap { offer in offer.rate.map { (rate: $0, count: Double(offer.count)) } }
        let weight = stated.map(\.count).reduce(0, +)
        guard weight > 0 else { return nil }
        return stated.map { $0.rate * $0.count }.reduce(0, +) / weight
    }
}
