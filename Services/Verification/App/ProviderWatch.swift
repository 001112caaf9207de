import Bus
import Choosing
import Contracts
import Database
import JSON
import Kit
import Providers
import Runtime
import Synchronization
import VerificationCore

/// Looks at a provider every few minutes, or when it is asked to, and tells the gateway and the metrics how it stands;
/// what operators set and what breakers do is told within a second or two.
final class ProviderWatch: Sendable {
    struct Gauges: Sendable {
        let balance: Gauge
        let rating: Gauge
        let success: Gauge
        let slow: Gauge
        let wait: Gauge

        init(_ metrics: Metrics, of provider: String) {
            let label = [("provider", provider)]
            balance = metrics.gauge("provider_balance_usd", "Our balance at the provider", label)
            rating = metrics.gauge("provider_rating", "The provider's opinion of us", label)
            success = metrics.gauge(
                "provider_success_ratio", "Of the provider's orders lately, the share that got a code", label)
            slow = metrics.gauge(
                "provider_slow_ratio", "Of the codes lately, the share that took over a minute", label)
            wait = metrics.gauge("provider_code_wait_seconds", "Half of the codes lately took less than this", label)
        }

        func show(_ account: HealthBoard.Account?, _ window: HealthWindow?) {
            func set(_ gauge: Gauge, _ value: Double?) { gauge.set(value ?? .nan) }
            set(balance, account?.balance.map { Double($0.micro) / 1e6 })
            set(rating, account?.rating)
            set(success, window.map { $0.codes / $0.trials })
            set(slow, window?.slowShare)
            set(wait, window?.wait(.half)?.inSeconds)
        }
    }

    private let database: Database
    private let provider: any Provider
    let lease: Lease
    private let clock: TableClock
    private let relay: OutboxRelay
    private let board: HealthBoard
    /// The pause between two looks.
    private let every: Duration
    private let gauges: Gauges
    /// As it was told last, by this process.
    private let told = Mutex<ProviderStatus?>(nil)

    init(
        database: Database, provider: any Provider, lease: Lease, clock: TableClock, relay: OutboxRelay,
        board: HealthBoard, every: Duration, gauges: Gauges
    ) {
        self.database = database
        self.provider = provider
        self.lease = lease
        self.clock = clock
        self.relay = relay
        self.board = board
        self.every = every
        self.gauges = gauges
    }

    private struct Health: Row {
        var status = ProviderStatus()
        let checkedAt: Timestamp?
        let isProbeWanted: Bool

        init(_ columns: inout Columns) throws(DatabaseError) {
            status.isEnabled = try columns.next()
            status.isPinned = try columns.next()
            status.weight = try columns.next()
            status.breaker = try columns.next()
            status.balance = try columns.next()
            status.frozen = try columns.next()
            status.rating = try columns.next()
            status.error = try columns.next()
            checkedAt = try columns.next()
            isProbeWanted = try columns.next()
        }
    }

    /// A fresh gateway is told again after so long, whatever happens.
    private static let repetition = Duration.seconds(30)

    func turn() async throws {
        let window = board.sum(of: provider.name)?.faded(to: clock.now)
        let seen = window.flatMap { $0.trials >= 1 ? $0 : nil }
        // All workers tell the same, whoever looks.
        gauges.show(board.account(at: provider.name), seen)
        guard try await lease.hold(seconds: 30) else {
            told.withLock { $0 = nil }
            return
        }
        var health = try await read()
        if try await isDue(health) { health = try await look() }
        guard let health else { return }
        var status = health.status
        status.provider = provider.name
        if let seen { Self.show(seen, in: &status) }
        status.checkedAt = clock.now
        let news = status
        let isNews = told.withLock { told in
            guard var last = told else { return true }
            let isOld = status.checkedAt - last.checkedAt >= Self.repetition
            last.checkedAt = status.checkedAt
            return isOld || last != status
        }
        guard isNews else { return }
        let message = OutgoingMessage(
            exchange: ProviderStatus.channel.rawValue, routingKey: ProviderStatus.type, type: ProviderStatus.type,
            body: news.json)
        relay.send(try await database.transaction { try await Outbox.write([message], in: $0) })
        told.withLock { $0 = news }
    }

    private func read() async throws -> Health? {
        try await database.first(
            Health.self,
            """
            SELECT is_enabled, is_pinned, weight, breaker, balance, frozen, rating, error, checked_at, is_probe_wanted
            FROM provider_health WHERE provider = \(provider.name)
            """)
    }

    private func isDue(_ health: Health?) async throws -> Bool {
        guard let health, let checkedAt = health.checkedAt else { return true }
        return health.isProbeWanted || clock.now - checkedAt >= every
    }

    /// Asks the provider for what it has of ours, which also shows whether it is there.
    private func look() async throws -> Health? {
        var balance: ProviderBalance?
        var failure: String?
        do throws(ProviderError) { balance = try await provider.balance() } catch { failure = error.label }
        try await database.execute(
            """
            INSERT INTO provider_health (provider, breaker, balance, frozen, rating, error, checked_at) VALUES
                (\(provider.name), \(provider.breakerState.word), \(balance?.available), \(balance?.frozen),
                \(balance?.rating), \(failure), \(clock.now))
            ON CONFLICT (provider) DO UPDATE SET breaker = excluded.breaker, error = excluded.error,
                balance = coalesce(excluded.balance, provider_health.balance),
                frozen = coalesce(excluded.frozen, provider_health.frozen),
                rating = coalesce(excluded.rating, provider_health.rating), checked_at = excluded.checked_at,
                is_probe_wanted = false
            """)
        return try await read()
    }

    /// Figures are told in steps, so that they are news only when they have moved.
    private static func show(_ window: HealthWindow, in status: inout ProviderStatus) {
        func rounded(_ value: Double) -> Double { (value * 100).rounded() / 100 }
        status.trials = window.trials.rounded()
        status.successRate = rounded(window.codes / window.trials)
        status.slowShare = window.slowShare.map(rounded)
        status.medianSeconds = window.wait(.half)?.inSeconds.rounded()
    }

    /// Does what an operator set.
    static func take(_ setting: ProviderSetting, in transaction: Transaction) async throws {
        try await transaction.execute(
            """
            INSERT INTO provider_health (provider, is_enabled, is_pinned, weight, is_probe_wanted) VALUES
                (\(setting.provider), \(setting.isEnabled ?? true), \(setting.isPinned ?? false),
                \(min(max(setting.weight ?? 1, 0.01), 100)), \(setting.isProbeWanted ?? false))
            ON CONFLICT (provider) DO UPDATE SET
                is_enabled = coalesce(\(setting.isEnabled), provider_health.is_enabled),
                is_pinned = coalesce(\(setting.isPinned), provider_health.is_pinned),
                weight = coalesce(\(setting.weight.map { min(max($0, 0.01), 100) }), provider_health.weight),
                is_probe_wanted = provider_health.is_probe_wanted OR excluded.is_probe_wanted
            """)
    }
}
