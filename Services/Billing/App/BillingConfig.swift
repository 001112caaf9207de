import Runtime

/// What Billing is told by its environment.
package struct BillingConfig: Sendable {
    package var databaseURL: String
    package var databaseConnections: Int
    package var amqpURL: String
    package var operationsPort: Int
    package var logLevel: Log.Level
    /// How many messages one transaction takes.
    package var batchLimit: Int
    /// How many batches may be in hand at once.
    package var concurrency: Int
    /// How often our own counters take up what transfers did to them.
    package var rollUpEvery: Duration
    /// How often the ledger is proved, at most.
    package var proveEvery: Duration

    package init(_ reader: ConfigurationReader) throws {
        var reader = reader
        databaseURL = reader.url("DATABASE_URL", schemes: ["postgres", "postgresql"])
        databaseConnections = reader.integer("DATABASE_CONNECTIONS", default: 6, in: 2...100)
        amqpURL = reader.url("AMQP_URL", schemes: ["amqp", "amqps"])
        operationsPort = reader.integer("OPERATIONS_PORT", default: 9103, in: 0...65_535)
        let level = reader.string("LOG_LEVEL", default: "info")
        logLevel = Log.Level(level) ?? .info
        if Log.Level(level) == nil { reader.refuse("LOG_LEVEL", "must be debug, info, warning or error") }
        batchLimit = reader.integer("BATCH_LIMIT", default: 200, in: 1...1000)
        concurrency = reader.integer("CONSUMER_CONCURRENCY", default: 2, in: 1...32)
        rollUpEvery = reader.milliseconds("ROLL_UP_EVERY_MS", default: .seconds(1))
        proveEvery = reader.milliseconds("PROVE_EVERY_MS", default: .seconds(60))
        try reader.finish()
    }
}
