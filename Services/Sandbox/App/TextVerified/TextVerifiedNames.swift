import SandboxCore

/// TextVerified's own names of services, and back.
enum TextVerifiedNames {
    /// Where it calls a service otherwise than the market here does.
    private static let special = [
        "claudeai": "claude", "other": "servicenotlisted", "ps": "playstation", "vkontakte": "vk",
    ]
    private static let slugs = Dictionary(uniqueKeysWithValues: special.map { ($0.value, $0.key) })
    /// The same service when it is to be called.
    static let notListedVoice = "servicenotlistedvoice"
    /// A rental that takes messages from anybody.
    static let anybody = "allservices"

    static func name(of product: Product) -> String { special[product.slug] ?? product.slug }

    static func product(of name: String) -> Product? {
        if special[name] != nil { return nil }
        let slug = name == notListedVoice ? "other" : slugs[name] ?? name
        return Product.slug(slug).flatMap { $0.category == .activation ? $0 : nil }
    }

    static let carriers = ["vz": "verizon", "tmo": "tmobile", "att": "att"]

    /// Where the first three digits of the numbers sold here belong.
    static let states = [
        "201": "New Jersey", "347": "New York", "562": "California", "570": "Pennsylvania", "740": "Ohio",
        "816": "Missouri",
    ]

    static let days: [String: Int64] = [
        "oneday": 1, "threeday": 3, "sevenday": 7, "fourteenday": 14, "thirtyday": 30, "ninetyday": 90, "oneyear": 365,
    ]

    static let capabilities = ["sms": "sms", "voice": "voice", "smsandvoicecombo": "smsAndVoiceCombo"]
}
