import Kit
import Runtime
import SandboxCore

/// The settings of the service, read once.
package struct SandboxConfiguration: Sendable {
    package var address = "127.0.0.1"
    package var port = 8090
    package var threads = 1
    /// The key of the account that exists from the start.
    package var apiKey = SandboxConfiguration.defaultKey
    /// The same for the upstreams that speak the SMS-Activate protocol: 32 hexadecimal digits.
    package var smsActivateKey = "0123456789abcdef0123456789abcdef"
    package var heroKey = "fedcba9876543210fedcba9876543210"
    /// The key and the e-mail address of TextVerified's.
    package var textVerifiedKey = SandboxConfiguration.defaultKey
    package var textVerifiedEmail = "sandbox@example.com"
    package var balance = Money(micro: 10_000_000_000)
    package var seed: UInt64 = 5
    package var arrival = Arrival()
    package var settings = Settings()
    package var marketMoves = true
    package var stockDepletes = true
    /// How many requests the journal keeps.
    package var journalLength = 10_000

    package static let defaultKey = "sandbox-development"

    package init() {}

    package init(_ environment: [String: String]) throws {
        var reader = ConfigurationReader(environment)
        address = reader.string("HTTP_ADDRESS", default: address)
        port = reader.integer("PORT", default: port, in: 0...65_535)
        port = reader.integer("HTTP_PORT", default: port, in: 0...65_535)
        threads = reader.integer("HTTP_THREADS", default: threads, in: 1...16)
        apiKey = reader.string("FIVESIM_API_KEY", default: apiKey)
        smsActivateKey = reader.string("SMS_ACTIVATE_API_KEY", default: smsActivateKey)
        heroKey = reader.string("HERO_API_KEY", default: heroKey)
        textVerifiedKey = reader.string("TEXTVERIFIED_API_KEY", default: textVerifiedKey)
        textVerifiedEmail = reader.string("TEXTVERIFIED_EMAIL", default: textVerifiedEmail)
        balance = reader.money("SANDBOX_BALANCE", default: balance)
        seed = UInt64(reader.integer("SANDBOX_SEED", default: Int(seed), in: 0...Int.max))
        let mode = reader.string("SANDBOX_SMS_MODE", default: arrival.mode.rawValue)
        if let known = Arrival.Mode(rawValue: mode) {
            arrival.mode = known
        } else {
            reader.refuse("SANDBOX_SMS_MODE", "must be auto, manual or never")
        }
        arrival.median = reader.milliseconds("SANDBOX_SMS_MEDIAN_MS", default: arrival.median, in: 0...3_600_000)
        settings.lifetime = reader.milliseconds("SANDBOX_LIFETIME_MS", default: settings.lifetime)
        settings.earlyCancel = reader.milliseconds(
            "SANDBOX_EARLY_CANCEL_MS", default: settings.earlyCancel, in: 0...3_600_000)
        let limit = reader.integer("SANDBOX_REQUESTS_PER_SECOND", default: 100, in: 0...1_000_000)
        settings.requestsPerSecond = limit == 0 ? nil : limit
        settings.enforcesRating = reader.boolean("SANDBOX_RATING", default: settings.enforcesRating)
        marketMoves = reader.boolean("SANDBOX_MARKET_MOVES", default: marketMoves)
        stockDepletes = reader.boolean("SANDBOX_STOCK_DEPLETES", default: stockDepletes)
        journalLength = reader.integer("SANDBOX_JOURNAL_LENGTH", default: journalLength, in: 0...1_000_000)
        if reader.isProduction {
            reader.refuse("NAMASKAH_ENV", "is production, where a made-up number must never be sold")
        }
        try reader.finish()
    }

    /// The key of the account that an upstream has from the start.
    func key(of vendor: Vendor) -> String {
        switch vendor {
        case .fiveSim: apiKey
        case .smsActivate: smsActivateKey
        case .hero: heroKey
        case .textVerified: textVerifiedKey
        }
    }
}
