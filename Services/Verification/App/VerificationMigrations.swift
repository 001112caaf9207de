import Bus
import Choosing
import Database

/// The schema `verification`, step by step. Forward only; a step that has landed is never edited.
enum VerificationMigrations {
    static let all: [Migration] = [
        Migration(1, "outbox", BusMigrations.outbox),
        Migration(2, "inbox", BusMigrations.inbox),
        Migration(3, "lease", BusMigrations.lease),
        Migration(4, "parked", BusMigrations.parked),
        Migration(5, "orders", orders),
        Migration(6, "purchases", purchases),
        Migration(7, "offers", offers),
        Migration(8, "workers", workers),
        Migration(9, "sharing", sharing),
        Migration(10, "lighter writes", lighterWrites),
        Migration(11, "asking", asking),
        Migration(12, "settlements", settlements),
        Migration(13, "acceptance", acceptance),
        Migration(14, "sales by time", salesByTime),
        Migration(15, "market", market),
        Migration(16, "voice", voice),
        Migration(17, "prices told", pricesTold),
        Migration(18, "finishing", finishing),
        Migration(19, "demand", demand),
        Migration(20, "numbers in stock", stock),
    ]

    private static let orders: StaticString = """
        CREATE TABLE orders (
            id uuid PRIMARY KEY,
            account_id uuid NOT NULL,
            origin text NOT NULL CHECK (origin IN ('http', 'amqp')),
            request_id text,
            service text NOT NULL,
            country text NOT NULL,
            capability text NOT NULL CHECK (capability IN ('sms', 'voice', 'sms_and_voice')),
            operator text,
            area_code text,
            pinned_provider text,
            price bigint NOT NULL CHECK (price > 0),
            metadata jsonb,
            created_at timestamptz NOT NULL,
            traceparent text,
            state text NOT NULL CHECK (state IN ('requested', 'funding', 'purchasing', 'waiting', 'received', 'completed',
                'declined', 'failed', 'cancelling', 'cancelled', 'expired')),
            version int NOT NULL CHECK (version > 0),
            updated_at timestamptz NOT NULL,
            hold_id uuid NOT NULL UNIQUE,
            hold_state text NOT NULL CHECK (hold_state IN ('none', 'placing', 'placed', 'declined', 'posting', 'posted',
                'voiding', 'voided')),
            attempts int NOT NULL CHECK (attempts >= 0),
            has_open_intent boolean NOT NULL,
            retry_at timestamptz,
            cancel_mode text CHECK (cancel_mode IN ('cancel', 'report')),
            provider text,
            reference text,
            assigned_operator text,
            cost bigint CHECK (cost >= 0),
            phone_sealed text,
            assigned_at timestamptz,
            expires_at timestamptz,
            cancel_after timestamptz,
            received_at timestamptz,
            keeps_open boolean NOT NULL,
            message_count int NOT NULL CHECK (message_count >= 0),
            step_count int NOT NULL CHECK (step_count >= 0),
            told_step_count int NOT NULL CHECK (told_step_count >= 0),
            error_code text,
            error_message text,
            shard smallint NOT NULL CHECK (shard >= 0 AND shard < 1024),
            -- The rules that no code may break: who completed has paid, and nobody else has.
            CONSTRAINT completed_is_charged CHECK (
                (state IN ('received', 'completed')) = (hold_state IN ('posting', 'posted'))),
            CONSTRAINT number_is_whole CHECK (
                (provider IS NULL) = (reference IS NULL) AND (provider IS NULL) = (phone_sealed IS NULL)),
            CONSTRAINT waiting_has_number CHECK (
                state NOT IN ('waiting', 'received', 'completed', 'cancelling') OR reference IS NOT NULL)
        ) WITH (fillfactor = 70);
        CREATE UNIQUE INDEX orders_once_per_request ON orders (account_id, request_id) WHERE request_id IS NOT NULL;
        CREATE UNIQUE INDEX orders_once_per_number ON orders (provider, reference) WHERE reference IS NOT NULL;
        CREATE INDEX orders_open ON orders (shard, updated_at) WHERE state IN ('waiting', 'cancelling', 'received');
        CREATE INDEX orders_purchasing ON orders (created_at) WHERE state = 'purchasing';
        CREATE INDEX orders_unsettled ON orders (updated_at) WHERE hold_state IN ('placing', 'posting', 'voiding');

        CREATE TABLE messages (
            id uuid PRIMARY KEY,
            order_id uuid NOT NULL REFERENCES orders,
            key text NOT NULL,
            sealed text NOT NULL,
            has_code boolean NOT NULL,
            received_at timestamptz NOT NULL,
            UNIQUE (order_id, key)
        );

        CREATE TABLE steps (
            order_id uuid NOT NULL REFERENCES orders,
            number int NOT NULL,
            at timestamptz NOT NULL,
            step text NOT NULL,
            cause text,
            provider text,
            cost bigint,
            trace_id text,
            PRIMARY KEY (order_id, number)
        );
        """

