import Kit

/// What a service is sold for, as long as what it costs us does not ask for more.
package enum PriceTier: String, Sendable, CaseIterable {
    case highDemand = "high_demand"
    case standard
    case premium

    /// The list price of an SMS verification.
    package var price: Money {
        switch self {
        case .highDemand: Money(micro: 750_000)
        case .standard: Money(micro: 1_000_000)
        case .premium: Money(micro: 1_500_000)
        }
    }

    /// The least mark-up over cost, in per cent: 200 means that a number is sold at three times what it costs. What is
    /// refused often must pay for more purchases that brought nothing.
    package var markup: Int64 {
        switch self {
        case .highDemand: 200
        case .standard: 300
        case .premium: 400
        }
    }

    /// The tier of a service that nobody has put into another by hand.
    package static func usual(of service: String) -> PriceTier {
        if highDemandServices.contains(service) { return .highDemand }
        return premiumServices.contains(service) ? .premium : .standard
    }

    /// Services bought in such numbers that a small margin carries them.
    private static let highDemandServices: Set<String> = [
        "telegram", "whatsapp", "google", "facebook", "instagram", "twitter", "discord", "tiktok", "viber", "line",
        "wechat", "snapchat", "vkontakte", "uber", "amazon",
    ]

    /// Services whose codes guard money: numbers for them are dear and refused often.
    private static let premiumServices: Set<String> = [
        "paypal", "coinbase", "binance", "cryptocom", "revolut", "wise", "cashapp", "venmo", "zelle", "skrill",
        "neteller", "kraken", "bybit", "okx", "kucoin", "stripe", "openai", "claudeai",
    ]
}
