import JSON
import Kit

/// What one provider takes for numbers of one country, operator by operator (Pricing → Verification).
///
/// Either whole: then complete for the services whose names lie after `after` and up to `through`, by Unicode order, and
/// what is not named there is no longer sold. Or, with `base`, the change since the version of that number: what is not
/// named there stayed as it was. Whoever does not have that version asks for the whole with `ProviderPricesRequest`.
package struct ProviderPrices: Message, Hashable {
    package static let type = "pricing.provider_prices.v1"
    package static let channel = Channel.events

    package var provider = ""
    package var country = ""
    /// Grows by one with every change of that provider's list for that country.
    package var version = 0
    /// Nil: this is whole.
    package var base: Int?
    package var fetchedAt = Timestamp(microseconds: 0)
    package var offers: [ProviderPrice] = []
    /// Of a change: what is no longer sold.
    package var gone: [ProviderGoods]?
    /// Nil: from the first.
    package var after: String?
    /// Nil: to the last.
    package var through: String?

    package init() {}

    package mutating func map(_ fields: inout some JSONMapper) {
        fields.required("provider", &provider)
        fields.required("country", &country)
        fields.required("version", &version)
        fields.optional("base", &base)
        fields.required("fetched_at", &fetchedAt)
        fields.required("offers", &offers)
        fields.optional("gone", &gone)
        fields.optional("after", &after)
        fields.optional("through", &through)
    }
}

/// What one operator's numbers for one service cost at a provider.
package struct ProviderPrice: JSONRecord, Hashable {
    package var service = ""
    package var `operator` = ""
    package var cost = Money.zero
    /// Of a number that takes calls; nil where none of these does.
    package var voiceCost: Money?
    package var count = 0
    /// Share of orders that got their code, 0…1, as the provider states it.
    package var rate: Double?

    package init() {}

    package mutating func map(_ fields: inout some JSONMapper) {
        fields.required("service", &service)
        fields.required("operator", &`operator`)
        fields.required("cost", &cost)
        fields.optional("voice_cost", &voiceCost)
        fields.required("count", &count)
        fields.optional("rate", &rate)
    }
}

/// One operator's numbers for one service, by name.
package struct ProviderGoods: JSONRecord, Hashable {
    package var service = ""
    package var `operator` = ""

    package init() {}

    package mutating func map(_ fields: inout some JSONMapper) {
        fields.required("service", &service)
        fields.required("operator", &`operator`)
    }
}

/// Asks for what providers take, whole (Verification → Pricing). Answered by `ProviderPrices`.
package struct ProviderPricesRequest: Message, Hashable {
    package static let type = "pricing.provider_prices.request.v1"
    package static let channel = Channel.commands

    /// Nil: of all.
    package var provider: String?
    package var country: String?

    package init() {}

    package mutating func map(_ fields: inout some JSONMapper) {
        fields.optional("provider", &provider)
        fields.optional("country", &country)
    }
}
