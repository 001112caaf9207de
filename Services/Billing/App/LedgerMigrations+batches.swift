extension LedgerMigrations {
    /// What a batch begins with, and what keeps our own counters out of its way.
    static let batches: StaticString = """
        -- What transfers did to our own accounts and is not yet in their counters. Every transaction touches revenue
        -- or a provider; were their rows updated there, all would queue for one row lock. So each writes a line per
        -- account here, and roll_up moves the lines into the counters. A balance of ours is both together.
        CREATE TABLE billing.movements (
            account uuid NOT NULL,
            debits bigint NOT NULL CHECK (debits >= 0),
            credits bigint NOT NULL CHECK (credits >= 0)
        ) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);

        -- Moves every line that is committed into its account. Rows are taken by deleting them, so a late commit is
        -- simply taken next time; there is no watermark to get wrong. One caller at a time; others return at once.
        CREATE FUNCTION billing.roll_up() RETURNS bigint LANGUAGE plpgsql AS $$
        DECLARE
            moved bigint;
        BEGIN
            IF NOT pg_try_advisory_xact_lock(hashtextextended('billing.roll_up', 0)) THEN
                RETURN 0;
            END IF;
            WITH taken AS (
                DELETE FROM billing.movements RETURNING account, debits, credits
            ), sums AS (
                SELECT account, sum(debits)::bigint AS debits, sum(credits)::bigint AS credits, count(*) AS lines
                FROM taken GROUP BY account
            ), applied AS (
                UPDATE billing.accounts a
                SET debits = a.debits + s.debits, credits = a.credits + s.credits, version = a.version + 1
                FROM sums s WHERE a.id = s.account
                RETURNING s.lines
            )
            SELECT coalesce(sum(lines), 0) INTO moved FROM applied;
            RETURN moved;
        END
        $$;

        -- First step of a batch: opens the accounts that are to be opened, locks all in the order of their ids (so that
        -- two batches never wait for each other crosswise), and only then, upon a fresh snapshot, reads what each
        -- command needs to know. One row per command, in their order.
        --
        -- It also settles how the whole transaction is planned: every join of a batch is a few hundred look-ups by key.
        -- Whatever statistics say, none may read a table of millions from end to end, and none is worth compiling.
        CREATE FUNCTION billing.take(accounts uuid[], transfers uuid[], opens boolean[])
        RETURNS TABLE (
            account_id uuid, transfer_id uuid,
            account_kind text, credits bigint, debits bigint, pending bigint, version bigint,
            kind text, account uuid, order_id uuid, amount bigint, reference text, at timestamptz,
            resolution text, captured bigint, resolved_at timestamptz
        ) LANGUAGE plpgsql AS $$
        #variable_conflict use_column
        BEGIN
            PERFORM set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true),
                set_config('enable_seqscan', 'off', true), set_config('jit', 'off', true);

            INSERT INTO billing.accounts (id, kind)
            SELECT DISTINCT c.id, 'customer'
            FROM unnest($1, $3) AS c (id, opens)
            WHERE c.opens AND substr(c.id::text, 15, 1) <> '8'
              AND NOT EXISTS (SELECT FROM billing.accounts a WHERE a.id = c.id)
            ORDER BY 1
            ON CONFLICT (id) DO NOTHING;

            PERFORM 1 FROM billing.accounts a WHERE a.id = ANY ($1) ORDER BY a.id FOR NO KEY UPDATE;

            RETURN QUERY
            SELECT c.account, c.transfer, a.kind, a.credits, a.debits, a.pending, a.version,
                coalesce(t.kind, CASE WHEN d.id IS NOT NULL THEN 'declined' END),
                coalesce(CASE WHEN t.kind = 'top_up' THEN t.credit ELSE t.debit END, d.account),
                coalesce(t.order_id, d.order_id), coalesce(t.amount, d.amount), t.reference,
                coalesce(t.created_at, d.declined_at), r.kind, r.amount, r.created_at
            FROM unnest($1, $2) WITH ORDINALITY AS c (account, transfer, ordinal)
            LEFT JOIN billing.accounts a ON a.id = c.account
            LEFT JOIN billing.transfers t ON t.id = c.transfer
            LEFT JOIN billing.transfers r ON r.hold_id = c.transfer
            LEFT JOIN billing.declined_holds d ON d.id = c.transfer
            ORDER BY c.ordinal;
        END
        $$;
        """
}
