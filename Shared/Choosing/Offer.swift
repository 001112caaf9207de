import Contracts
import Kit

/// Something a provider sells: one operator's numbers of one country for one service.
package struct Offer: Hashable, Sendable {
    package let provider: String
    package let `operator`: String
    /// What the provider takes.
    package let cost: Money
    /// What it takes for a number that takes calls; nil where none of these does.
    package let voiceCost: Money?
    package let count: Int
    /// Share of orders that got their SMS, 0…1, as the provider states it; nil when it states none.
    package let rate: Double?

    package init(
        provider: String, operator: String, cost: Money, voiceCost: Money? = nil, count: Int, rate: Double?
    ) {
        self.provider = provider
        self.operator = `operator`
        self.cost = cost
        self.voiceCost = voiceCost
        self.count = count
        self.rate = rate
    }

    /// As it is sold with that capability; nil where it is not.
    package func having(_ capability: Capability) -> Offer? {
        guard capability != .sms else { return self }
        return voiceCost.map {
            Offer(provider: provider, operator: self.operator, cost: $0, voiceCost: $0, count: count, rate: rate)
        }
    }
}
