import Contracts
import Kit

/// What customers pay until the pricing service exists: a tier per service, a premium for voice, and never less than
/// twice what the provider takes.
package enum PriceBook {
    package enum Tier: String, Sendable, CaseIterable {
        case highDemand = "high_demand"
        case standard
        case premium

        package var price: Money {
            switch self {
            case .highDemand: Money(micro: 750_000)
            case .standard: Money(micro: 1_000_000)
            case .premium: Money(micro: 1_500_000)
            }
        }
    }

    package static let voicePremium = Money(micro: 300_000)
    package static let floorFactor: Int64 = 2

    /// Services bought in such numbers that a small margin carries them.
    private static let highDemand: Set<String> = [
        "telegram", "whatsapp", "google", "facebook", "instagram", "twitter", "discord", "tiktok", "viber", "line",
        "wechat", "snapchat", "vkontakte", "uber", "amazon",
    ]

    /// Services whose codes guard money: numbers for them are dear and refused often.
    private static let premium: Set<String> = [
        "paypal", "coinbase", "binance", "cryptocom", "revolut", "wise", "cashapp", "venmo", "zelle", "skrill",
        "neteller", "kraken", "bybit", "okx", "kucoin", "stripe", "openai", "claudeai",
    ]

    package static func tier(of service: String) -> Tier {
        if highDemand.contains(service) { return .highDemand }
        return premium.contains(service) ? .premium : .standard
    }

    /// The sale price, given what the cheapest suitable offer costs.
    package static func price(service: String, capability: Capability, cost: Money) -> Money {
        let tier = tier(of: service).price
        let withVoice = capability == .sms ? tier : tier + voicePremium
        return max(withVoice, cost * floorFactor)
    }

    /// The most a provider may take for an order sold at a price.
    package static func ceiling(forPrice price: Money) -> Money { Money(micro: price.micro / floorFactor) }
}
