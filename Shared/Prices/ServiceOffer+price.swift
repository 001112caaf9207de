import Contracts
import Kit

extension ServiceOffer {
    /// The sale price, and the least it may be sold for; nil when that operator or provider is not on offer. `any` stands
    /// for every operator.
    package func price(
        _ capability: Capability, operator name: String?, provider: String? = nil
    ) -> (price: Money, floor: Money)? {
        var price = self.price
        var floor = self.floor ?? self.price
        if let name, name != "any" {
            guard let found = operators.first(where: { $0.name == name }) else { return nil }
            price = found.price
            floor = found.floor ?? found.price
        }
        if let provider {
            guard let found = providers?.first(where: { $0.provider == provider }) else { return nil }
            // Nobody tells what one operator's numbers cost at one provider: not less than either asks for.
            price = max(price, found.price)
            floor = max(floor, PricePolicy.floor(cost: found.cost))
        }
        return capability == .sms ? (price, floor) : (price + voicePremium, floor + voicePremium)
    }
}
