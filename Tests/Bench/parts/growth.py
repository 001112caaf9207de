"""What a verification costs when there were very many before it."""
import os

import filling
from harness import (environment, expect, line, load, metrics, note, obedient_provider, order, processor_seconds, query,
                     second, stack, until)

# A million take minutes to write; a quarter of them is as deep a tree in every index.
ORDERS = int(environment.get("NAMASKAH_BENCH_ORDERS", "250000"))
# Who works on a verification: those whose tables grow, and the tables.
WORKERS = ("gateway", "verification", "billing", "postgres")
TABLES = {
    "verification.orders": ("id", {
        "id": "m.id", "hold_id": "m.hold_id", "reference": "m.reference",
        "shard": "('x' || right(m.id::text, 3))::bit(12)::int & 1023"}),
    "verification.steps": ("order_id", {"order_id": "m.id"}),
    "verification.messages": ("order_id", {"id": filling.another("id"), "order_id": "m.id"}),
    "verification.intents": ("order_id", {"order_id": "m.id"}),
    "verification.provider_orders": ("order_id", {"order_id": "m.id", "reference": "m.reference"}),
    "gateway.verifications": ("id", {"id": "m.id"}),
    "gateway.steps": ("verification_id", {"verification_id": "m.id"}),
    "gateway.messages": ("verification_id", {"id": filling.another("id"), "verification_id": "m.id"}),
    "gateway.movements": ("verification_id", {"id": "m.hold_id", "verification_id": "m.id"}),
    "gateway.events": ("fact ->> 'verification_id'", {
        "id": filling.another("id"), "fact": "jsonb_set(o.fact, '{verification_id}', to_jsonb(m.id))",
        "place": "o.place + m.n * 20"}),
    "billing.transfers": ("order_id", {
        "id": f"CASE WHEN o.kind = 'hold' THEN m.hold_id ELSE {filling.another('kind')} END", "order_id": "m.id",
        "hold_id": "CASE WHEN o.hold_id IS NOT NULL THEN m.hold_id END",
        "reference": "CASE WHEN o.reference IS NOT NULL THEN m.reference END"}),
}
# What those transfers did to the accounts, with as much paid in before as they took.
BOOKS = """
WITH sides AS (
    SELECT debit AS account, 0::bigint AS credits, CASE kind WHEN 'hold' THEN 0 ELSE amount END * {count} AS debits
    FROM bench.billing_transfers
    UNION ALL SELECT credit, CASE kind WHEN 'hold' THEN 0 ELSE amount END * {count}, 0 FROM bench.billing_transfers
), paid AS (
    INSERT INTO billing.transfers (id, kind, debit, credit, amount, reference, created_at)
    SELECT gen_random_uuid(), 'top_up', '00000000-0000-8000-8000-000000000004', debit, amount * {count}, 'bench', now()
    FROM bench.billing_transfers WHERE kind = 'hold' RETURNING debit, credit, amount
), everything AS (
    SELECT * FROM sides UNION ALL SELECT debit, 0, amount FROM paid UNION ALL SELECT credit, amount, 0 FROM paid
)
UPDATE billing.accounts a SET credits = a.credits + s.credits, debits = a.debits + s.debits
FROM (SELECT account, sum(credits)::bigint AS credits, sum(debits)::bigint AS debits FROM everything GROUP BY account) s
WHERE s.account = a.id
"""


def measure():
    obedient_provider()
    few = query("SELECT count(*) FROM gateway.verifications")
    before = cost()
    made = order()["verification_id"]
    until(lambda: query(f"SELECT count(*) FROM gateway.verifications v JOIN verification.orders o USING (id) "
                        f"WHERE id = '{made}' AND status = 'completed' AND state = 'completed' "
                        f"AND hold_state = 'posted'") == "1", "code")
    stack("stop", "gateway", "verification", "billing")
    filling.remember({table: column for table, (column, _) in TABLES.items()}, f"'{made}'")
    seconds = filling.fill(ORDERS, {table: differing for table, (_, differing) in TABLES.items()})
    query(BOOKS.format(count=ORDERS))
    query("UPDATE gateway.event_counts c SET last = e.last FROM (SELECT account_id, max(place) AS last "
          "FROM gateway.events GROUP BY account_id) e WHERE e.account_id = c.account_id; DROP SCHEMA bench CASCADE")
    note(f"filling the tables, where there were {few} orders", seconds, "s")
    stack("start", "gateway", "verification", "billing")
    # The ledger is proved upon a start, and then so seldom that it never takes more than a twentieth of a processor.
    proof = until(lambda: metrics("billing").get("billing_proof_seconds"), "proof of the ledger", 240)
    note("the ledger's proof, a twentieth of a processor at most", proof, "s")
    after = cost()
    for name in WORKERS:
        note(f"{name}, of one verification before and after", after[name] / before[name], "×")
    note("processor time of one verification, few before it", sum(before.values()), "ms")
    note(f"processor time of one verification, {ORDERS} before it", sum(after.values()), "ms")
    line(f"growth: processor time, {ORDERS} orders to few", sum(after.values()) / sum(before.values()), "×", 1.15, False)
    query("SELECT billing.roll_up()")
    broken = query('SELECT string_agg("check" || \': \' || detail, \'; \') FROM billing.prove() WHERE NOT ok', limit=240)
    if broken:
        raise SystemExit(f"the ledger does not hold: {broken}")
    two_workers()


def two_workers():
    """What a second worker of each kind adds, where there are processors for it."""
    count = os.cpu_count()
    if count < 4:
        print(f"  two workers beside one: not measured, for {count} processors are what one of each kind uses up")
        return
    alone = load("pipeline", "--in-flight", 1500, "--seconds", 10)["rate"]
    with second("verification", "OPERATIONS_PORT"), second("billing", "OPERATIONS_PORT"):
        both = load("pipeline", "--in-flight", 3000, "--seconds", 10)["rate"]
    line("growth: two workers beside one", both / alone, "×", 1.8, True)


def cost():
    """Milliseconds of processor time of one verification, for each who works on it. The better of two."""
    best = None
    for _ in range(2):
        before = processor_seconds()
        told = load("pipeline", "--in-flight", 500, "--seconds", 10, "--warm-up", 2)
        after = processor_seconds()
        expect(told, told["accepted"])
        used = {name: 1000 * (after[name] - before[name]) / told["accepted"] for name in WORKERS}
        if best is None or sum(used.values()) < sum(best.values()):
            best = used
    return best
