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

/// How the cheapest numbers of one provider moved (Pricing → Gateway): one country, every service whose price moved, at
/// one moment. What appeared has no old price, what is gone no new one.
package struct PricesChanged: Message, Hashable {
    package static let type = "pricing.price_changed.v1"
    package static let channel = Channel.events

    package var provider = ""
    package var country = ""
    /// Of the list that brought it; with provider and country it names the batch.
    package var version = 0
    package var at = Timestamp(microseconds: 0)
    package var changes: [PriceMove] = []

    package init() {}

    package mutating func map(_ fields: inout some JSONMapper) {
        fields.required("provider", &provider)
        fields.required("country", &country)
        fields.required("version", &version)
        fields.required("at", &at)
        fields.required("changes", &changes)
    }
}

/// One service of `PricesChanged`.
package struct PriceMove: JSONRecord, Hashable {
    package var service = ""
    package var oldCost: Money?
    package var cost: Money?
    /// The sale price if that provider were the only one.
    package var oldPrice: Money?
    package var price: Money?
    /// Of the cost, in per cent of the old one.
    package var changePercent: Double?

    package init() {}

    package mutating func map(_ fields: inout some JSONMapper) {
        fields.required("service", &service)
        fields.optional("old_cost", &oldCost)
        fields.optional("cost", &cost)
        fields.optional("old_price", &oldPrice)
        fields.optional("price", &price)
        fields.optional("change_percent", &changePercent)
    }
}

/// What somebody should look at (Pricing → Gateway).
package struct PriceAlerts: Message, Hashable {
    package static let type = "pricing.alert.v1"
    package static let channel = Channel.events

    package var alerts: [PriceAlert] = []

    package init() {}

    package mutating func map(_ fields: inout some JSONMapper) {
        fields.required("alerts", &alerts)
    }
}

/// One alert. Made once; said again under the same id.
package struct PriceAlert: JSONRecord, Hashable {
    package enum Kind: String, JSONEnum {
        /// The cost of the cheapest number rose by more than the rule allows.
        case rose
        case fell
        /// A price set by hand lies below the floor, so that the floor is charged.
        case belowFloor = "below_floor"
    }

    package var id = ID.zero
    package var kind = Open<Kind>(.rose)
    package var provider = ""
    package var country = ""
    package var service = ""
    package var oldCost: Money?
    package var cost = Money.zero
    package var changePercent: Double?
    package var at = Timestamp(microseconds: 0)

    package init() {}

    package mutating func map(_ fields: inout some JSONMapper) {
        fields.required("id", &id)
        fields.required("kind", &kind)
        fields.required("provider", &provider)
        fields.required("country", &country)
        fields.required("service", &service)
        fields.optional("old_cost", &oldCost)
        fields.required("cost", &cost)
        fields.optional("change_percent", &changePercent)
        fields.required("at", &at)
    }
}

/// What an administrator asks of the prices (Gateway → Pricing). Taken once by its message id; each action leads to the
/// same when it is asked twice.
package struct PricingUpdate: Message, Hashable {
    package static let type = "pricing.update.v1"
    package static let channel = Channel.commands

    package enum Action: String, JSONEnum {
        /// Ask the providers now: all, or one; for all countries, or one.
        case sync
        /// A price by hand for a service, everywhere or in one country; without `price` the tier's again.
        case price
        /// The tier of a service; without `tier` the usual one again.
        case tier
        /// An alert was read.
        case read
    }

    package var action = Open<Action>(.sync)
    package var provider: String?
    package var country: String?
    package var service: String?
    package var price: Money?
    package var tier: String?
    package var alertID: ID?
    /// Who asked.
    package var userID: ID?

    package init() {}

    package mutating func map(_ fields: inout some JSONMapper) {
        fields.required("action", &action)
        fields.optional("provider", &provider, .slug)
        fields.optional("country", &country, .slug)
        fields.optional("service", &service, .slug)
        fields.optional("price", &price)
        fields.optional("tier", &tier, .slug)
        fields.optional("alert_id", &alertID)
        fields.optional("user_id", &userID)
    }
}
