import Bus
import Database

/// The read models of the schema `gateway`, step by step. Forward only; a step that has landed is never edited.
enum GatewayMigrations {
    static let all: [Migration] = [
        Migration(1, "outbox", BusMigrations.outbox),
        Migration(2, "inbox", BusMigrations.inbox),
        Migration(3, "lease", BusMigrations.lease),
        Migration(4, "parked", BusMigrations.parked),
        Migration(5, "verifications", verifications),
        Migration(6, "money", money),
        Migration(7, "catalogue", catalogue),
        Migration(8, "events", events),
        Migration(9, "idempotency", idempotency),
        Migration(10, "accounts", AccountMigrations.accounts),
        Migration(11, "event places", eventPlaces),
        Migration(12, "inquiries", inquiries),
        Migration(13, "failovers", failovers),
        Migration(14, "voice", voice),
        Migration(15, "prices", PriceTables.migration),
        Migration(16, "asked operator", askedOperator),
        Migration(17, "answers in time", answersInTime),
    ]

    private static let verifications: StaticString = """
        CREATE TABLE verifications (
            id uuid PRIMARY KEY,
            account_id uuid NOT NULL,
            -- Zero for what was accepted here and of which Verification has said nothing yet.
            version int NOT NULL,
            status text NOT NULL,
            service text NOT NULL,
            country text NOT NULL,
            capability text NOT NULL,
            operator text,
            provider text,
            request_id text,
            price bigint NOT NULL,
            phone_sealed text,
            expires_at timestamptz,
            cancel_after timestamptz,
            can_cancel boolean NOT NULL,
            can_report boolean NOT NULL,
            can_request_another boolean NOT NULL,
            error_code text,
            error_message text,
            metadata jsonb,
            created_at timestamptz NOT NULL,
            updated_at timestamptz NOT NULL
        ) WITH (fillfactor = 80);
        CREATE INDEX verifications_of_account ON verifications (account_id, id DESC);

        CREATE TABLE messages (
            id uuid PRIMARY KEY,
            verification_id uuid NOT NULL,
            sealed text NOT NULL,
            has_code boolean NOT NULL,
            received_at timestamptz NOT NULL
        );
        CREATE INDEX messages_of_verification ON messages (verification_id);

        CREATE TABLE steps (
            verification_id uuid NOT NULL,
            number int NOT NULL,
            at timestamptz NOT NULL,
            step text NOT NULL,
            cause text,
            provider text,
            cost bigint,
            trace_id text,
            PRIMARY KEY (verification_id, number)
        );
        """

    private static let money: StaticString = """
        CREATE TABLE balances (
            account_id uuid PRIMARY KEY,
            available bigint NOT NULL,
            held bigint NOT NULL,
            version bigint NOT NULL
        ) WITH (fillfactor = 70);

        -- One row per movement: the hold's or top-up's id and what was done with it.
        CREATE TABLE movements (
            id uuid NOT NULL,
            kind text NOT NULL,
            account_id uuid NOT NULL,
            verification_id uuid,
            amount bigint NOT NULL,
            reference text,
            available bigint NOT NULL,
            held bigint NOT NULL,
            at timestamptz NOT NULL,
            number bigint GENERATED ALWAYS AS IDENTITY,
            PRIMARY KEY (id, kind)
        );
        CREATE INDEX movements_of_account ON movements (account_id, number DESC);
        """

    private static let catalogue: StaticString = """
        CREATE TABLE offers (
            country text NOT NULL,
            service text NOT NULL,
            tier text NOT NULL,
            price bigint NOT NULL,
            voice_premium bigint NOT NULL,
            count bigint NOT NULL,
            success_rate double precision,
            operators jsonb NOT NULL,
            fetched_at timestamptz NOT NULL,
            PRIMARY KEY (country, service)
        );
        CREATE TABLE providers (
            name text PRIMARY KEY,
            status jsonb NOT NULL,
            checked_at timestamptz NOT NULL
        );
        """

