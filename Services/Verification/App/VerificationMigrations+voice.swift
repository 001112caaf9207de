extension VerificationMigrations {
    /// Calls that reached numbers, with what is to be done about each, and their recordings.
    static let voice: StaticString = """
        ALTER TABLE orders
            -- How much the provider has told of calls, and of how many it is waited for what was said.
            ADD COLUMN call_mark int NOT NULL DEFAULT 0 CHECK (call_mark >= 0),
            ADD COLUMN open_calls int NOT NULL DEFAULT 0 CHECK (open_calls >= 0);

        CREATE TABLE calls (
            id uuid PRIMARY KEY,
            order_id uuid NOT NULL REFERENCES orders,
            key text NOT NULL,
            received_at timestamptz NOT NULL,
            sealed text NOT NULL,
            has_code boolean NOT NULL,
            is_read boolean NOT NULL,
            is_open boolean NOT NULL,
            mark int NOT NULL CHECK (mark > 0),
            place_sealed text,
            audio_type text,
            audio_size int CHECK (audio_size > 0),
            seconds int,
            -- When somebody is to look after it; whoever does puts that off first. NULL when nothing is to be done.
            due_at timestamptz,
            tries int NOT NULL DEFAULT 0,
            first_seen timestamptz NOT NULL DEFAULT now(),
            -- Whether the gateway has the recording, and until when it is kept.
            is_passed boolean NOT NULL DEFAULT false,
            keep_until timestamptz,
            UNIQUE (order_id, key),
            CHECK ((audio_type IS NULL) = (audio_size IS NULL))
        );
        CREATE INDEX calls_due ON calls (due_at) WHERE due_at IS NOT NULL;
        CREATE INDEX calls_kept ON calls (keep_until) WHERE keep_until IS NOT NULL;

        -- Sealed one by one, so that they can be passed on as they stand.
        CREATE TABLE recording_parts (
            call_id uuid NOT NULL REFERENCES calls,
            part int NOT NULL CHECK (part >= 0),
            sealed bytea NOT NULL,
            PRIMARY KEY (call_id, part)
        );
        -- What is sealed does not become smaller by packing.
        ALTER TABLE recording_parts ALTER COLUMN sealed SET STORAGE EXTERNAL;
        """
}
