import Kit
import Runtime
import Security

/// The settings of the service, read once.
package struct GatewayConfiguration: Sendable {
    package var databaseURL = ""
    package var databaseConnections = 12
    package var amqpURL = ""
    package var redisURL: String?
    /// Where spans are sent; empty for nowhere.
    package var collector = ""
    package var address = "127.0.0.1"
    package var port = 8080
    package var logLevel = Log.Level.info
    package var personalDataKeys: Keyring
    package var tokenKeys: Keyring
    package var adminKey: String?
    package var rateLimitPerMinute = 600
    package var openRateLimitPerMinute = 120
    /// Whether accounts that buy much pay less.
    package var givesDiscounts = true
    /// What savings are counted against.
    package var defaultProvider = "5sim"
    /// What is not heard of for so long is asked after.
    package var silence = Duration.seconds(30)
    var webhooks = WebhookRoutes.Settings()

    package init(_ environment: [String: String]) throws {
        var settings = ConfigurationReader(environment)
        databaseURL = settings.url("DATABASE_URL", schemes: ["postgres", "postgresql"])
        databaseConnections = settings.integer("DATABASE_CONNECTIONS", default: 12, in: 1...64)
        amqpURL = settings.url("AMQP_URL", schemes: ["amqp", "amqps"])
        redisURL = settings.optional("REDIS_URL")
        collector = settings.url("OTEL_EXPORTER_OTLP_ENDPOINT", schemes: ["http", "https"], default: "")
        address = settings.string("HTTP_ADDRESS", default: address)
        port = settings.integer("HTTP_PORT", default: 8080, in: 0...65_535)
        if let text = settings.optional("LOG_LEVEL") {
            if let level = Log.Level(text) {
                logLevel = level
            } else {
                settings.refuse("LOG_LEVEL", "must be debug, info, warning or error")
            }
        }
        personalDataKeys = Keyring(&settings, "SECRET_KEY")
        tokenKeys = Keyring(&settings, "JWT_SECRET_KEY")
        adminKey = settings.optional("NAMASKAH_ADMIN_KEY")
        if let adminKey, adminKey.utf8.count < 32 {
            settings.refuse("NAMASKAH_ADMIN_KEY", "must have at least 32 characters")
        }
        rateLimitPerMinute = settings.integer("RATE_LIMIT_PER_MINUTE", default: 600, in: 1...1_000_000)
        openRateLimitPerMinute = settings.integer("OPEN_RATE_LIMIT_PER_MINUTE", default: 120, in: 1...1_000_000)
        givesDiscounts = settings.boolean("BULK_DISCOUNTS", default: true)
        defaultProvider = settings.string("DEFAULT_PROVIDER", default: "5sim")
        silence = settings.milliseconds("SILENCE_MS", default: .seconds(30), in: 100...600_000)
        readWebhooks(&settings)
        try settings.finish()
    }

    /// The secrets that providers' notices are known by.
    private mutating func readWebhooks(_ settings: inout ConfigurationReader) {
        webhooks.textVerified = settings.optional("TEXTVERIFIED_WEBHOOK_SECRET").map { Secret($0) }
        webhooks.fiveSim = settings.optional("FIVESIM_WEBHOOK_SECRET").map { Secret($0) }
        if let secret = settings.optional("FIVESIM_WEBHOOK_SECRET"), secret.utf8.count < 32 {
            settings.refuse("FIVESIM_WEBHOOK_SECRET", "must have at least 32 characters")
        }
        // Each upstream of the family has an address of its own here, which tells whose notice it is.
        let paths = [
            ("sms-activate", "SMS_ACTIVATE_WEBHOOK_SECRET", settings.optional("SMS_ACTIVATE_WEBHOOK_SECRET")),
            ("hero", "HERO_WEBHOOK_SECRET", settings.optional("HERO_WEBHOOK_SECRET")),
            ("grizzly", "GRIZZLY_WEBHOOK_SECRET", settings.optional("GRIZZLY_WEBHOOK_SECRET")),
            ("smsbower", "SMSBOWER_WEBHOOK_SECRET", settings.optional("SMSBOWER_WEBHOOK_SECRET")),
        ]
        for (provider, key, secret) in paths {
            guard let secret else { continue }
            let isPlain = secret.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "_"): true
                default: false
                }
            }
            if !(24...200).contains(secret.utf8.count) || !isPlain {
                settings.refuse(key, "must have 24 to 200 letters, digits, - or _")
            } else if webhooks.smsActivate.contains(where: { $0.secret == secret }) {
                settings.refuse(key, "is another provider's secret as well")
            }
            webhooks.smsActivate.append((provider, secret))
        }
        webhooks.perMinute = settings.integer("WEBHOOK_RATE_PER_MINUTE", default: 6000, in: 1...1_000_000)
    }
}