    private static let failovers: StaticString = """
        CREATE TABLE failovers (
            number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            id uuid NOT NULL UNIQUE,
            at timestamptz NOT NULL,
            kind text NOT NULL,
            provider text NOT NULL,
            before text,
            after text NOT NULL,
            cause text,
            verification_id uuid
        );
        CREATE INDEX failovers_at ON failovers (at);
        """

    private static let events: StaticString = """
        -- What clients are told; the id is that of the message which brought it. Personal data stays sealed in here.
        CREATE TABLE events (
            id uuid PRIMARY KEY,
            account_id uuid NOT NULL,
            type text NOT NULL,
            fact jsonb NOT NULL,
            at timestamptz NOT NULL,
            arrived_at timestamptz NOT NULL DEFAULT clock_timestamp(),
            number bigint GENERATED ALWAYS AS IDENTITY
        );
        CREATE INDEX events_of_account ON events (account_id, arrived_at, number);
        CREATE INDEX events_by_arrival ON events (arrived_at);
        """

    /// Each account's events are counted, in the order of their commits: whoever has the row of the count has it until
    /// its transaction is over. So an event that can be seen says that all before it can be, on every gateway.
    private static let eventPlaces: StaticString = """
        CREATE TABLE event_counts (
            account_id uuid PRIMARY KEY,
            last bigint NOT NULL
        ) WITH (fillfactor = 50);
        ALTER TABLE events ADD COLUMN place bigint;
        UPDATE events e SET place = n.place FROM (
            SELECT id, row_number() OVER (PARTITION BY account_id ORDER BY arrived_at, number) AS place FROM events) n
        WHERE n.id = e.id;
        INSERT INTO event_counts SELECT account_id, max(place) FROM events GROUP BY account_id;
        ALTER TABLE events ALTER COLUMN place SET NOT NULL;
        CREATE UNIQUE INDEX events_in_order ON events (account_id, place);
        """

    /// What must be known to say a request again, and when to look whether all was heard. Facts leave `ask_at` alone, so
    /// that they change no index.
    private static let inquiries: StaticString = """
        ALTER TABLE verifications ADD COLUMN area_code text, ADD COLUMN pinned_provider text,
            -- NULL once it is over and all of it was told.
            ADD COLUMN ask_at timestamptz, ADD COLUMN asks smallint NOT NULL DEFAULT 0,
            -- The last action that was asked for, and the id of its message.
            ADD COLUMN wish text, ADD COLUMN wish_id uuid;
        -- Of what was taken before, and not heard of, it is not known whether a provider was asked for.
        UPDATE verifications SET ask_at = now() WHERE status IN ('pending', 'waiting_sms') AND version > 0;
        CREATE INDEX verifications_to_ask ON verifications (ask_at) WHERE ask_at IS NOT NULL;
        CREATE INDEX movements_of_verification ON movements (verification_id);

        -- Until they are posted.
        CREATE TABLE top_ups (
            id uuid PRIMARY KEY,
            account_id uuid NOT NULL,
            amount bigint NOT NULL,
            reference text,
            -- NULL when it was asked after for too long.
            ask_at timestamptz,
            asks smallint NOT NULL DEFAULT 0
        );
        CREATE INDEX top_ups_to_ask ON top_ups (ask_at) WHERE ask_at IS NOT NULL;
        """

    /// `operator` is whose number it is, once there is one; this, whose was asked for.
    private static let askedOperator: StaticString = "ALTER TABLE verifications ADD COLUMN asked_operator text;"

    private static let idempotency: StaticString = """
        CREATE TABLE idempotency (
            account_id uuid NOT NULL,
            key text NOT NULL,
            request_hash bytea NOT NULL,
            resource uuid NOT NULL,
            status int,
            location text,
            body bytea,
            created_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (account_id, key)
        );
        CREATE INDEX idempotency_by_age ON idempotency (created_at);
        """

    /// Until when the first request may still be at its answer. One that an earlier version writes down says nothing, and
    /// has the longest time that there is.
    private static let answersInTime: StaticString = """
        ALTER TABLE idempotency ADD COLUMN answer_by timestamptz NOT NULL DEFAULT now() + interval '75 seconds';
        """
}
