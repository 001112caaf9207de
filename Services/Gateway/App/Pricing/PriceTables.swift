import Contracts
import Database
import JSON
import Kit

/// The read models of prices, as the projection writes them.
enum PriceTables {
    static let migration: StaticString = """
        ALTER TABLE offers ADD COLUMN floor bigint, ADD COLUMN providers jsonb;
        -- When what is sold in a country last changed, by a clock that only goes forward.
        CREATE TABLE offer_countries (
            country text PRIMARY KEY,
            changed_at timestamptz NOT NULL
        ) WITH (fillfactor = 50);
        INSERT INTO offer_countries SELECT country, max(fetched_at) FROM offers GROUP BY country;

        CREATE TABLE price_changes (
            number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            service text NOT NULL,
            country text NOT NULL,
            provider text NOT NULL,
            -- Of the provider's list for the country that brought it.
            version int NOT NULL,
            old_cost bigint,
            cost bigint,
            old_price bigint,
            price bigint,
            change double precision,
            at timestamptz NOT NULL,
            UNIQUE (service, country, provider, version)
        );
        CREATE TABLE price_alerts (
            id uuid PRIMARY KEY,
            kind text NOT NULL,
            provider text NOT NULL,
            country text NOT NULL,
            service text NOT NULL,
            old_cost bigint,
            cost bigint NOT NULL,
            change double precision,
            at timestamptz NOT NULL,
            is_read boolean NOT NULL DEFAULT false
        );

        CREATE TABLE quotes (
            id uuid PRIMARY KEY,
            account_id uuid NOT NULL,
            service text NOT NULL,
            country text NOT NULL,
            capability text NOT NULL,
            operator text,
            price bigint NOT NULL CHECK (price > 0),
            created_at timestamptz NOT NULL,
            expires_at timestamptz NOT NULL,
            -- The verification that was ordered with it: one.
            used_by uuid
        );
        CREATE INDEX quotes_by_age ON quotes (expires_at);
        ALTER TABLE verifications ADD COLUMN ceiling bigint;

        -- Recommendations as they were made.
        CREATE TABLE cost_optimization_logs (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            account_id uuid NOT NULL,
            kind text NOT NULL,
            service text,
            country text,
            text text NOT NULL,
            saving bigint NOT NULL,
            at timestamptz NOT NULL DEFAULT now()
        );
        CREATE INDEX cost_optimization_logs_of_account ON cost_optimization_logs (account_id, at);
        CREATE INDEX movements_paid ON movements (account_id, at) WHERE kind = 'capture';
        """

    /// What is sold in a range of a country's services, whole.
    static func offers(_ change: OffersChanged) -> [SQL] {
        let after: SQL = change.after.map { "AND service > \($0) COLLATE \"C\"" } ?? ""
        let through: SQL = change.through.map { "AND service <= \($0) COLLATE \"C\"" } ?? ""
        let services = change.services
        return [
            """
            DELETE FROM offers WHERE country = \(change.country) AND fetched_at < \(change.fetchedAt) \(after) \(through)
                AND service <> ALL(\(services.map(\.service)))
            """,
            """
            INSERT INTO offers (country, service, tier, price, voice_premium, count, success_rate, operators, floor,
                providers, fetched_at)
            SELECT \(change.country), *, \(change.fetchedAt) FROM unnest(\(services.map(\.service)),
                \(services.map(\.tier)), \(services.map(\.price)), \(services.map(\.voicePremium)),
                \(services.map(\.count)), \(services.map(\.successRate)), \(services.map { JSON(of: $0.operators) }),
                \(services.map(\.floor)), \(services.map { $0.providers.map { JSON(of: $0) } }))
            ON CONFLICT (country, service) DO UPDATE SET tier = excluded.tier, price = excluded.price,
                voice_premium = excluded.voice_premium, count = excluded.count, success_rate = excluded.success_rate,
                operators = excluded.operators, floor = excluded.floor, providers = excluded.providers,
                fetched_at = excluded.fetched_at
            WHERE offers.fetched_at < excluded.fetched_at
            """,
        ]
    }

    /// Says that these countries changed; in their order, so that two gateways do not wait for each other in a circle.
    static func changed(_ countries: Set<String>) -> SQL {
        """
        INSERT INTO offer_countries AS c (country, changed_at)
        SELECT country, clock_timestamp() FROM unnest(\(countries.sorted())) AS country ORDER BY country
        ON CONFLICT (country) DO UPDATE SET changed_at = greatest(
            excluded.changed_at, c.changed_at + interval '1 microsecond')
        RETURNING country, changed_at
        """
    }

    /// Moves, each once.
    static func moves(_ batch: PricesChanged) -> SQL {
        let moves = batch.changes
        return """
            INSERT INTO price_changes (service, country, provider, version, old_cost, cost, old_price, price, change, at)
            SELECT service, \(batch.country), \(batch.provider), \(batch.version), old_cost, cost, old_price, price,
                change, \(batch.at)
            FROM unnest(\(moves.map(\.service)), \(moves.map(\.oldCost)), \(moves.map(\.cost)),
                \(moves.map(\.oldPrice)), \(moves.map(\.price)), \(moves.map(\.changePercent)))
                AS m (service, old_cost, cost, old_price, price, change)
            ON CONFLICT DO NOTHING
            """
    }

    /// Alerts, each once; whoever has read one stays with that.
    static func alerts(_ alerts: [PriceAlert]) -> SQL {
        """
        INSERT INTO price_alerts (id, kind, provider, country, service, old_cost, cost, change, at)
        SELECT * FROM unnest(\(alerts.map(\.id)), \(alerts.map(\.kind.text)), \(alerts.map(\.provider)),
            \(alerts.map(\.country)), \(alerts.map(\.service)), \(alerts.map(\.oldCost)), \(alerts.map(\.cost)),
            \(alerts.map(\.changePercent)), \(alerts.map(\.at)))
        ON CONFLICT DO NOTHING
        """
    }
}
