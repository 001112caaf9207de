import JSON
import Kit

extension RoutingDecision.Candidate {
    /// As it is kept with an attempt: what was asked, what was believed, and why it was not taken, if it could not be.
    package var json: JSON {
        var members: [JSON.Member] = [
            .init("provider", .string(offer.provider)), .init("operator", .string(offer.operator)),
            .init("price", .string(offer.cost.description)), .init("count", .integer(Int64(offer.count))),
            .init("chance", .number(Self.rounded(estimate.mean))),
            .init("rests_on", .number(Self.rounded(estimate.count))),
            .init("expected_cost", .string(Money(micro: Int64(cost.rounded())).description)),
        ]
        if let wait { members.append(.init("wait_seconds", .number(Self.rounded(wait.inSeconds)))) }
        if lost > .zero { members.append(.init("lost", .string(lost.description))) }
        if weight != 1 { members.append(.init("weight", .number(weight))) }
        if let rate = offer.rate { members.append(.init("stated_rate", .number(rate))) }
        if let excluded { members.append(.init("excluded", .string(excluded.rawValue))) }
        return .object(members)
    }

    /// As it was kept, weighed by a policy; nil for what is no candidate.
    package init?(_ json: JSON, policy: RoutingPolicy) {
        guard let provider = json["provider"]?.stringValue, let name = json["operator"]?.stringValue,
            let price = json["price"]?.stringValue.flatMap({ Money($0) }),
            let count = json["count"]?.integerValue, let chance = json["chance"]?.doubleValue,
            let rests = json["rests_on"]?.doubleValue, rests > 0
        else { return nil }
        self.init(
            Offer(
                provider: provider, operator: name, cost: price, count: Int(count),
                rate: json["stated_rate"]?.doubleValue),
            estimate: SuccessEstimate(mean: min(max(chance, 0), 1), count: rests),
            wait: json["wait_seconds"]?.doubleValue.map { .milliseconds(Int64($0 * 1000)) },
            lost: json["lost"]?.stringValue.flatMap { Money($0) } ?? .zero,
            weight: json["weight"]?.doubleValue ?? 1,
            excluded: json["excluded"]?.stringValue.flatMap { Exclusion(rawValue: $0) }, policy: policy)
    }

    private static func rounded(_ value: Double) -> Double { (value * 10_000).rounded() / 10_000 }
}
