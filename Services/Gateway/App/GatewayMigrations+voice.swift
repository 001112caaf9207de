extension GatewayMigrations {
    /// Calls as their owners see them, recordings for as long as they are kept, and which notices of providers were taken.
    static let voice: StaticString = """
        CREATE TABLE calls (
            id uuid PRIMARY KEY,
            verification_id uuid NOT NULL,
            -- Of the verification, when this was told: the highest holds.
            version int NOT NULL,
            sealed text NOT NULL,
            status text NOT NULL,
            has_code boolean NOT NULL,
            received_at timestamptz NOT NULL,
            duration_seconds int,
            audio_type text,
            audio_size bigint
        );
        CREATE INDEX calls_of_verification ON calls (verification_id);

        CREATE TABLE recording_parts (
            call_id uuid NOT NULL,
            part int NOT NULL,
            parts int NOT NULL,
            size bigint NOT NULL,
            audio_type text NOT NULL,
            verification_id uuid NOT NULL,
            sealed bytea NOT NULL,
            keep_until timestamptz NOT NULL,
            PRIMARY KEY (call_id, part)
        );
        ALTER TABLE recording_parts ALTER COLUMN sealed SET STORAGE EXTERNAL;
        CREATE INDEX recording_parts_by_end ON recording_parts (keep_until);

        -- Made of the provider's name of its notice, so that a repeat has the same.
        CREATE TABLE notices (
            id uuid PRIMARY KEY,
            at timestamptz NOT NULL DEFAULT now()
        );
        CREATE INDEX notices_by_age ON notices (at);
        """
}