    private static let purchases: StaticString = """
        CREATE TABLE intents (
            order_id uuid NOT NULL REFERENCES orders,
            attempt int NOT NULL CHECK (attempt > 0),
            provider text NOT NULL,
            operator text NOT NULL,
            service text NOT NULL,
            country text NOT NULL,
            ceiling bigint NOT NULL,
            candidates jsonb NOT NULL,
            state text NOT NULL CHECK (state IN ('calling', 'ambiguous', 'bought', 'adopted', 'refused', 'absent',
                'abandoned')),
            worker uuid NOT NULL,
            sent_at timestamptz NOT NULL,
            deadline timestamptz NOT NULL,
            misses int NOT NULL DEFAULT 0,
            last_miss_at timestamptz,
            PRIMARY KEY (order_id, attempt)
        );
        -- The database itself forbids a second purchase while the first is unresolved.
        CREATE UNIQUE INDEX one_open_intent ON intents (order_id) WHERE state IN ('calling', 'ambiguous');
        CREATE INDEX open_intents ON intents (provider, sent_at) WHERE state IN ('calling', 'ambiguous');

        -- What providers sold us, as they tell it. Observations: written by whoever learns of them, never fenced.
        CREATE TABLE provider_orders (
            provider text NOT NULL,
            reference text NOT NULL,
            order_id uuid REFERENCES orders,
            attempt int,
            service text,
            country text,
            cost bigint,
            state text NOT NULL CHECK (state IN ('linked', 'unclaimed', 'orphan', 'returned', 'lost')),
            first_seen timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (provider, reference),
            CHECK ((state = 'linked') = (order_id IS NOT NULL AND state NOT IN ('orphan', 'returned', 'lost')))
        );
        CREATE INDEX provider_orders_open ON provider_orders (provider, first_seen) WHERE state IN ('unclaimed', 'orphan');
        """

    private static let offers: StaticString = """
        CREATE TABLE offers (
            provider text NOT NULL,
            country text NOT NULL,
            service text NOT NULL,
            operator text NOT NULL,
            cost bigint NOT NULL CHECK (cost > 0),
            count int NOT NULL,
            rate double precision,
            PRIMARY KEY (country, service, provider, operator)
        );
        CREATE TABLE offer_syncs (
            provider text NOT NULL,
            country text NOT NULL,
            synced_at timestamptz NOT NULL,
            digest bytea NOT NULL,
            -- Whether the gateway has been told of this list.
            is_told boolean NOT NULL DEFAULT false,
            PRIMARY KEY (provider, country)
        );
        """

    private static let workers: StaticString = """
        CREATE TABLE workers (
            id uuid PRIMARY KEY,
            until timestamptz NOT NULL
        );
        CREATE TABLE shards (
            shard smallint PRIMARY KEY,
            owner uuid,
            until timestamptz NOT NULL DEFAULT '-infinity'
        );
        INSERT INTO shards (shard) SELECT generate_series(0, 1023);
        """

    /// How often Billing was asked again about the hold as it stands: each question is one more message and answer on
    /// their way while the broker or Billing is away, so that the pauses grow.
    private static let asking: StaticString = """
        ALTER TABLE orders ADD COLUMN hold_asks smallint NOT NULL DEFAULT 0;
        """

