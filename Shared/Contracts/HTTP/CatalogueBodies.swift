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
