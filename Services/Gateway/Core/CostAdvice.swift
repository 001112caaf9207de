import Contracts
import JSON
import Kit
import Prices

/// How the same verifications could have cost less: out of what an account bought in the last thirty days, and what is
/// sold now. Pure; amounts are of those thirty days and promise nothing about the next.
package enum CostAdvice {
    /// What an account bought of one service in one country.
    package struct Usage: Hashable, Sendable {
        package let service: String
        package let country: String
        /// The operator that was named; nil for none.
        package let `operator`: String?
        package let completed: Int
        package let spent: Money

        package init(service: String, country: String, operator: String?, completed: Int, spent: Money) {
            self.service = service
            self.country = country
            self.operator = `operator`
            self.completed = completed
            self.spent = spent
        }
    }

    /// Less than this is not worth a sentence.
    private static let leastSaving = Money(micro: 100_000)

    /// The same number without naming the operator. `price` is what it costs whoever names none.
    package static func anyOperator(_ usage: Usage, price: Money, operatorPrice: Money) -> RecommendationBody? {
        guard let name = usage.operator, name != "any" else { return nil }
        let saving = (operatorPrice - price) * Int64(usage.completed)
        return body(
            .provider, usage.service, usage.country, saving,
            "Numbers of \(usage.country) for \(usage.service) cost \(price) USD instead of \(operatorPrice) USD when you leave the choice of the operator to us."
        )
    }

    /// Another country, for services that take numbers of any. `cheapest` is where it costs least now.
    package static func region(_ usage: Usage, price: Money, cheapest: (country: String, price: Money))
        -> RecommendationBody?
    {
        guard cheapest.country != usage.country else { return nil }
        let saving = (price - cheapest.price) * Int64(usage.completed)
        return body(
            .region, usage.service, usage.country, saving,
            "If \(usage.service) takes numbers of another country: in \(cheapest.country) one costs \(cheapest.price) USD instead of \(price) USD."
        )
    }

    /// What the next step of the bulk discount would take off. `volume` is of this month, `spent` of thirty days.
    package static func bulk(volume: Int, spent: Money) -> RecommendationBody? {
        // A step that is further away than all that was bought is no advice.
        guard volume > 0, let next = BulkDiscount.next(volume: volume), next.missing <= volume else { return nil }
        let more = next.percent - BulkDiscount.percent(volume: volume)
        return body(
            .bulk, nil, nil, PricePolicy.portion(more, of: spent),
            "\(next.missing) more verifications this month bring \(next.percent) per cent off each further one.")
    }

    /// The hour of the day at which it costs least, if that is at least a twentieth below the mean of all hours.
    package static func hour(_ usage: Usage, means: [Double?]) -> RecommendationBody? {
        let known = means.enumerated().compactMap { index, mean in mean.map { (hour: index, mean: $0) } }
        guard known.count == 24, let best = known.min(by: { $0.mean < $1.mean }) else { return nil }
        let mean = known.reduce(0) { $0 + $1.mean } / 24
        guard best.mean <= mean * 0.95, let less = Money(rounding: (mean - best.mean) / 1_000_000) else { return nil }
        return body(
            .hour, usage.service, usage.country, less * Int64(usage.completed),
            "Between \(best.hour):00 and \(best.hour + 1):00 UTC numbers of \(usage.country) for \(usage.service) cost \(less) USD less than in the mean of the day."
        )
    }

    private static func body(
        _ kind: RecommendationBody.Kind, _ service: String?, _ country: String?, _ saving: Money, _ text: String
    ) -> RecommendationBody? {
        guard saving >= leastSaving else { return nil }
        var body = RecommendationBody()
        body.kind = Open(kind)
        body.service = service
        body.country = country
        body.text = text
        body.monthlySaving = saving
        return body
    }
}