    /// When an order was heard of, by the clock that all workers share; when it was made is told by whoever made it.
    private static let acceptance: StaticString = """
        ALTER TABLE orders ADD COLUMN accepted_at timestamptz NOT NULL DEFAULT now();
        DROP INDEX orders_purchasing;
        CREATE INDEX orders_purchasing ON orders (accepted_at) WHERE state = 'purchasing';
        """

    /// Several providers: what an order tried, why an offer was chosen, how offers did lately, how providers stand, and
    /// each time that one was left for another.
    private static let market: StaticString = """
        ALTER TABLE orders ADD COLUMN tried text;
        ALTER TABLE intents ADD COLUMN reason text NOT NULL DEFAULT 'cheapest', ADD COLUMN leader text;
        ALTER TABLE offers ADD COLUMN voice_cost bigint CHECK (voice_cost > 0);

        -- How the orders of an offer went, as each worker saw it: written by that worker alone, added up by whoever reads.
        CREATE TABLE provider_stats (
            worker uuid NOT NULL,
            provider text NOT NULL,
            country text NOT NULL,
            service text NOT NULL,
            operator text NOT NULL,
            figures jsonb NOT NULL,
            written_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (provider, country, service, operator, worker)
        ) WITH (fillfactor = 70);
        CREATE INDEX provider_stats_written ON provider_stats (written_at);

        -- How a provider stands: what operators set, and what was last seen.
        CREATE TABLE provider_health (
            provider text PRIMARY KEY,
            is_enabled boolean NOT NULL DEFAULT true,
            is_pinned boolean NOT NULL DEFAULT false,
            weight double precision NOT NULL DEFAULT 1 CHECK (weight > 0 AND weight <= 100),
            breaker text NOT NULL DEFAULT 'closed' CHECK (breaker IN ('closed', 'half_open', 'open')),
            balance bigint,
            frozen bigint,
            rating double precision,
            error text,
            checked_at timestamptz,
            is_probe_wanted boolean NOT NULL DEFAULT false
        );

        -- When a breaker moved, and when an order went on to another provider.
        CREATE TABLE failover_logs (
            id uuid PRIMARY KEY,
            at timestamptz NOT NULL,
            kind text NOT NULL CHECK (kind IN ('breaker', 'order')),
            provider text NOT NULL,
            -- Of a breaker its state before and after; of an order the provider it went to.
            before text,
            after text NOT NULL,
            cause text,
            order_id uuid
        );
        CREATE INDEX failover_logs_at ON failover_logs (at);
        """

    /// Prices come from Pricing: what providers take, how far each of their lists is known, and what customers pay.
    private static let pricesTold: StaticString = """
        DROP TABLE offer_syncs;
        CREATE TABLE price_marks (
            provider text NOT NULL,
            country text NOT NULL,
            version int NOT NULL,
            told_at timestamptz NOT NULL,
            -- Of a list that comes in parts: whether all have come, and the last service that has.
            is_whole boolean NOT NULL,
            through text,
            PRIMARY KEY (provider, country)
        ) WITH (fillfactor = 50);
        CREATE TABLE sale_prices (
            country text NOT NULL,
            service text NOT NULL,
            offer jsonb NOT NULL,
            told_at timestamptz NOT NULL,
            PRIMARY KEY (country, service)
        ) WITH (fillfactor = 70);

        -- The most that providers may take for the order, where that is not what the price says.
        ALTER TABLE orders ADD COLUMN ceiling bigint CHECK (ceiling > 0);
        -- What an account has paid for this month decides its discount.
        CREATE INDEX orders_paid ON orders (account_id, created_at) WHERE hold_state = 'posted';
        """

    /// What was sold lately is what a provider's own list is held against. The rows are in the order of their time, so
    /// that a mark for every range of pages will do.
    private static let salesByTime: StaticString = """
        CREATE INDEX provider_orders_seen ON provider_orders USING brin (first_seen)
            WITH (pages_per_range = 32, autosummarize = on);
        """

