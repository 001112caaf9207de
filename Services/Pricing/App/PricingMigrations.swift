import Bus
import Database

/// The schema `pricing`, step by step. Forward only; a step that has landed is never edited.
enum PricingMigrations {
    static let all: [Migration] = [
        Migration(1, "outbox", BusMigrations.outbox),
        Migration(2, "inbox", BusMigrations.inbox),
        Migration(3, "lease", BusMigrations.lease),
        Migration(4, "parked", BusMigrations.parked),
        Migration(5, "prices", prices),
        Migration(6, "policy", policy),
        Migration(7, "watching", watching),
    ]

    private static let prices: StaticString = """
        -- One row for each list that was ever asked for, also where nothing is sold.
        CREATE TABLE price_lists (
            provider text NOT NULL,
            country text NOT NULL,
            -- Of what stands in pricing_cache; grows by one with every change.
            version int NOT NULL DEFAULT 0,
            -- When that provider was last asked, and when that gave the list as it stands.
            checked_at timestamptz,
            fetched_at timestamptz,
            -- When somebody wanted it asked for at once; over as soon as it was checked later.
            asked_at timestamptz,
            -- Whether somebody wants it told whole.
            is_wanted boolean NOT NULL DEFAULT false,
            PRIMARY KEY (provider, country)
        ) WITH (fillfactor = 70);

        -- What providers take now.
        CREATE TABLE pricing_cache (
            provider text NOT NULL,
            country text NOT NULL,
            service text NOT NULL,
            operator text NOT NULL,
            cost bigint NOT NULL CHECK (cost > 0),
            voice_cost bigint CHECK (voice_cost > 0),
            count bigint NOT NULL,
            rate double precision,
            PRIMARY KEY (country, provider, service, operator)
        ) WITH (fillfactor = 80);

        -- Every move of a price, for good. What appeared has no old price, what is gone no new one.
        CREATE TABLE price_history (
            number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            provider text NOT NULL,
            country text NOT NULL,
            service text NOT NULL,
            operator text NOT NULL,
            capability text NOT NULL CHECK (capability IN ('sms', 'voice')),
            old bigint,
            new bigint,
            change double precision,
            at timestamptz NOT NULL,
            CONSTRAINT something_moved CHECK (old IS DISTINCT FROM new)
        );
        CREATE INDEX price_history_of_goods ON price_history (service, country, provider, at);
        CREATE INDEX price_history_by_time ON price_history USING brin (at) WITH (pages_per_range = 32);
        """

    private static let policy: StaticString = """
        -- What was set by hand; the empty country stands for all.
        CREATE TABLE service_pricing (
            service text NOT NULL,
            country text NOT NULL DEFAULT '',
            tier text CHECK (tier IN ('high_demand', 'standard', 'premium')),
            price bigint CHECK (price > 0),
            updated_at timestamptz NOT NULL DEFAULT now(),
            updated_by uuid,
            PRIMARY KEY (service, country)
        );

        -- What gateways have been told of each country.
        CREATE TABLE countries (
            country text PRIMARY KEY,
            is_told boolean NOT NULL DEFAULT false
        ) WITH (fillfactor = 50);
        """

    private static let watching: StaticString = """
        CREATE TABLE price_alerts (
            id uuid PRIMARY KEY,
            kind text NOT NULL CHECK (kind IN ('rose', 'fell', 'below_floor')),
            provider text NOT NULL,
            country text NOT NULL,
            service text NOT NULL,
            old bigint,
            new bigint NOT NULL,
            change double precision,
            at timestamptz NOT NULL,
            is_read boolean NOT NULL DEFAULT false
        );
        CREATE INDEX price_alerts_by_time ON price_alerts (at);
        CREATE INDEX price_alerts_unread ON price_alerts (country, service) WHERE kind = 'below_floor' AND NOT is_read;

        -- Recommendations as they were made.
        CREATE TABLE cost_optimization_logs (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            kind text NOT NULL,
            country text NOT NULL,
            service text NOT NULL,
            from_provider text NOT NULL,
            to_provider text NOT NULL,
            cost bigint NOT NULL,
            lower bigint NOT NULL,
            at timestamptz NOT NULL
        );
        CREATE INDEX cost_optimization_logs_of_goods ON cost_optimization_logs (country, at);
        """
}
