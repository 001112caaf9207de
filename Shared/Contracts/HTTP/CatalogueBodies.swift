import JSON
import Kit

/// One country of `GET /countries`.
package struct CountryBody: JSONRecord, Hashable {
    package var country = ""
    package var iso = ""
    package var name = ""
    package var prefix = ""
    package var flag = ""

    package init() {}

    package mutating func map(_ fields: inout some JSONMapper) {
        fields.required("country", &country)
        fields.required("iso", &iso)
        fields.required("name", &name)
        fields.required("prefix", &prefix)
        fields.required("flag", &flag)
    }
}

/// One service of `GET /services`.
package struct ServiceBody: JSONRecord, Hashable {
    package var service = ""
    package var name = ""
    package var tier = ""
    package var countries = 0
    package var fromPrice = Money.zero

    package init() {}

    package mutating func map(_ fields: inout some JSONMapper) {
        fields.required("service", &service)
        fields.required("name", &name)
        fields.required("tier", &tier)
        fields.required("countries", &countries)
        fields.required("from_price", &fromPrice)
    }
}

/// One service of `GET /services/available`.
package struct AvailableServiceBody: JSONRecord, Hashable {
    package var service = ""
    package var name = ""
    package var price = Money.zero
    package var availableCount = 0
    package var capability = Open<Capability>(.sms)
    package var successRate: Double?
    package var tier = ""

    package init() {}

    package mutating func map(_ fields: inout some JSONMapper) {
        fields.required("service", &service)
        fields.required("name", &name)
        fields.required("price", &price)
        fields.required("available_count", &availableCount)
        fields.required("capability", &capability)
        fields.nullable("success_rate", &successRate)
        fields.required("tier", &tier)
    }
}

/// `GET /services/available`
package struct AvailableServicesBody: JSONRecord, Hashable {
    package var country = ""
    package var services: [AvailableServiceBody] = []

    package init() {}

    package mutating func map(_ fields: inout some JSONMapper) {
        fields.required("country", &country)
        fields.required("services", &services)
    }
}

/// `GET /api/{provider}/balance`
package struct ProviderBalanceBody: JSONRecord, Hashable {
    package var provider = ""
    package var balance: Money?
    package var frozen: Money?
    package var rating: Double?
    package var breaker = ""
    package var error: String?
    package var checkedAt = Timestamp(microseconds: 0)

    package init() {}

    package mutating func map(_ fields: inout some JSONMapper) {
        fields.required("provider", &provider)
        fields.nullable("balance", &balance)
        fields.nullable("frozen", &frozen)
        fields.nullable("rating", &rating)
        fields.required("breaker", &breaker)
        fields.nullable("error", &error)
        fields.required("checked_at", &checkedAt)
    }
}

/// A provider as administrators see it: GET /api/providers.
package struct ProviderBody: JSONRecord, Hashable {
    package var provider = ""
    package var isEnabled = true
    package var isPinned = false
    package var weight = 1.0
    /// `closed`, `half_open`, `open`.
    package var breaker = ""
    package var balance: Money?
    package var frozen: Money?
    package var rating: Double?
    package var successRate: Double?
    package var slowShare: Double?
    package var medianSeconds: Double?
    package var trials: Double?
    package var error: String?
    package var checkedAt = Timestamp(microseconds: 0)

    package init() {}

    package mutating func map(_ fields: inout some JSONMapper) {
        fields.required("provider", &provider)
        fields.required("enabled", &isEnabled)
        fields.required("pinned", &isPinned)
        fields.required("weight", &weight)
        fields.required("breaker", &breaker)
        fields.nullable("balance", &balance)
        fields.nullable("frozen", &frozen)
        fields.nullable("rating", &rating)
        fields.nullable("success_rate", &successRate)
        fields.nullable("slow_share", &slowShare)
        fields.nullable("median_seconds", &medianSeconds)
        fields.nullable("trials", &trials)
        fields.nullable("error", &error)
        fields.required("checked_at", &checkedAt)
    }
}

/// PUT /api/providers/{name}: what is absent stays as it is.
package struct ChangeProvider: JSONRecord, Hashable {
    package var isEnabled: Bool?
    package var isPinned: Bool?
    package var weight: Double?

    package init() {}

    package mutating func map(_ fields: inout some JSONMapper) {
        fields.optional("enabled", &isEnabled)
        fields.optional("pinned", &isPinned)
        fields.optional("weight", &weight)
    }
}

/// A provider that was left, or a breaker that moved: GET /api/providers/failovers.
package struct FailoverBody: JSONRecord, Hashable {
    package var id = ID.zero
    package var at = Timestamp(microseconds: 0)
    /// `breaker` or `order`.
    package var kind = ""
    package var provider = ""
    package var before: String?
    package var after = ""
    package var cause: String?
    package var verificationID: ID?

    package init() {}

    package mutating func map(_ fields: inout some JSONMapper) {
        fields.required("id", &id)
        fields.required("at", &at)
        fields.required("kind", &kind)
        fields.required("provider", &provider)
        fields.nullable("before", &before)
        fields.required("after", &after)
        fields.nullable("cause", &cause)
        fields.nullable("verification_id", &verificationID)
    }
}