    /// What Billing was told that providers took or gave beside the holds, until it has said that it is posted: a command
    /// that is lost with its queue would leave the books apart for ever.
    private static let settlements: StaticString = """
        CREATE TABLE settlements (
            -- Of the command, each time it is sent.
            id uuid PRIMARY KEY,
            order_id uuid,
            body bytea NOT NULL,
            traceparent text,
            asked_at timestamptz NOT NULL DEFAULT now(),
            asks smallint NOT NULL DEFAULT 1
        );
        """

    /// What workers share: a budget for each provider's requests, as a bucket of tokens. It is worth nothing after a
    /// crash of the server, so it is not written to its log.
    private static let sharing: StaticString = """
        ALTER TABLE workers ADD COLUMN leaving boolean NOT NULL DEFAULT false;
        CREATE UNLOGGED TABLE budgets (
            name text PRIMARY KEY,
            tokens double precision NOT NULL,
            -- To the last who asked.
            granted bigint NOT NULL,
            at timestamptz NOT NULL
        );
        """

    /// An order is written six times and its time-line has as many rows. That no two orders share a hold is kept by the
    /// ledger, whose key the hold's id is; a step is written with the row of its order locked, and orders are not deleted.
    private static let lighterWrites: StaticString = """
        ALTER TABLE orders DROP CONSTRAINT orders_hold_id_key;
        ALTER TABLE steps DROP CONSTRAINT steps_order_id_fkey;
        -- All rows are renewed every few seconds: with room on its page a new version needs no entry in the index.
        ALTER TABLE shards SET (fillfactor = 40);
        """

    /// That a customer wants no more after the code was told by a code received in 1970, which no statistics survive.
    private static let finishing: StaticString = """
        ALTER TABLE orders ADD COLUMN finishes_now boolean NOT NULL DEFAULT false;
        UPDATE orders SET finishes_now = true, received_at = updated_at WHERE received_at = 'epoch';
        """

    /// What was ordered and bought, hour by hour since 1970, to tell what will be. An hour that is here was counted.
    private static let demand: StaticString = """
        CREATE INDEX intents_sent ON intents USING brin (sent_at) WITH (pages_per_range = 32, autosummarize = on);
        CREATE TABLE demand_hours (hour int PRIMARY KEY);
        CREATE TABLE demand (
            hour int NOT NULL REFERENCES demand_hours ON DELETE CASCADE,
            country text NOT NULL,
            service text NOT NULL,
            provider text NOT NULL,
            -- Whose first purchase was tried there.
            orders int NOT NULL CHECK (orders >= 0),
            purchases int NOT NULL CHECK (purchases >= orders),
            PRIMARY KEY (hour, country, service, provider)
        );
        """

    /// Numbers bought before they are ordered: each stands here before its call is made, and leaves when an order takes
    /// it, or when it is to be given back.
    private static let stock: StaticString = """
        CREATE TABLE stock (
            id uuid PRIMARY KEY,
            provider text NOT NULL,
            country text NOT NULL,
            service text NOT NULL,
            operator text NOT NULL,
            ceiling bigint NOT NULL CHECK (ceiling > 0),
            state text NOT NULL CHECK (state IN ('calling', 'ambiguous', 'held')),
            worker uuid NOT NULL,
            sent_at timestamptz NOT NULL,
            deadline timestamptz NOT NULL,
            misses int NOT NULL DEFAULT 0,
            last_miss_at timestamptz,
            reference text,
            cost bigint,
            -- Sealed for this row.
            phone_sealed text,
            expires_at timestamptz,
            UNIQUE (provider, reference),
            CHECK ((state = 'held') = (reference IS NOT NULL AND cost IS NOT NULL AND phone_sealed IS NOT NULL))
        );
        CREATE INDEX stock_held ON stock (provider, country, service) WHERE state = 'held';
        ALTER TABLE provider_orders DROP CONSTRAINT provider_orders_state_check, ADD CONSTRAINT provider_orders_state_check
            CHECK (state IN ('linked', 'unclaimed', 'stock', 'orphan', 'returned', 'lost'));
        CREATE INDEX provider_orders_stock ON provider_orders (provider, first_seen) WHERE state = 'stock';
        """
}
