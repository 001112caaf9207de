import JSON
import Kit

/// `POST /quotes`
package struct CreateQuote: JSONRecord, Hashable {
    package var service = ""
    package var country = ""
    package var capability: Capability?
    package var `operator`: String?

    package init() {}

    package mutating func map(_ fields: inout some JSONMapper) {
        fields.required("service", &service, .slug, .note("Slug of the service, for example telegram."))
        fields.required(
            "country", &country, .length(2...64), .note("Slug or ISO 3166 code of the country: england or GB."))
        fields.optional("capability", &capability)
        fields.optional("operator", &`operator`, .slug)
    }
}

/// A price that holds until `expires_at`, for one order.
package struct QuoteBody: JSONRecord, Hashable {
    package var quoteID = ID.zero
    package var service = ""
    package var country = ""
    package var capability = Open<Capability>(.sms)
    package var `operator`: String?
    package var price = Money.zero
    /// The bulk discount in it, in per cent.
    package var discountPercent = 0
    package var expiresAt = Timestamp(microseconds: 0)
    package var createdAt = Timestamp(microseconds: 0)

    package init() {}

    package mutating func map(_ fields: inout some JSONMapper) {
        fields.required("quote_id", &quoteID)
        fields.required("service", &service)
        fields.required("country", &country)
        fields.required("capability", &capability)
        fields.nullable("operator", &`operator`)
        fields.required("price", &price)
        fields.required("discount_percent", &discountPercent)
        fields.required("expires_at", &expiresAt)
        fields.required("created_at", &createdAt)
    }
}

/// One line of `GET /api/pricing/current`: a service in a country.
package struct CurrentPriceBody: JSONRecord, Hashable {
    package var service = ""
    package var country = ""
    package var tier = ""
    package var price = Money.zero
    package var voicePremium = Money.zero
    package var availableCount = 0
    package var successRate: Double?
    /// When it was told.
    package var updatedAt = Timestamp(microseconds: 0)
    /// Who sells it. What it costs is shown to those who run the platform.
    package var providers: [CurrentProviderBody] = []

    package init() {}

    package mutating func map(_ fields: inout some JSONMapper) {
        fields.required("service", &service)
        fields.required("country", &country)
        fields.required("tier", &tier)
        fields.required("price", &price)
        fields.required("voice_premium", &voicePremium)
        fields.required("available_count", &availableCount)
        fields.nullable("success_rate", &successRate)
        fields.required("updated_at", &updatedAt)
        fields.required("providers", &providers)
    }
}

/// One provider of `GET /api/pricing/current`.
package struct CurrentProviderBody: JSONRecord, Hashable {
    package var provider = ""
    package var availableCount = 0
    package var cost: Money?

    package init() {}

    package mutating func map(_ fields: inout some JSONMapper) {
        fields.required("provider", &provider)
        fields.required("available_count", &availableCount)
        fields.optional("cost", &cost)
    }
}

/// One line of `GET /api/pricing/history`: what one provider's cheapest number would be sold for, before and after.
package struct PriceHistoryBody: JSONRecord, Hashable {
    package var provider = ""
    package var country = ""
    package var service = ""
    package var oldPrice: Money?
    package var price: Money?
    package var changePercent: Double?
    /// Shown to those who run the platform.
    package var oldCost: Money?
    package var cost: Money?
    package var costChangePercent: Double?
    package var at = Timestamp(microseconds: 0)

    package init() {}

    package mutating func map(_ fields: inout some JSONMapper) {
        fields.required("provider", &provider)
        fields.required("country", &country)
        fields.required("service", &service)
        fields.nullable("old_price", &oldPrice)
        fields.nullable("price", &price)
        fields.nullable("change_percent", &changePercent)
        fields.optional("old_cost", &oldCost)
        fields.optional("cost", &cost)
        fields.optional("cost_change_percent", &costChangePercent)
        fields.required("at", &at)
    }
}

/// `POST /api/pricing/update`
package struct UpdatePricing: JSONRecord, Hashable {
    package enum Action: String, JSONEnum {
        case sync
        case price
        case tier
    }

    package var action = Action.sync
    package var provider: String?
    package var country: String?
    package var service: String?
    package var price: Money?
    package var tier: String?

    package init() {}

    package mutating func map(_ fields: inout some JSONMapper) {
        fields.required(
            "action", &action,
            .note(
                "sync: ask the providers now. price: a price by hand for a service; without price the tier's again. tier: the tier of a service; without tier the usual one again."
            ))
        fields.optional("provider", &provider, .slug, .note("Of sync: only this one."))
        fields.optional("country", &country, .length(2...64), .note("Of sync and price: only there."))
        fields.optional("service", &service, .slug)
        fields.optional("price", &price)
        fields.optional("tier", &tier, .oneOf(["high_demand", "standard", "premium"]))
    }
}

/// The answer to `POST /api/pricing/update`: it is taken on, and happens within seconds.
package struct PricingUpdateBody: JSONRecord, Hashable {
    package var id = ID.zero
    package var action = ""
    package var status = ""

    package init() {}

    package mutating func map(_ fields: inout some JSONMapper) {
        fields.required("id", &id)
        fields.required("action", &action)
        fields.required("status", &status, .oneOf(["accepted"]))
    }
}

/// One alert of `GET /api/pricing/alerts`.
package struct PriceAlertBody: JSONRecord, Hashable {
    package var id = ID.zero
    package var kind = Open<PriceAlert.Kind>(.rose)
    package var provider = ""
    package var country = ""
    package var service = ""
    package var oldCost: Money?
    package var cost = Money.zero
    package var changePercent: Double?
    package var isRead = false
    package var at = Timestamp(microseconds: 0)

    package init() {}

    package mutating func map(_ fields: inout some JSONMapper) {
        fields.required("id", &id)
        fields.required("kind", &kind)
        fields.required("provider", &provider)
        fields.required("country", &country)
        fields.required("service", &service)
        fields.nullable("old_cost", &oldCost)
        fields.required("cost", &cost)
        fields.nullable("change_percent", &changePercent)
        fields.required("is_read", &isRead)
        fields.required("at", &at)
    }
}
