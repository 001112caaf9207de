import JSON
import Kit

/// What can be bought in one country (Pricing → Gateway). Complete for the services whose names lie after `after`
/// and up to `through`, by Unicode order: what is not named there is no longer sold. A country that is too large for one
/// message comes in several.
package struct OffersChanged: Message, Hashable {
    package static let type = "pricing.offers_changed.v1"
    package static let channel = Channel.events

    package var country = ""
    package var fetchedAt = Timestamp(microseconds: 0)
    package var services: [ServiceOffer] = []
    /// Nil: from the first.
    package var after: String?
    /// Nil: to the last.
    package var through: String?

    package init() {}

    package mutating func map(_ fields: inout some JSONMapper) {
        fields.required("country", &country)
        fields.optional("after", &after)
        fields.optional("through", &through)
        fields.required("fetched_at", &fetchedAt)
        fields.required("services", &services)
    }
}

/// Asks for everything that can be bought (Gateway → Pricing): a gateway that has no offers, because it is new or
/// lost them, need not wait until prices move. Answered by `OffersChanged`, one or more for each country.
package struct OffersRequest: Message, Hashable {
    package static let type = "pricing.offers.request.v1"
    package static let channel = Channel.commands

    package var requestedAt = Timestamp(microseconds: 0)

    package init() {}

    package mutating func map(_ fields: inout some JSONMapper) {
        fields.required("requested_at", &requestedAt)
    }
}

/// One service in one country at its sale price.
package struct ServiceOffer: JSONRecord, Hashable {
    package var service = ""
    package var tier = ""
    /// By SMS; a voice capability adds `voice_premium`.
    package var price = Money.zero
    package var voicePremium = Money.zero
    package var count = 0
    /// Share of orders that got their code, 0…1.
    package var successRate: Double?
    package var operators: [OperatorOffer] = []
    /// The least it may be sold for, whatever is taken off.
    package var floor: Money?
    /// What it costs us, and where. For those who run the platform.
    package var providers: [ProviderShare]?

    package init() {}

    package mutating func map(_ fields: inout some JSONMapper) {
        fields.required("service", &service)
        fields.required("tier", &tier)
        fields.required("price", &price)
        fields.required("voice_premium", &voicePremium)
        fields.required("count", &count)
        fields.optional("success_rate", &successRate)
        fields.required("operators", &operators)
        fields.optional("floor", &floor)
        fields.optional("providers", &providers)
    }
}

/// What one provider has of a service in a country.
package struct ProviderShare: JSONRecord, Hashable {
    package var provider = ""
    /// What its cheapest number costs.
    package var cost = Money.zero
    /// The sale price if there were no other provider.
    package var price = Money.zero
    package var count = 0

    package init() {}

    package mutating func map(_ fields: inout some JSONMapper) {
        fields.required("provider", &provider)
        fields.required("cost", &cost)
        fields.required("price", &price)
        fields.required("count", &count)
    }
}

/// The sale price when one operator is asked for by name.
package struct OperatorOffer: JSONRecord, Hashable {
    package var name = ""
    package var price = Money.zero
    package var count = 0
    /// The least it may be sold for, whatever is taken off.
    package var floor: Money?

    package init() {}

    package mutating func map(_ fields: inout some JSONMapper) {
        fields.required("name", &name)
        fields.required("price", &price)
        fields.required("count", &count)
        fields.optional("floor", &floor)
    }
}

/// How a provider stands (Verification → Gateway).
package struct ProviderStatus: Message, Hashable {
    package static let type = "verification.provider_status.v1"
    package static let channel = Channel.events

    package var provider = ""
    package var balance: Money?
    package var frozen: Money?
    package var rating: Double?
    /// `closed`, `open`, `half_open`.
    package var breaker = ""
    package var error: String?
    /// What operators set: whether orders may go there, whether all that can are to, and how it is liked.
    package var isEnabled: Bool?
    package var isPinned: Bool?
    package var weight: Double?
    /// Of its orders lately: the share that got a code, the share of those that took over a minute, and half of them less
    /// than so many seconds.
    package var successRate: Double?
    package var slowShare: Double?
    package var medianSeconds: Double?
    /// How many orders these figures are of; old ones count less.
    package var trials: Double?
    package var checkedAt = Timestamp(microseconds: 0)

    package init() {}

    package mutating func map(_ fields: inout some JSONMapper) {
        fields.required("provider", &provider)
        fields.optional("balance", &balance)
        fields.optional("frozen", &frozen)
        fields.optional("rating", &rating)
        fields.required("breaker", &breaker)
        fields.optional("error", &error)
        fields.optional("enabled", &isEnabled)
        fields.optional("pinned", &isPinned)
        fields.optional("weight", &weight)
        fields.optional("success_rate", &successRate)
        fields.optional("slow_share", &slowShare)
        fields.optional("median_seconds", &medianSeconds)
        fields.optional("trials", &trials)
        fields.required("checked_at", &checkedAt)
    }
}
