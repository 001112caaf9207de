/// How services write their own names, where that is not the slug with a capital letter.
package enum ServiceNames {
    private static let names: [String: String] = [
        "whatsapp": "WhatsApp", "tiktok": "TikTok", "wechat": "WeChat", "line": "LINE", "linkedin": "LinkedIn",
        "kakaotalk": "KakaoTalk", "vkontakte": "VK", "odnoklassniki": "OK.ru", "paypal": "PayPal", "ebay": "eBay",
        "didi": "DiDi", "indriver": "inDrive", "grabtaxi": "Grab", "openai": "OpenAI", "claudeai": "Claude",
        "aol": "AOL", "mailru": "Mail.ru", "protonmail": "Proton Mail", "cryptocom": "Crypto.com",
        "twitter": "X (Twitter)",
        "airbnb": "Airbnb", "other": "Any other", "blizzard": "Battle.net", "cashapp": "Cash App",
    ]

    package static func name(of slug: String) -> String {
        names[slug] ?? slug.prefix(1).uppercased() + slug.dropFirst()
    }
}
