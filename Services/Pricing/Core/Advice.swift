import Contracts
import Kit

/// A provider that sells a service cheaper than the one an installation buys from by default.
package struct Advice: Hashable, Sendable {
    package let service: String
    package let from: String
    package let to: String
    package let cost: Money
    package let lower: Money

    /// How much less a number costs.
    package var saving: Money { cost - lower }

    /// For the services of one country, the largest savings first. Only what is in stock counts, and only what is
    /// cheaper by at least `percent` of the default provider's cost.
    package static func cheaper(
        than provider: String, _ offers: [ServiceOffer], percent: Int64 = 20, limit: Int = 20
    ) -> [Advice] {
        let found: [Advice] = offers.compactMap { offer in
            let shares = (offer.providers ?? []).filter { $0.count > 0 }
            guard let own = shares.first(where: { $0.provider == provider }),
                let best = shares.min(by: { ($0.cost, $0.provider) < ($1.cost, $1.provider) }),
                best.provider != provider, (own.cost - best.cost).micro * 100 >= own.cost.micro * percent
            else { return nil }
            return Advice(
                service: offer.service, from: provider, to: best.provider, cost: own.cost, lower: best.cost)
        }
        return Array(found.sorted { ($1.saving, $0.service) < ($0.saving, $1.service) }.prefix(limit))
    }
}
