import Providers
import Runtime

/// The settings of the service, read once.
package struct PricingConfiguration: Sendable {
    package var databaseURL: String
    package var databaseConnections: Int
    package var amqpURL: String
    /// Where spans are sent; empty for nowhere.
    package var collector: String
    /// Where /healthz, /readyz and /metrics are answered.
    package var operationsAddress: String
    package var operationsPort: Int
    package var providers: ProviderSettings
    /// The pause between two price lists of one provider.
    package var spacing: Duration
    /// The age at which a list is asked for again.
    package var lifetime: Duration
    /// From so many per cent on a move of a price is an alert.
    package var alertPercent: Int
    /// What others are compared with.
    package var defaultProvider: String

    package init(_ environment: [String: String]) throws {
        var reader = ConfigurationReader(environment)
        databaseURL = reader.url("DATABASE_URL", schemes: ["postgres", "postgresql"])
        databaseConnections = reader.integer("DATABASE_CONNECTIONS", default: 4, in: 2...64)
        amqpURL = reader.url("AMQP_URL", schemes: ["amqp", "amqps"])
        collector = reader.url("OTEL_EXPORTER_OTLP_ENDPOINT", schemes: ["http", "https"], default: "")
        operationsAddress = reader.string("OPERATIONS_ADDRESS", default: "127.0.0.1")
        operationsPort = reader.integer("OPERATIONS_PORT", default: 9104, in: 0...65_535)
        // ServiceMain has made a log of it already.
        if let level = reader.optional("LOG_LEVEL"), Log.Level(level) == nil {
            reader.refuse("LOG_LEVEL", "must be debug, info, warning or error")
        }
        // Nothing is bought here; what the keys may ask for is nearly all left to those who buy.
        providers = ProviderSettings(&reader, purchaseDeadline: .seconds(30), share: 0.1)
        spacing = reader.milliseconds("PRICE_SPACING_MS", default: .seconds(1), in: 0...60_000)
        lifetime = reader.milliseconds("PRICE_LIFETIME_MS", default: .seconds(3600))
        alertPercent = reader.integer("PRICE_ALERT_PERCENT", default: 20, in: 1...1000)
        defaultProvider = reader.string("DEFAULT_PROVIDER", default: "5sim")
        try reader.finish()
    }
}
