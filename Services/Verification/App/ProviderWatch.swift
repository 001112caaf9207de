import Bus
import Contracts
import Database
import JSON
import Kit
import Providers
import Runtime

/// Tells the gateway, and the metrics, how our account at a provider stands.
struct ProviderWatch: Sendable {
    let database: Database
    let provider: any Provider
    let lease: Lease
    let clock: TableClock
    let relay: OutboxRelay
    let balance: Gauge
    let rating: Gauge

    func turn() async throws {
        guard try await lease.hold(seconds: 60) else { return }
        var status = ProviderStatus()
        status.provider = provider.name
        do throws(ProviderError) {
            let told = try await provider.balance()
            status.balance = told.available
            status.frozen = told.frozen
            status.rating = told.rating
            balance.set(Double(told.available.micro) / 1e6)
            if let value = told.rating { rating.set(value) }
        } catch {
            status.error = error.label
        }
        status.breaker = provider.breakerState.word
        status.checkedAt = clock.now
        let message = OutgoingMessage(
            exchange: ProviderStatus.channel.rawValue, routingKey: ProviderStatus.type, type: ProviderStatus.type,
            body: status.json)
        let told = status
        relay.send(
            try await database.transaction { transaction in
                try await transaction.execute(
                    """
                    INSERT INTO provider_health (provider, breaker, balance, rating, error, checked_at) VALUES
                        (\(told.provider), \(told.breaker), \(told.balance), \(told.rating), \(told.error), \(told.checkedAt))
                    ON CONFLICT (provider) DO UPDATE SET breaker = excluded.breaker, error = excluded.error,
                        balance = coalesce(excluded.balance, provider_health.balance),
                        rating = coalesce(excluded.rating, provider_health.rating), checked_at = excluded.checked_at
                    """)
                return try await Outbox.write([message], in: transaction)
            })
    }
}
