import Database

/// The tables that the bus needs in a service's schema. A service's own migrations go on from the number after `last`:
///
///     try await database.migrate(BusMigrations.all + [Migration(BusMigrations.last + 1, "orders", orders)])
///
/// A text is never edited once a release has used it, and none is added here: whatever changes later comes as a further
/// constant that each service puts at the end of its own list.
package enum BusMigrations {
    package static let all = [
        Migration(1, "outbox", outbox), Migration(2, "inbox", inbox), Migration(3, "lease", lease),
        Migration(4, "parked", parked),
    ]
    package static let last = 4

    /// Messages written in the transaction of a change, until the broker has confirmed them.
    ///
    /// Rows live for milliseconds and the table is scanned by id, so it is vacuumed early and at full speed, and has no
    /// index but its key: the relay that owns all lanes filters nothing out.
    package static let outbox: StaticString = """
        CREATE TABLE outbox (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            lane smallint NOT NULL,
            msg_id uuid NOT NULL,
            exchange text NOT NULL,
            rkey text NOT NULL,
            type text NOT NULL,
            headers jsonb NOT NULL,
            body bytea NOT NULL,
            created_at timestamptz NOT NULL DEFAULT clock_timestamp()
        ) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000,
                autovacuum_vacuum_cost_delay = 0);
        CREATE TABLE outbox_failed (
            id bigint PRIMARY KEY,
            lane smallint NOT NULL,
            msg_id uuid NOT NULL,
            exchange text NOT NULL,
            rkey text NOT NULL,
            type text NOT NULL,
            headers jsonb NOT NULL,
            body bytea NOT NULL,
            created_at timestamptz NOT NULL,
            error text NOT NULL,
            failed_at timestamptz NOT NULL DEFAULT now()
        );
        """

    /// Which messages each consumer has taken effect of.
    ///
    /// The partition of an id follows from the id alone, the day it was made modulo 16, so that the key is unique over
    /// all partitions, none is ever created or dropped at run time, and forgetting a day is one TRUNCATE. Sixteen days
    /// less the margin are remembered; what comes later meets the unique keys of the business tables.
    package static let inbox: StaticString = """
        CREATE TABLE inbox (
            slot smallint NOT NULL,
            consumer text NOT NULL,
            msg_id uuid NOT NULL,
            at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (slot, consumer, msg_id)
        ) PARTITION BY LIST (slot);
        DO $$
        BEGIN
            FOR slot IN 0..15 LOOP
                EXECUTE format('CREATE TABLE inbox_%s PARTITION OF inbox FOR VALUES IN (%s)', slot, slot);
            END LOOP;
        END $$;
        CREATE FUNCTION inbox_forget(slot int) RETURNS boolean LANGUAGE plpgsql AS $$
        DECLARE
            used boolean;
        BEGIN
            IF slot NOT BETWEEN 0 AND 15 THEN RAISE EXCEPTION 'there is no slot %', slot; END IF;
            EXECUTE format('SELECT EXISTS (SELECT FROM inbox_%s)', slot) INTO used;
            -- An empty one is left alone, for TRUNCATE locks everybody out.
            IF used THEN EXECUTE format('TRUNCATE inbox_%s', slot); END IF;
            RETURN used;
        END $$;
        """

    /// Who may do what only one may do at a time, and until when.
    package static let lease: StaticString = """
        CREATE TABLE lease (
            name text PRIMARY KEY,
            owner uuid,
            epoch bigint NOT NULL DEFAULT 0,
            until timestamptz NOT NULL DEFAULT '-infinity'
        );
        """

    /// Messages that a person has to look at. The same message of the same queue is open once, however often it comes.
    package static let parked: StaticString = """
        CREATE TABLE parked (
            id uuid PRIMARY KEY,
            queue text NOT NULL,
            msg_id text NOT NULL,
            type text NOT NULL,
            reason text NOT NULL,
            attempts int NOT NULL,
            headers jsonb NOT NULL,
            body bytea NOT NULL,
            first_at timestamptz,
            parked_at timestamptz NOT NULL DEFAULT now(),
            replayed_at timestamptz,
            replays int NOT NULL DEFAULT 0,
            discarded_at timestamptz
        );
        CREATE UNIQUE INDEX parked_open ON parked (queue, msg_id, md5(body))
            WHERE replayed_at IS NULL AND discarded_at IS NULL;
        CREATE INDEX parked_parked_at ON parked (parked_at);
        """
}
