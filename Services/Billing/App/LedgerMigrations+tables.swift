extension LedgerMigrations {
    /// Accounts, transfers, declined holds, and who may change what.
    static let tables: StaticString = """
        CREATE TABLE billing.accounts (
            id uuid PRIMARY KEY,
            kind text NOT NULL CHECK (
                kind IN ('customer', 'provider', 'revenue', 'cost_of_sales', 'provider_loss', 'top_up_source')),
            -- The provider, for a provider's account.
            name text,
            credits bigint NOT NULL DEFAULT 0 CHECK (credits >= 0),
            debits bigint NOT NULL DEFAULT 0 CHECK (debits >= 0),
            pending bigint NOT NULL DEFAULT 0 CHECK (pending >= 0),
            version bigint NOT NULL DEFAULT 0,
            opened_at timestamptz NOT NULL DEFAULT now(),
            CONSTRAINT customers_never_overdraw CHECK (kind <> 'customer' OR debits + pending <= credits),
            CONSTRAINT only_customers_hold CHECK (kind = 'customer' OR pending = 0),
            CONSTRAINT only_providers_have_names CHECK ((kind = 'provider') = (name IS NOT NULL)),
            -- Ours have ids of version 8, customers' of any other: no command can name one of ours as a customer's.
            CONSTRAINT ours_are_apart CHECK ((kind = 'customer') = (substr(id::text, 15, 1) <> '8')),
            UNIQUE (kind, name)
        ) WITH (fillfactor = 70);
        -- A name of NULL equals no other, so one of each of the rest needs its own index.
        CREATE UNIQUE INDEX one_of_each_platform_account ON billing.accounts (kind)
            WHERE kind NOT IN ('customer', 'provider');

        INSERT INTO billing.accounts (id, kind) VALUES
            ('00000000-0000-8000-8000-000000000001', 'revenue'),
            ('00000000-0000-8000-8000-000000000002', 'cost_of_sales'),
            ('00000000-0000-8000-8000-000000000003', 'provider_loss'),
            ('00000000-0000-8000-8000-000000000004', 'top_up_source');

        -- The journal. A row has both sides, so it is balanced by construction. Accounts are not referenced by foreign
        -- keys: each would share-lock the one row of revenue or of a provider in every transaction; the proof looks for
        -- strays.
        CREATE TABLE billing.transfers (
            id uuid PRIMARY KEY,
            kind text NOT NULL CHECK (kind IN ('hold', 'post', 'void', 'top_up', 'charge', 'refund')),
            debit uuid NOT NULL,
            credit uuid NOT NULL,
            amount bigint NOT NULL CHECK (amount > 0),
            -- What a post gave back of its hold.
            released bigint NOT NULL DEFAULT 0 CHECK (released >= 0),
            hold_id uuid REFERENCES billing.transfers (id),
            order_id uuid,
            provider text,
            reference text,
            created_at timestamptz NOT NULL,
            CONSTRAINT two_sides CHECK (debit <> credit),
            CONSTRAINT resolutions_name_a_hold CHECK ((kind IN ('post', 'void')) = (hold_id IS NOT NULL)),
            CONSTRAINT only_posts_release CHECK (released = 0 OR kind = 'post'),
            CONSTRAINT orders_hold CHECK (kind NOT IN ('hold', 'post', 'void') OR order_id IS NOT NULL),
            CONSTRAINT settlements_name_an_order_of_the_provider CHECK (
                (kind IN ('charge', 'refund')) = (provider IS NOT NULL) AND (provider IS NULL OR reference IS NOT NULL))
        );
        CREATE UNIQUE INDEX hold_resolved_once ON billing.transfers (hold_id) WHERE hold_id IS NOT NULL;
        CREATE UNIQUE INDEX settled_once ON billing.transfers (provider, reference, kind) WHERE provider IS NOT NULL;

        -- Holds that were refused, kept so that a repeat gets the same verdict.
        CREATE TABLE billing.declined_holds (
            id uuid PRIMARY KEY,
            order_id uuid NOT NULL,
            account uuid NOT NULL,
            amount bigint NOT NULL CHECK (amount > 0),
            declined_at timestamptz NOT NULL
        );

        CREATE FUNCTION billing.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION '% is append-only: correct it with another transfer', TG_TABLE_NAME
                USING ERRCODE = 'restrict_violation';
        END
        $$;
        CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON billing.transfers
            FOR EACH STATEMENT EXECUTE FUNCTION billing.refuse_change();
        CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON billing.declined_holds
            FOR EACH STATEMENT EXECUTE FUNCTION billing.refuse_change();
        """
}
