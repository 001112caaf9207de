import Bus
import Contracts
import JSON
import Database
import Kit
import PricingCore
import Prices

/// The tables of prices, as the jobs and the handler read and write them. Statements only: whoever calls has the
/// transaction, and what belongs together is in one.
enum PriceStore {
    /// A list's number and the moment of the transaction that holds it.
    struct Head: Row {
        let version: Int
        let now: Timestamp
        init(_ columns: inout Columns) throws(DatabaseError) {
            version = try columns.next()
            now = try columns.next()
        }
    }

    private struct Line: Row {
        let line: ProviderPrice
        init(_ columns: inout Columns) throws(DatabaseError) {
            var line = ProviderPrice()
            line.service = try columns.next()
            line.operator = try columns.next()
            line.cost = try columns.next()
            line.voiceCost = try columns.next()
            line.count = try columns.next()
            line.rate = try columns.next()
            self.line = line
        }
    }

    private struct Offer: Row {
        let offer: PricedOffer
        init(_ columns: inout Columns) throws(DatabaseError) {
            let provider: String = try columns.next()
            offer = PricedOffer(provider: provider, line: try Line(&columns).line)
        }
    }

    private struct RuleRow: Row {
        let rule: PolicyBook.Rule
        init(_ columns: inout Columns) throws(DatabaseError) {
            let service: String = try columns.next()
            let country: String = try columns.next()
            let tier: String? = try columns.next()
            rule = PolicyBook.Rule(
                service: service, country: country.isEmpty ? nil : country,
                tier: tier.flatMap { PriceTier(rawValue: $0) }, price: try columns.next())
        }
    }

    /// Takes hold of a list, so that nobody else writes or tells it until the transaction is over.
    static func lock(_ provider: String, _ country: String, in transaction: Transaction) async throws -> Head {
        try await transaction.execute(
            "INSERT INTO price_lists (provider, country) VALUES (\(provider), \(country)) ON CONFLICT DO NOTHING")
        let head = try await transaction.first(
            Head.self,
            """
            SELECT version::bigint, clock_timestamp() FROM price_lists
            WHERE provider = \(provider) AND country = \(country) FOR UPDATE
            """)
        guard let head else { throw DatabaseError(.decoding, "a price list is gone that was there a moment ago") }
        return head
    }

    static func list(_ provider: String, _ country: String, in transaction: Transaction) async throws -> PriceList {
        PriceList(
            try await transaction.rows(
                Line.self,
                """
                SELECT service, operator, cost, voice_cost, count, rate FROM pricing_cache
                WHERE country = \(country) AND provider = \(provider)
                """
            ).map(\.line))
    }

    /// What all providers together sell in a country.
    static func offers(_ country: String, in transaction: Transaction) async throws -> [PricedOffer] {
        try await transaction.rows(
            Offer.self,
            """
            SELECT provider, service, operator, cost, voice_cost, count, rate FROM pricing_cache
            WHERE country = \(country)
            """
        ).map(\.offer)
    }

    static func policies(in transaction: Transaction) async throws -> PolicyBook {
        PolicyBook(
            try await transaction.rows(RuleRow.self, "SELECT service, country, tier, price FROM service_pricing")
                .map(\.rule))
    }

    // MARK: - Writing

    /// Says that a provider was asked and has told nothing new.
    static func checked(_ provider: String, _ country: String, at now: Timestamp) -> SQL {
        """
        UPDATE price_lists SET checked_at = \(now), fetched_at = \(now)
        WHERE provider = \(provider) AND country = \(country)
        """
    }

    /// Everything that a change does to the tables, but for the messages.
    static func write(
        _ change: PriceChange, alerts: [PriceAlert], provider: String, country: String, version: Int, at now: Timestamp
    ) -> [SQL] {
        let (gone, offers, history) = (change.gone, change.offers, change.history)
        var statements: [SQL] = [
            """
            UPDATE price_lists SET version = \(version), checked_at = \(now), fetched_at = \(now)
            WHERE provider = \(provider) AND country = \(country)
            """
        ]
        if !gone.isEmpty {
            statements.append(
                """
                DELETE FROM pricing_cache c USING unnest(\(gone.map(\.service)), \(gone.map(\.operator)))
                    AS g (service, operator)
                WHERE c.country = \(country) AND c.provider = \(provider) AND c.service = g.service
                    AND c.operator = g.operator
                """)
        }
        if !offers.isEmpty {
            statements.append(
                """
                INSERT INTO pricing_cache (provider, country, service, operator, cost, voice_cost, count, rate)
                SELECT \(provider), \(country), * FROM unnest(\(offers.map(\.service)), \(offers.map(\.operator)),
                    \(offers.map(\.cost)), \(offers.map(\.voiceCost)), \(offers.map(\.count)), \(offers.map(\.rate)))
                ON CONFLICT (country, provider, service, operator) DO UPDATE SET cost = excluded.cost,
                    voice_cost = excluded.voice_cost, count = excluded.count, rate = excluded.rate
                """)
        }
        if !history.isEmpty {
            statements.append(
                """
                INSERT INTO price_history (provider, country, service, operator, capability, old, new, change, at)
                SELECT \(provider), \(country), *, \(now) FROM unnest(\(history.map(\.service)),
                    \(history.map(\.operator)), \(history.map(\.capability.rawValue)), \(history.map(\.old)),
                    \(history.map(\.new)), \(history.map(\.changePercent)))
                """)
        }
        if !alerts.isEmpty { statements.append(write(alerts)) }
        statements.append(untold([country]))
        return statements
    }

    static func write(_ alerts: [PriceAlert]) -> SQL {
        """
        INSERT INTO price_alerts (id, kind, provider, country, service, old, new, change, at)
        SELECT * FROM unnest(\(alerts.map(\.id)), \(alerts.map(\.kind.text)), \(alerts.map(\.provider)),
            \(alerts.map(\.country)), \(alerts.map(\.service)), \(alerts.map(\.oldCost)), \(alerts.map(\.cost)),
            \(alerts.map(\.changePercent)), \(alerts.map(\.at)))
        ON CONFLICT DO NOTHING
        """
    }

    /// Has gateways told of these countries.
    static func untold(_ countries: [String]) -> SQL {
        """
        INSERT INTO countries (country) SELECT * FROM unnest(\(countries.sorted()))
        ON CONFLICT (country) DO UPDATE SET is_told = false
        """
    }

    /// A message of ours, as the outbox takes it.
    static func letter<Body: Message>(_ message: Body) -> OutgoingMessage {
        OutgoingMessage(
            exchange: Body.channel.rawValue, routingKey: Body.type, type: Body.type, body: message.json)
    }
}
