import JSON
import Kit

extension RoutingDecision.Candidate {
    /// As it is kept with an attempt: what was asked, what was believed, and why it was not taken, if it could not be.
    package var json: JSON {
        var members: [JSON.Member] = [
            .init("provider", .string(offer.provider)), .init("operator", .string(offer.operator)),
            .init("price", .string(offer.cost.description)), .init("count", .integer(Int64(offer.count))),
            .init("chance", .number(Self.rounded(estimate.mean))),
            .init("lower", .number(Self.rounded(estimate.lower))),
            .init("upper", .number(Self.rounded(estimate.upper))),
            .init("expected_cost", .string(Money(micro: Int64(cost.rounded())).description)),
        ]
        if let rate = offer.rate { members.append(.init("stated_rate", .number(rate))) }
        if let excluded { members.append(.init("excluded", .string(excluded.rawValue))) }
        return .object(members)
    }

    private static func rounded(_ value: Double) -> Double { (value * 10_000).rounded() / 10_000 }
}
