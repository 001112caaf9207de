import JSON
import Kit

/// `GET /api/cost/analysis`: what verifications have cost.
package struct CostAnalysisBody: JSONRecord, Hashable {
    package var from = Timestamp(microseconds: 0)
    package var to = Timestamp(microseconds: 0)
    /// Verifications that were ordered.
    package var orders = 0
    package var completed = 0
    package var spent = Money.zero
    /// For one that was completed; null when none was.
    package var meanPrice: Money?
    package var successRate: Double?
    package var byService: [CostShareBody] = []
    package var byCountry: [CostShareBody] = []
    package var byProvider: [CostShareBody] = []
    /// Of the day in UTC, 0 to 23.
    package var byHour: [CostShareBody] = []

    package init() {}

    package mutating func map(_ fields: inout some JSONMapper) {
        fields.required("from", &from)
        fields.required("to", &to)
        fields.required("orders", &orders)
        fields.required("completed", &completed)
        fields.required("spent", &spent)
        fields.nullable("mean_price", &meanPrice)
        fields.nullable("success_rate", &successRate)
        fields.required("by_service", &byService)
        fields.required("by_country", &byCountry)
        fields.required("by_provider", &byProvider)
        fields.required("by_hour", &byHour)
    }
}

/// One part of what verifications have cost.
package struct CostShareBody: JSONRecord, Hashable {
    package var name = ""
    package var orders = 0
    package var completed = 0
    package var spent = Money.zero
    package var meanPrice: Money?
    package var successRate: Double?

    package init() {}

    package mutating func map(_ fields: inout some JSONMapper) {
        fields.required("name", &name)
        fields.required("orders", &orders)
        fields.required("completed", &completed)
        fields.required("spent", &spent)
        fields.nullable("mean_price", &meanPrice)
        fields.nullable("success_rate", &successRate)
    }
}

/// One of `GET /api/cost/recommendations`.
package struct RecommendationBody: JSONRecord, Hashable {
    package enum Kind: String, JSONEnum {
        /// The same number from whoever sells it cheapest, instead of from the one that was named.
        case provider
        case bulk
        case hour
        case region
    }

    package var kind = Open<Kind>(.bulk)
    package var service: String?
    package var country: String?
    /// What to do, as a sentence.
    package var text = ""
    /// What a month like the last thirty days would have cost less.
    package var monthlySaving = Money.zero

    package init() {}

    package mutating func map(_ fields: inout some JSONMapper) {
        fields.required("kind", &kind)
        fields.nullable("service", &service)
        fields.nullable("country", &country)
        fields.required("text", &text)
        fields.required("monthly_saving", &monthlySaving)
    }
}

/// `GET /api/cost/savings`: what was paid, against what the same verifications would have cost at the default provider.
package struct SavingsBody: JSONRecord, Hashable {
    package var from = Timestamp(microseconds: 0)
    package var to = Timestamp(microseconds: 0)
    package var defaultProvider = ""
    /// Says what is compared.
    package var basis = ""
    /// Completed verifications of which it is known what the default provider sold them for at the time.
    package var compared = 0
    /// Those of which it is not; they are in none of the sums.
    package var notCompared = 0
    package var paid = Money.zero
    package var wouldHaveCost = Money.zero
    /// Below zero where the default provider would have been cheaper.
    package var saved = Money.zero

    package init() {}

    package mutating func map(_ fields: inout some JSONMapper) {
        fields.required("from", &from)
        fields.required("to", &to)
        fields.required("default_provider", &defaultProvider)
        fields.required("basis", &basis)
        fields.required("compared", &compared)
        fields.required("not_compared", &notCompared)
        fields.required("paid", &paid)
        fields.required("would_have_cost", &wouldHaveCost)
        fields.required("saved", &saved)
    }
}
