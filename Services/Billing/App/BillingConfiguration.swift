import Runtime

/// What Billing is told by its environment.
package struct BillingConfiguration: Sendable {
    package var databaseURL: String
    package var databaseConnections: Int
    package var amqpURL: String
    /// Where spans are sent; empty for nowhere.
    package var collector: String
    /// Where /healthz, /readyz and /metrics are answered.
    package var operationsAddress: String
    package var operationsPort: Int
    /// How many messages one transaction takes.
    package var batchLimit: Int
    /// How many batches may be in hand at once.
    package var concurrency: Int
    /// How often our own counters take up what transfers did to them.
    package var rollUpEvery: Duration
    /// How often the ledger is proved, at most.
    package var proveEvery: Duration

    package init(_ environment: [String: String]) throws {
        var reader = ConfigurationReader(environment)
        databaseURL = reader.url("DATABASE_URL", schemes: ["postgres", "postgresql"])
        databaseConnections = reader.integer("DATABASE_CONNECTIONS", default: 6, in: 2...100)
        amqpURL = reader.url("AMQP_URL", schemes: ["amqp"])
        collector = reader.url("OTEL_EXPORTER_OTLP_ENDPOINT", schemes: ["http", "https"], default: "")
        operationsAddress = reader.string("OPERATIONS_ADDRESS", default: "127.0.0.1")
        operationsPort = reader.integer("OPERATIONS_PORT", default: 9103, in: 0...65_535)
        // ServiceMain has made a log of it already.
        if let level = reader.optional("LOG_LEVEL"), Log.Level(level) == nil {
            reader.refuse("LOG_LEVEL", "must be debug, info, warning or error")
        }
        batchLimit = reader.integer("BATCH_LIMIT", default: 200, in: 1...1000)
        concurrency = reader.integer("CONSUMER_CONCURRENCY", default: 2, in: 1...32)
        rollUpEvery = reader.milliseconds("ROLL_UP_EVERY_MS", default: .seconds(1))
        proveEvery = reader.milliseconds("PROVE_EVERY_MS", default: .seconds(60))
        try reader.finish()
    }
}
