import Contracts
import Database
import Kit
import Prices

/// What something costs one account: the price that everybody is shown, less the account's bulk discount.
struct Pricer: Sendable {
    struct Price: Hashable, Sendable {
        var price: Money
        /// In per cent; what it took off, the floor may have given back in part.
        var discount: Int
    }

    let offers: OfferCache
    /// Nil where no discounts are given.
    let volumes: VolumeGlance?

    /// Nil when it is not on offer.
    func price(
        _ service: String, in country: String, _ capability: Capability, operator: String?, provider: String? = nil,
        for account: ID
    ) async throws -> Price? {
        let offer = try await offers.offers(in: country)[service]
        guard let listed = offer?.price(capability, operator: `operator`, provider: provider) else { return nil }
        guard let volumes else { return Price(price: listed.price, discount: 0) }
        let volume = try await volumes.volume(account)
        return Price(
            price: BulkDiscount.price(listed.price, volume: volume, floor: listed.floor),
            discount: Int(BulkDiscount.percent(volume: volume)))
    }

    /// The same, or the refusal that it is not on offer.
    func listed(
        _ service: String, in country: Country, _ capability: Capability, operator: String?, provider: String? = nil,
        for account: ID
    ) async throws -> Price {
        guard
            let price = try await price(
                service, in: country.slug, capability, operator: `operator`, provider: provider, for: account)
        else {
            throw Problem(
                .noOffer,
                "No provider sells \(service) in \(country.slug) on these terms. GET /services/available?country=\(country.slug) lists what is sold."
            )
        }
        return price
    }
}
