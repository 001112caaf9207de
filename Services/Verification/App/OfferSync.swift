import Bus
import Contracts
import Database
import JSON
import Kit
import Providers
import Runtime
import Security
import VerificationCore

/// Keeps the table of offers like the providers' price lists, country by country, and tells the gateway what changed;
/// all of it, when a gateway asks because it has nothing.
struct OfferSync: Sendable {
    let database: Database
    let provider: any Provider
    let lease: Lease
    let clock: TableClock
    let relay: OutboxRelay
    /// The pause between two countries: guests are held to far fewer requests than customers.
    let spacing: Duration
    /// How old a country's prices may become.
    let lifetime: Duration
    let log: Log
    let age: Gauge

    private struct Synced: Row {
        let country: String
        let at: Timestamp
        let digest: [UInt8]
        init(_ columns: inout Columns) throws(DatabaseError) {
            country = try columns.next()
            at = try columns.next()
            digest = try columns.next()
        }
    }

    /// Countries most orders are for come first, so that a new installation can sell at once.
    private static let first = ["england", "usa", "russia", "germany", "india", "indonesia", "france", "brazil"]

    /// Reads what is due; of all countries that takes minutes, so that it looks whether the service is to stop.
    func turn(_ isStopping: @Sendable () -> Bool) async throws {
        guard try await lease.hold(seconds: 30) else { return }
        var synced: [String: Synced] = [:]
        for row in try await database.rows(
            Synced.self, "SELECT country, synced_at, digest FROM offer_syncs WHERE provider = \(provider.name)")
        {
            synced[row.country] = row
        }
        let now = clock.now
        let order = Self.first + Country.all.map(\.slug).filter { !Self.first.contains($0) }
        let due = order.filter { synced[$0].map { now - $0.at > lifetime } ?? true }
        age.set((synced.values.map(\.at).min().map { now - $0 } ?? .zero).inSeconds)
        try await tell()
        for country in due {
            guard !isStopping(), try await lease.hold(seconds: 30), !Task.isCancelled else { return }
            do {
                try await sync(country, known: synced[country]?.digest)
            } catch let error as ProviderError {
                log.warning(
                    "a price list could not be read",
                    [
                        "provider": .string(provider.name), "country": .string(country),
                        "outcome": .string(error.label),
                    ])
                if error.isRetriable { return }
            }
            try await tell()
            try await Task.sleep(for: spacing)
        }
    }

    /// Has every country told again.
    static func forgetTold(in transaction: Transaction) async throws {
        try await transaction.execute("UPDATE offer_syncs SET is_told = false WHERE is_told")
    }

    /// Publishes the countries that the gateway has not been told of.
    private func tell() async throws {
        let name = provider.name
        let untold = try await database.values(
            String.self, "SELECT country FROM offer_syncs WHERE provider = \(name) AND NOT is_told")
        for country in untold {
            let posted = try await database.transaction { transaction in
                // Said first, so that a list that changes in the meantime is told again.
                try await transaction.execute(
                    "UPDATE offer_syncs SET is_told = true WHERE provider = \(name) AND country = \(country)")
                // The gateway shows what all providers together sell.
                let rows = try await transaction.rows(
                    OfferRow.self,
                    """
                    SELECT country, service, provider, operator, cost, voice_cost, count::bigint, rate FROM offers
                    WHERE country = \(country)
                    """)
                return try await Outbox.write(Self.messages(country, rows, at: clock.now), in: transaction)
            }
            relay.send(posted)
        }
    }

    private func sync(_ country: String, known: [UInt8]?) async throws {
        let told = try await provider.prices(country: country).filter { $0.cost > .zero }
        let offers = told.sorted { ($0.product, $0.operator) < ($1.product, $1.operator) }
        let digest = sha256(
            offers.flatMap {
                Array(
                    "\($0.product) \($0.operator) \($0.cost.micro) \($0.voiceCost?.micro ?? -1) \($0.count) \($0.rates.best ?? -1);"
                        .utf8)
            })
        let name = provider.name
        try await database.transaction { transaction in
            if digest != known {
                try await Self.store(offers, provider: name, country: country, in: transaction)
            }
            try await transaction.execute(
                """
                INSERT INTO offer_syncs (provider, country, synced_at, digest)
                VALUES (\(name), \(country), now(), \(digest))
                ON CONFLICT (provider, country) DO UPDATE SET synced_at = excluded.synced_at,
                    digest = excluded.digest,
                    is_told = offer_syncs.is_told AND offer_syncs.digest = excluded.digest
                """)
        }
    }

    private static func store(
        _ offers: [ProviderOffer], provider: String, country: String, in transaction: Transaction
    ) async throws {
        try await transaction.pipeline([
            """
            DELETE FROM offers o WHERE o.provider = \(provider) AND o.country = \(country) AND NOT EXISTS (
                SELECT FROM unnest(\(offers.map(\.product)), \(offers.map(\.operator))) AS n(service, operator)
                WHERE n.service = o.service AND n.operator = o.operator)
            """,
            """
            INSERT INTO offers (provider, country, service, operator, cost, voice_cost, count, rate)
            SELECT \(provider), \(country), * FROM unnest(\(offers.map(\.product)), \(offers.map(\.operator)),
                \(offers.map(\.cost)), \(offers.map(\.voiceCost)), \(offers.map(\.count)), \(offers.map { $0.rates.best.map { $0 / 100 } }))
            ON CONFLICT (country, service, provider, operator) DO UPDATE SET
                cost = excluded.cost, voice_cost = excluded.voice_cost, count = excluded.count, rate = excluded.rate
            WHERE (offers.cost, offers.voice_cost, offers.count, offers.rate)
                IS DISTINCT FROM (excluded.cost, excluded.voice_cost, excluded.count, excluded.rate)
            """,
        ])
    }

    /// Services to a message: with a dozen operators each they stay well below the broker's limit of 256 KiB.
    private static let chunk = 80

    private static func messages(_ country: String, _ rows: [OfferRow], at now: Timestamp) -> [OutgoingMessage] {
        let services = Dictionary(grouping: rows, by: \.service).sorted { $0.key < $1.key }.map {
            OfferSummary.summary(service: $0.key, offers: $0.value.map(\.offer))
        }
        var messages: [OutgoingMessage] = []
        var start = 0
        var after: String?
        repeat {
            let end = min(start + chunk, services.count)
            var message = OffersChanged()
            message.country = country
            message.fetchedAt = now
            message.services = Array(services[start..<end])
            message.after = after
            message.through = end < services.count ? services[end - 1].service : nil
            after = message.through
            messages.append(
                OutgoingMessage(
                    exchange: OffersChanged.channel.rawValue, routingKey: OffersChanged.type,
                    type: OffersChanged.type, body: message.json))
            start = end
        } while start < services.count
        return messages
    }
}
