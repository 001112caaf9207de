import Choosing
import Kit
import Providers
import Runtime
import Security
import VerificationCore

/// The settings of the service, read once.
package struct VerificationConfiguration: Sendable {
    package var databaseURL = ""
    package var databaseConnections = 8
    package var amqpURL = ""
    package var redisURL: String?
    /// Where spans are sent; empty for nowhere.
    package var collector = ""
    package var operationsAddress = "127.0.0.1"
    package var operationsPort = 9102
    package var logLevel = Log.Level.info
    package var personalDataKeys: Keyring
    package var providers: ProviderSettings
    package var policy = OrderPolicy()
    package var minder = PollSettings()
    package var reconciliationGrace = Duration.seconds(60)
    package var purchaseLimit = Duration.seconds(30)
    package var purchaseConcurrency = 64
    package var ingressRate = 100
    /// Whether accounts that buy much pay less.
    package var givesDiscounts = true
    /// The pause between two looks at a provider.
    package var probePause = Duration.seconds(300)
    /// Who writes down what is said in calls; nil for nobody.
    package var transcriber: Transcriber.Settings?
    package var callConcurrency = 4
    package var stock = StockRoom.Settings()
    package var recordingRetention = Duration.seconds(24 * 3600)

    /// When open orders are asked about.
    package struct PollSettings: Sendable {
        package var schedule = PollSchedule()
        package var linger = Duration.seconds(20)
        package var concurrency = 64
    }

    package init(_ environment: [String: String]) throws {
        var settings = ConfigurationReader(environment)
        databaseURL = settings.url("DATABASE_URL", schemes: ["postgres", "postgresql"])
        databaseConnections = settings.integer("DATABASE_CONNECTIONS", default: 8, in: 1...64)
        amqpURL = settings.url("AMQP_URL", schemes: ["amqp", "amqps"])
        redisURL = settings.optional("REDIS_URL")
        collector = settings.url("OTEL_EXPORTER_OTLP_ENDPOINT", schemes: ["http", "https"], default: "")
        operationsPort = settings.integer("OPERATIONS_PORT", default: 9102, in: 0...65_535)
        operationsAddress = settings.string("OPERATIONS_ADDRESS", default: operationsAddress)
        if let text = settings.optional("LOG_LEVEL") {
            if let level = Log.Level(text) {
                logLevel = level
            } else {
                settings.refuse("LOG_LEVEL", "must be debug, info, warning or error")
            }
        }
        personalDataKeys = Keyring(&settings, "SECRET_KEY")
        purchaseLimit = settings.milliseconds("PURCHASE_LIMIT_MS", default: .seconds(30), in: 100...120_000)
        providers = ProviderSettings(&settings, purchaseDeadline: purchaseLimit, share: 0.9)
        policy.patience = settings.milliseconds("PATIENCE_MS", default: .seconds(180))
        let waiting = settings.money("WAITING_PER_MINUTE", default: Money(micro: 12_000))
        policy.routing.waitingPerSecond = Money(micro: waiting.micro / 60)
        let exploration = Int((policy.routing.exploration * 1000).rounded())
        policy.routing.exploration =
            Double(settings.integer("EXPLORATION_PER_MILLE", default: exploration, in: 0...500)) / 1000
        policy.retryPause = settings.milliseconds("PURCHASE_RETRY_PAUSE_MS", default: .seconds(1))
        minder.schedule.base = settings.milliseconds("POLL_BASE_MS", default: .seconds(2))
        minder.schedule.longest = settings.milliseconds("POLL_LONGEST_MS", default: .seconds(10))
        minder.linger = settings.milliseconds("LINGER_MS", default: .seconds(20), in: 0...3_600_000)
        minder.concurrency = settings.integer("POLL_CONCURRENCY", default: 64, in: 1...1024)
        purchaseConcurrency = settings.integer("PURCHASE_CONCURRENCY", default: 64, in: 1...1024)
        reconciliationGrace = settings.milliseconds("RECONCILIATION_GRACE_MS", default: .seconds(60))
        givesDiscounts = settings.boolean("BULK_DISCOUNTS", default: true)
        probePause = settings.milliseconds("PROBE_PAUSE_MS", default: .seconds(300), in: 1_000...3_600_000)
        ingressRate = settings.integer("INGRESS_RATE_PER_SECOND", default: 100, in: 1...100_000)
        stock.policy.budget = settings.money("PREPURCHASE_BUDGET", default: .zero)
        stock.policy.limit = settings.integer("PREPURCHASE_LIMIT", default: stock.policy.limit, in: 1...1000)
        stock.keep = settings.milliseconds("PREPURCHASE_KEEP_MS", default: stock.keep, in: 1000...600_000)
        stock.purchaseLimit = purchaseLimit
        stock.settling = Reconciliation.orphanAge(grace: reconciliationGrace, call: purchaseLimit)
        let transcriberURL = settings.url("TRANSCRIBER_URL", schemes: ["http", "https"], default: "")
        let model = settings.string("TRANSCRIBER_MODEL", default: "whisper-1")
        let key = settings.optional("TRANSCRIBER_API_KEY")
        let limit = settings.milliseconds("TRANSCRIBER_LIMIT_MS", default: .seconds(60), in: 100...120_000)
        if !transcriberURL.isEmpty {
            transcriber = Transcriber.Settings(url: transcriberURL, model: model, key: key, deadline: limit)
        }
        callConcurrency = settings.integer("CALL_CONCURRENCY", default: 4, in: 1...64)
        recordingRetention = .seconds(
            3600 * settings.integer("RECORDING_RETENTION_HOURS", default: 24, in: 1...8760))
        try settings.finish()
    }
}
