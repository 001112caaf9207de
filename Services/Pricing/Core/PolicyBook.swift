import Contracts
import Kit
import Prices

/// What was set by hand, for services everywhere and in single countries.
package struct PolicyBook: Hashable, Sendable {
    /// One row of the table.
    package struct Rule: Hashable, Sendable {
        package let service: String
        /// Nil: everywhere.
        package let country: String?
        package let tier: PriceTier?
        package let price: Money?

        package init(service: String, country: String?, tier: PriceTier?, price: Money?) {
            self.service = service
            self.country = country
            self.tier = tier
            self.price = price
        }
    }

    private struct Place: Hashable {
        let service: String
        let country: String?
    }

    private let rules: [Place: Rule]

    package init(_ rules: [Rule]) {
        self.rules = Dictionary(
            rules.map { (Place(service: $0.service, country: $0.country), $0) }, uniquingKeysWith: { _, last in last })
    }

    /// How a service is priced in a country: what was said of that country goes before what was said of all.
    package func policy(_ service: String, in country: String) -> PricePolicy {
        let everywhere = rules[Place(service: service, country: nil)]
        let here = rules[Place(service: service, country: country)]
        return PricePolicy(
            tier: here?.tier ?? everywhere?.tier ?? .usual(of: service), fixed: here?.price ?? everywhere?.price)
    }
}
