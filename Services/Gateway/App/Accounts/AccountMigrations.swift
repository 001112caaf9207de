/// The tables of accounts, in the schema of the gateway.
enum AccountMigrations {
    static let accounts: StaticString = """
        CREATE TABLE users (
            id uuid PRIMARY KEY,
            -- A keyed hash of the address in lower case: finds the account without telling the address.
            email_hash bytea UNIQUE,
            email_sealed text,
            name_sealed text NOT NULL,
            password_hash text,
            role text NOT NULL CHECK (role IN ('user', 'support', 'admin')),
            kind text NOT NULL CHECK (kind IN ('person', 'publisher')),
            status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'closed')),
            -- Requests a minute: NULL for the usual number, 0 for no limit.
            rate_limit_per_minute int CHECK (rate_limit_per_minute >= 0),
            created_at timestamptz NOT NULL,
            CHECK ((email_hash IS NULL) = (email_sealed IS NULL)),
            CHECK (password_hash IS NULL OR email_hash IS NOT NULL)
        );

        CREATE TABLE api_keys (
            id uuid PRIMARY KEY,
            user_id uuid NOT NULL REFERENCES users,
            hash bytea NOT NULL UNIQUE,
            prefix text NOT NULL,
            name text NOT NULL,
            created_at timestamptz NOT NULL,
            last_used_at timestamptz,
            revoked_at timestamptz
        );
        CREATE INDEX api_keys_of_user ON api_keys (user_id, id DESC) WHERE revoked_at IS NULL;

        -- A sign-in: the family of all the refresh tokens that came out of it, one after the other.
        CREATE TABLE sessions (
            id uuid PRIMARY KEY,
            user_id uuid NOT NULL REFERENCES users,
            created_at timestamptz NOT NULL,
            expires_at timestamptz NOT NULL,
            revoked_at timestamptz
        );
        CREATE INDEX sessions_of_user ON sessions (user_id, expires_at);

        CREATE TABLE refresh_tokens (
            hash bytea PRIMARY KEY,
            session_id uuid NOT NULL REFERENCES sessions ON DELETE CASCADE,
            issued_at timestamptz NOT NULL,
            expires_at timestamptz NOT NULL,
            used_at timestamptz
        );
        CREATE INDEX refresh_tokens_of_session ON refresh_tokens (session_id);

        CREATE TABLE audit_log (
            id uuid PRIMARY KEY,
            at timestamptz NOT NULL DEFAULT clock_timestamp(),
            actor_id uuid NOT NULL REFERENCES users,
            user_id uuid NOT NULL REFERENCES users,
            action text NOT NULL,
            -- No personal data: what is in here stays for ever.
            details jsonb NOT NULL,
            trace_id text
        );
        CREATE INDEX audit_log_of_user ON audit_log (user_id, id DESC);

        CREATE FUNCTION audit_log_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION 'the audit log is append-only' USING ERRCODE = 'restrict_violation';
        END
        $$;
        CREATE TRIGGER audit_log_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log
            FOR EACH STATEMENT EXECUTE FUNCTION audit_log_is_append_only();
        """
}
