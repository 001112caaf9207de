import HTTPClient
import Kit
import Runtime

/// The upstreams that an installation uses: all whose keys are set. Every service that speaks to upstreams reads them from
/// the environment in the same way.
package struct ProviderSettings: Sendable {
    /// What adapters stand on.
    package struct Parts: Sendable {
        package var client: HTTPClient
        /// For what spends and changes, so that it never waits for a connection behind polls.
        package var purchases: HTTPClient
        package var metrics: Metrics
        /// The budget that all processes with a provider's key share, by name and requests a second; nil for none.
        package var shared: @Sendable (_ name: String, _ rate: Double) -> (any SharedBudget)?

        /// Is told when a provider's breaker moves; must not wait.
        package var breakerMoved: @Sendable (_ name: String, _ before: String, _ after: String) -> Void

        package init(
            client: HTTPClient, purchases: HTTPClient, metrics: Metrics,
            shared: @escaping @Sendable (_ name: String, _ rate: Double) -> (any SharedBudget)? = { _, _ in nil },
            breakerMoved: @escaping @Sendable (_ name: String, _ before: String, _ after: String) -> Void = { _, _, _ in
            }
        ) {
            self.client = client
            self.purchases = purchases
            self.metrics = metrics
            self.shared = shared
            self.breakerMoved = breakerMoved
        }
    }

    /// What one adapter stands on.
    private struct Footing: Sendable {
        let parts: Parts
        let budget: RequestBudget
        let shared: (any SharedBudget)?
        let breakerMoved: ProviderGuard.BreakerMoved
    }

    /// What we take care of at an upstream that counts it against us.
    package struct Care: Hashable, Sendable {
        /// With so many numbers open there, only what nobody else sells is bought; nil for any number.
        package var openOrders: Int?
        /// How long a number is had before it is given back.
        package var cancelAfter = Duration.zero

        package init(openOrders: Int? = nil, cancelAfter: Duration = .zero) {
            self.openOrders = openOrders
            self.cancelAfter = cancelAfter
        }
    }

    /// One upstream's settings.
    private struct Entry: Sendable {
        let rate: Double
        let care: Care
        let make: @Sendable (Footing) -> any Provider
        let name: String
    }

    private var entries: [Entry] = []
    /// How much of what may be asked there this process may.
    private let share: Double

    /// The names of those that are used, in the order of the table of settings.
    package var names: [String] { entries.map(\.name) }

    /// By the names of the upstreams.
    package var care: [String: Care] {
        Dictionary(entries.map { ($0.name, $0.care) }, uniquingKeysWith: { first, _ in first })
    }

    /// Upstreams of the SMS-Activate protocol, by what their settings begin with.
    private static let dialects: [(prefix: String, dialect: SMSActivateDialect)] = [
        ("SMS_ACTIVATE", .smsActivate), ("HERO", .hero), ("GRIZZLY", .grizzly), ("SMSBOWER", .smsBower),
    ]

    /// Reads `<PREFIX>_API_KEY`, `_URL`, `_USER_AGENT`, `_RATE_PER_SECOND`, `_OPEN_ORDERS` and `_CANCEL_AFTER_MS` of each.
    /// `share` is what this kind of process may take of the rate.
    package init(_ reader: inout ConfigurationReader, purchaseDeadline: Duration, share: Double = 1) {
        self.share = share
        let pause = reader.milliseconds("BREAKER_PAUSE_MS", default: .seconds(55), in: 100...3_600_000)
        addFiveSim(&reader, purchaseDeadline, pause)
        for (prefix, dialect) in Self.dialects { add(dialect, prefix, &reader, purchaseDeadline, pause) }
        addTextVerified(&reader, purchaseDeadline, pause)
        if entries.isEmpty {
            let others = Self.dialects.map { "\($0.prefix)_API_KEY" } + ["TEXTVERIFIED_API_KEY"]
            reader.refuse(
                "FIVESIM_API_KEY", "is not set, nor is any other provider's key (\(others.joined(separator: ", ")))")
        }
    }

    /// The adapters. Each has a breaker and budgets of its own.
    package func providers(_ parts: Parts) -> [any Provider] {
        entries.map { entry in
            entry.make(
                Footing(
                    parts: parts, budget: RequestBudget(rate: entry.rate * share, burst: max(1, entry.rate * share)),
                    shared: parts.shared(entry.name, entry.rate * share),
                    breakerMoved: { parts.breakerMoved(entry.name, $0, $1) }))
        }
    }

    // MARK: -

    private struct Common {
        let key: String
        let url: String
        let agent: String
        let rate: Double
        let care: Care
    }

    /// Nil where there is no key: then the upstream is not used, and its other settings mean nothing.
    private static func common(
        _ prefix: String, url: String, rate: Int, _ reader: inout ConfigurationReader
    ) -> Common? {
        guard let key = reader.optional(prefix + "_API_KEY") else { return nil }
        let address = reader.url(prefix + "_URL", schemes: ["https", "http"], default: url)
        if reader.isProduction {
            if !address.hasPrefix("https://") { reader.refuse(prefix + "_URL", "must be https in production") }
            if key.hasPrefix("sandbox") { reader.refuse(prefix + "_API_KEY", "is the sandbox's key") }
        }
        let open = reader.integer(prefix + "_OPEN_ORDERS", default: 0, in: 0...1_000_000)
        return Common(
            key: key, url: address, agent: reader.string(prefix + "_USER_AGENT", default: "Namaskah/1.0"),
            rate: Double(reader.integer(prefix + "_RATE_PER_SECOND", default: rate, in: 1...100_000)),
            care: Care(
                openOrders: open == 0 ? nil : open,
                cancelAfter: reader.milliseconds(prefix + "_CANCEL_AFTER_MS", default: .zero, in: 0...3_600_000)))
    }

    private mutating func addFiveSim(_ reader: inout ConfigurationReader, _ deadline: Duration, _ pause: Duration) {
        let guests = Double(reader.integer("PRICE_RATE_PER_SECOND", default: 1, in: 1...1000))
        guard let common = Self.common("FIVESIM", url: "https://5sim.net/v1", rate: 90, &reader) else { return }
        var settings = FiveSim.Configuration(
            apiKey: common.key, baseURL: common.url, userAgent: common.agent, purchaseDeadline: deadline)
        settings.breakerPause = pause
        let configuration = settings
        entries.append(
            Entry(
                rate: common.rate, care: common.care,
                make: { on in
                    FiveSim(
                        configuration, client: on.parts.client, purchases: on.parts.purchases,
                        metrics: on.parts.metrics,
                        userBudget: on.budget, guestBudget: RequestBudget(rate: guests, burst: 5), shared: on.shared,
                        breakerMoved: on.breakerMoved)
                }, name: "5sim"))
    }

    private mutating func add(
        _ dialect: SMSActivateDialect, _ prefix: String, _ reader: inout ConfigurationReader, _ deadline: Duration,
        _ pause: Duration
    ) {
        guard let common = Self.common(prefix, url: dialect.baseURL, rate: 40, &reader) else { return }
        var settings = SMSActivate.Configuration(
            dialect, apiKey: common.key, baseURL: common.url, userAgent: common.agent, purchaseDeadline: deadline)
        settings.breakerPause = pause
        let configuration = settings
        entries.append(
            Entry(
                rate: common.rate, care: common.care,
                make: { on in
                    SMSActivate(
                        configuration, client: on.parts.client, purchases: on.parts.purchases,
                        metrics: on.parts.metrics,
                        budget: on.budget, shared: on.shared, breakerMoved: on.breakerMoved)
                }, name: dialect.name))
    }

    private mutating func addTextVerified(
        _ reader: inout ConfigurationReader, _ deadline: Duration, _ pause: Duration
    ) {
        guard
            let common = Self.common(
                "TEXTVERIFIED", url: "https://www.textverified.com/api/pub/v2", rate: 10, &reader)
        else { return }
        var settings = TextVerified.Configuration(
            apiKey: common.key, email: reader.required("TEXTVERIFIED_EMAIL"), baseURL: common.url,
            userAgent: common.agent, purchaseDeadline: deadline)
        settings.breakerPause = pause
        // Prices are asked for one by one.
        settings.pricePause = reader.milliseconds(
            "TEXTVERIFIED_PRICE_PAUSE_MS", default: .milliseconds(250), in: 0...60_000)
        let configuration = settings
        entries.append(
            Entry(
                rate: common.rate, care: common.care,
                make: { on in
                    TextVerified(
                        configuration, client: on.parts.client, purchases: on.parts.purchases,
                        metrics: on.parts.metrics,
                        budget: on.budget, shared: on.shared, breakerMoved: on.breakerMoved)
                }, name: "textverified"))
    }
}
