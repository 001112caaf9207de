import Bus
import Contracts
import Database
import JSON
import Kit
import PricingCore
import Prices
import Runtime

/// Tells gateways what customers may be shown of the countries that changed, and whoever asked what providers take,
/// whole. What is to be told is a mark on a row, so that nothing is forgotten by a restart, and a country that three
/// providers changed within a second is told once.
///
/// Life: `turn` by a repeating job, under a lease.
struct PriceTeller: Sendable {
    let database: Database
    let lease: Lease
    let relay: OutboxRelay
    let defaultProvider: String
    let alerts: AlertRules
    let log: Log
    let told: Counter

    private struct Place: Row {
        let provider: String
        let country: String
        init(_ columns: inout Columns) throws(DatabaseError) {
            provider = try columns.next()
            country = try columns.next()
        }
    }

    func turn(_ isStopping: @Sendable () -> Bool) async throws {
        guard try await lease.hold(seconds: 30) else { return }
        let countries = try await database.values(String.self, "SELECT country FROM countries WHERE NOT is_told")
        for country in Self.ordered(countries) {
            guard !isStopping(), try await lease.hold(seconds: 30), !Task.isCancelled else { return }
            try await tell(country)
        }
        let wanted = try await database.rows(
            Place.self, "SELECT provider, country FROM price_lists WHERE is_wanted ORDER BY provider, country")
        for place in wanted {
            guard !isStopping(), try await lease.hold(seconds: 30), !Task.isCancelled else { return }
            try await tell(place.provider, place.country)
        }
    }

    private static func ordered(_ countries: [String]) -> [String] {
        let untold = Set(countries)
        let usual = PriceSync.countries.filter { untold.contains($0) }
        return usual + countries.filter { !usual.contains($0) }
    }

    /// What all providers together sell in a country, at our prices.
    private func tell(_ country: String) async throws {
        let (posted, services) = try await database.transaction { transaction in
            // Said first, so that a list that changes in the meantime is told again. The row is ours until the end, so
            // that of two tellers the later has the later time and the newer rows.
            let now = try await transaction.value(
                Timestamp.self,
                """
                UPDATE countries SET is_told = true WHERE country = \(country) AND NOT is_told
                RETURNING clock_timestamp()
                """)
            guard let now else { return (Outbox.Posted(), 0) }
            let book = try await PriceStore.policies(in: transaction)
            let offers = Dictionary(
                grouping: try await PriceStore.offers(country, in: transaction), by: \.line.service
            ).sorted { $0.key < $1.key }.map {
                PriceSummary.summary(service: $0.key, policy: book.policy($0.key, in: country), offers: $0.value)
            }
            var letters = Publication.offers(country: country, at: now, offers).map(PriceStore.letter)
            let raised = try await belowFloor(offers, country, book, at: now, in: transaction)
            if !raised.isEmpty {
                try await transaction.execute(PriceStore.write(raised))
                var message = PriceAlerts()
                message.alerts = raised
                letters.append(PriceStore.letter(message))
            }
            try await note(Advice.cheaper(than: defaultProvider, offers), country, at: now, in: transaction)
            return (try await Outbox.write(letters, in: transaction), offers.count)
        }
        relay.send(posted)
        told.add()
        log.debug("a country's prices were told", ["country": .string(country), "services": .integer(Int64(services))])
    }

    private func belowFloor(
        _ offers: [ServiceOffer], _ country: String, _ book: PolicyBook, at now: Timestamp, in transaction: Transaction
    ) async throws -> [PriceAlert] {
        let known = try await transaction.values(
            String.self,
            "SELECT service FROM price_alerts WHERE country = \(country) AND kind = 'below_floor' AND NOT is_read")
        return alerts.belowFloor(
            offers, country: country, at: now, known: Set(known), policy: { book.policy($0, in: country) },
            id: { .new() })
    }

    /// What is recommended again within a day is the same recommendation.
    private func note(
        _ advice: [Advice], _ country: String, at now: Timestamp, in transaction: Transaction
    ) async throws {
        guard !advice.isEmpty else { return }
        try await transaction.execute(
            """
            INSERT INTO cost_optimization_logs (kind, country, service, from_provider, to_provider, cost, lower, at)
            SELECT 'provider', \(country), a.*, \(now) FROM unnest(\(advice.map(\.service)), \(advice.map(\.from)),
                \(advice.map(\.to)), \(advice.map(\.cost)), \(advice.map(\.lower)))
                AS a (service, from_provider, to_provider, cost, lower)
            WHERE NOT EXISTS (SELECT FROM cost_optimization_logs l
                WHERE l.country = \(country) AND l.at > \(now) - interval '1 day' AND l.service = a.service
                    AND l.to_provider = a.to_provider)
            """)
    }

    /// One provider's list, whole, to whoever asked.
    private func tell(_ provider: String, _ country: String) async throws {
        let posted = try await database.transaction { transaction in
            let head = try await PriceStore.lock(provider, country, in: transaction)
            try await transaction.execute(
                "UPDATE price_lists SET is_wanted = false WHERE provider = \(provider) AND country = \(country)")
            // Nothing was ever sold there.
            guard head.version > 0 else { return Outbox.Posted() }
            let list = try await PriceStore.list(provider, country, in: transaction)
            let messages = Publication.whole(
                provider: provider, country: country, version: head.version, at: head.now, list: list)
            return try await Outbox.write(messages.map(PriceStore.letter), in: transaction)
        }
        relay.send(posted)
    }
}
