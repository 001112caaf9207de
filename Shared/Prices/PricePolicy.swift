import Contracts
import Kit

/// How one service is priced: its tier, and a price set by hand where there is one. Pure; whoever sells a number asks
/// it, so that all of them say the same.
///
/// Guarantees: a price is never below `floor(cost)`, whatever was set by hand or taken off.
package struct PricePolicy: Hashable, Sendable {
    package var tier: PriceTier
    /// Set by hand, instead of what the tier would give. For an SMS; a voice capability comes on top of it.
    package var fixed: Money?

    package init(tier: PriceTier, fixed: Money? = nil) {
        self.tier = tier
        self.fixed = fixed
    }

    /// The policy of a service about which nothing was said by hand.
    package init(service: String) { self.init(tier: .usual(of: service)) }

    /// What a voice capability adds at least.
    package static let voicePremium = Money(micro: 300_000)
    /// Nothing is sold below so many times what the provider takes: of the half that is ours, refunds and purchases
    /// that brought nothing are paid.
    package static let floorFactor: Int64 = 2

    /// The least that a number of this cost may be sold for.
    package static func floor(cost: Money) -> Money { cost * floorFactor }

    /// The most a provider may take for an order sold at a price.
    package static func ceiling(forPrice price: Money) -> Money { Money(micro: price.micro / floorFactor) }

    /// The sale price, given what the cheapest suitable offer costs.
    package func price(_ capability: Capability, cost: Money) -> Money {
        let premium = capability == .sms ? Money.zero : Self.voicePremium
        if let fixed { return max(fixed + premium, Self.floor(cost: cost)) }
        return max(tier.price + premium, cost + Self.portion(tier.markup, of: cost))
    }

    /// Whether the price set by hand is held up by the cost.
    package func isBelowFloor(cost: Money) -> Bool { fixed.map { $0 < Self.floor(cost: cost) } ?? false }

    /// So many per cent of an amount, rounded down to a micro-unit.
    package static func portion(_ percent: Int64, of amount: Money) -> Money {
        // In two parts, since the product of a large amount would not fit.
        let (whole, rest) = amount.micro.quotientAndRemainder(dividingBy: 100)
        return Money(micro: whole * percent + rest * percent / 100)
    }
}
