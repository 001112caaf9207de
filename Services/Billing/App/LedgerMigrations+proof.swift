extension LedgerMigrations {
    /// What others read: open holds, the journal, the proof, in the parts that its two forms have in common and those that
    /// they have not. The first has added up the postings of each transfer, which took two thirds of its time.
    static let proof = [journal, makeProof, sums, byPosting, checks]
    static let proofByTransfer = [remakeProof, sums, byTransfer, checks]

    private static let journal: StaticString = """
        -- Holds that nothing has resolved yet.
        CREATE VIEW billing.open_holds AS
            SELECT h.id, h.debit AS account, h.order_id, h.amount, h.created_at
            FROM billing.transfers h
            WHERE h.kind = 'hold' AND NOT EXISTS (SELECT FROM billing.transfers r WHERE r.hold_id = h.id);

        -- The journal for hledger and its kind: one row per posting. Amounts are micro-units in their sign convention:
        -- what an asset or expense gains and what a liability, income or equity loses is positive. The postings of a
        -- transfer sum to zero.
        CREATE VIEW billing.journal AS
            SELECT t.created_at AS at, t.id AS transfer, t.kind, t.order_id, t.reference, p.line, p.account, p.amount
            FROM billing.transfers t
            LEFT JOIN billing.transfers h ON h.id = t.hold_id
            CROSS JOIN LATERAL (
                SELECT 1, 'liabilities:customers:' || t.debit || ':available', t.amount WHERE t.kind = 'hold'
                UNION ALL SELECT 2, 'liabilities:customers:' || t.debit || ':held', -t.amount WHERE t.kind = 'hold'
                UNION ALL SELECT 1, 'liabilities:customers:' || t.debit || ':held', h.amount
                WHERE t.kind IN ('post', 'void')
                UNION ALL SELECT 2, 'income:verifications', -t.amount WHERE t.kind = 'post'
                UNION ALL SELECT 3, 'liabilities:customers:' || t.debit || ':available', -t.released
                    WHERE t.kind = 'post' AND t.released > 0
                UNION ALL SELECT 2, 'liabilities:customers:' || t.debit || ':available', -t.amount WHERE t.kind = 'void'
                UNION ALL SELECT 1, 'equity:top-ups', t.amount WHERE t.kind = 'top_up'
                UNION ALL SELECT 2, 'liabilities:customers:' || t.credit || ':available', -t.amount
                    WHERE t.kind = 'top_up'
                UNION ALL SELECT 1, CASE WHEN t.debit = '00000000-0000-8000-8000-000000000003'
                    THEN 'expenses:losses:' ELSE 'expenses:providers:' END || t.provider, t.amount
                    WHERE t.kind = 'charge'
                UNION ALL SELECT 2, 'assets:providers:' || t.provider, -t.amount WHERE t.kind = 'charge'
                UNION ALL SELECT 1, 'assets:providers:' || t.provider, t.amount WHERE t.kind = 'refund'
                UNION ALL SELECT 2, CASE WHEN t.credit = '00000000-0000-8000-8000-000000000003'
                    THEN 'expenses:losses:' ELSE 'expenses:providers:' END || t.provider, -t.amount
                    WHERE t.kind = 'refund'
            ) AS p (line, account, amount);

        -- Proves the ledger, upon one snapshot: every check with its verdict, then the oldest open holds with their
        -- age. Reads all transfers; changes nothing.
        """

    private static let makeProof: StaticString = """
        CREATE FUNCTION billing.prove() RETURNS TABLE ("check" text, ok boolean, detail text) LANGUAGE sql STABLE AS $$
        """

    private static let remakeProof: StaticString = """
        CREATE OR REPLACE FUNCTION billing.prove() RETURNS TABLE ("check" text, ok boolean, detail text) LANGUAGE sql STABLE AS $$
        """

    private static let sums: StaticString = """
        WITH sums AS (
            SELECT account, sum(credits) AS credits, sum(debits) AS debits, sum(pending) AS pending
            FROM (
                SELECT debit AS account, 0 AS credits,
                    CASE WHEN kind IN ('hold', 'void') THEN 0 ELSE amount END AS debits,
                    CASE kind
                        WHEN 'hold' THEN amount WHEN 'post' THEN -amount - released WHEN 'void' THEN -amount ELSE 0
                    END AS pending
                FROM billing.transfers
                UNION ALL
                SELECT credit, amount, 0, 0 FROM billing.transfers WHERE kind NOT IN ('hold', 'void')
            ) AS sides
            GROUP BY account
        ), counters AS (
            SELECT a.id AS account, a.kind, a.credits + coalesce(m.credits, 0) AS credits,
                a.debits + coalesce(m.debits, 0) AS debits, a.pending
            FROM billing.accounts a
            LEFT JOIN (
                SELECT account, sum(credits) AS credits, sum(debits) AS debits FROM billing.movements GROUP BY account
            ) AS m ON m.account = a.id
        ), faults (rank, example) AS (
            SELECT 1, 'the sum is ' || sum(credits - debits) || ' micro-units'
            FROM counters HAVING sum(credits - debits) <> 0
            UNION ALL
        """

    private static let byPosting: StaticString = """
            SELECT 2, 'transfer ' || transfer || ' by ' || coalesce(sum(amount)::text, 'an unknown amount')
            FROM billing.journal GROUP BY transfer HAVING sum(amount) IS DISTINCT FROM 0 OR count(*) <> count(amount)
        """

    private static let byTransfer: StaticString = """
            -- What has two sides of one amount is balanced as it stands; what resolves a hold is so with the hold's.
            SELECT 2, 'transfer ' || t.id || ' by '
                || coalesce((h.amount - t.amount - t.released)::text, 'an unknown amount')
            FROM billing.transfers t LEFT JOIN billing.transfers h ON h.id = t.hold_id
            WHERE t.kind IN ('post', 'void') AND h.amount - t.amount - t.released IS DISTINCT FROM 0
        """

    private static let checks: StaticString = """
            UNION ALL
            SELECT 3, 'account ' || account || ' has credits ' || coalesce(c.credits, 0) || ', debits '
                || coalesce(c.debits, 0) || ', pending ' || coalesce(c.pending, 0) || '; transfers say '
                || coalesce(s.credits, 0) || ', '
                || coalesce(s.debits, 0) || ', ' || coalesce(s.pending, 0)
            FROM counters c FULL JOIN sums s USING (account)
            WHERE (coalesce(c.credits, 0), coalesce(c.debits, 0), coalesce(c.pending, 0))
                <> (coalesce(s.credits, 0), coalesce(s.debits, 0), coalesce(s.pending, 0))
            UNION ALL
            SELECT 4, 'account ' || s.account
            FROM sums s WHERE NOT EXISTS (SELECT FROM billing.accounts a WHERE a.id = s.account)
            UNION ALL
            SELECT 4, 'account ' || m.account || ' of a movement'
            FROM billing.movements m WHERE NOT EXISTS (SELECT FROM billing.accounts a WHERE a.id = m.account)
            UNION ALL
            SELECT 5, 'account ' || account || ' by ' || (credits - debits - pending)
            FROM counters WHERE kind = 'customer' AND credits - debits - pending < 0
            UNION ALL
            SELECT 6, 'hold ' || hold_id || ' ' || count(*) || ' times'
            FROM billing.transfers WHERE hold_id IS NOT NULL GROUP BY hold_id HAVING count(*) > 1
            UNION ALL
            SELECT 7, 'resolution ' || r.id || ' of ' || r.hold_id
            FROM billing.transfers r LEFT JOIN billing.transfers h ON h.id = r.hold_id AND h.kind = 'hold'
            WHERE r.hold_id IS NOT NULL AND (h.debit, h.credit, h.order_id, h.amount)
                IS DISTINCT FROM (r.debit, r.credit, r.order_id, r.amount + r.released)
            UNION ALL
            SELECT 8, 'hold ' || d.id
            FROM billing.declined_holds d JOIN billing.transfers t ON t.id = d.id
            UNION ALL
            SELECT 9, provider || ' ' || reference || ' ' || kind || ' ' || count(*) || ' times'
            FROM billing.transfers WHERE provider IS NOT NULL GROUP BY provider, reference, kind HAVING count(*) > 1
            UNION ALL
            SELECT 10, provider || ' ' || reference
            FROM billing.transfers WHERE provider IS NOT NULL GROUP BY provider, reference
            HAVING coalesce(sum(amount) FILTER (WHERE kind = 'refund'), 0)
                > coalesce(sum(amount) FILTER (WHERE kind = 'charge'), 0)
        ), checks (rank, name) AS (
            SELECT rank, name FROM (VALUES
                (1, 'all sides sum to zero'), (2, 'postings of each transfer sum to zero'),
                (3, 'counters are what transfers sum to'), (4, 'every transfer names accounts that exist'),
                (5, 'no customer is below zero'), (6, 'no hold is resolved twice'), (7, 'resolutions fit their holds'),
                (8, 'no hold is both placed and declined'), (9, 'providers settled each order once'),
                (10, 'no provider gave back more than it took')) AS names (rank, name)
        ), open AS (
            SELECT * FROM billing.open_holds
        )
        SELECT name, ok, detail FROM (
            SELECT c.rank, NULL::timestamptz AS at, c.name, coalesce(f.count, 0) = 0 AS ok,
                coalesce(f.count || ' faults: ' || f.examples, '') AS detail
            FROM checks c LEFT JOIN (
                SELECT rank, count(*) AS count,
                    string_agg(example, '; ' ORDER BY example) FILTER (WHERE place <= 5) AS examples
                FROM (SELECT *, row_number() OVER (PARTITION BY rank ORDER BY example) AS place FROM faults) AS placed
                GROUP BY rank
            ) AS f USING (rank)
            UNION ALL
            SELECT 11, NULL, 'open holds', true,
                count(*) || ' open, ' || coalesce(sum(amount), 0) || ' micro-units held'
            FROM open
            UNION ALL
            SELECT 12, created_at, 'open hold', true,
                'hold ' || id || ' of order ' || order_id || ' of account ' || account || ': ' || amount
                    || ' micro-units for ' || floor(extract(epoch FROM now() - created_at)) || ' s'
            FROM (SELECT * FROM open ORDER BY created_at LIMIT 100) AS oldest
        ) AS report
        ORDER BY rank, at, detail
        $$;
        """
}
