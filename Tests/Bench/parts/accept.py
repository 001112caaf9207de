"""Requests, durable before they are answered, beside the same rows written by pgbench."""
import re

from harness import HERE, environment, line, load, note, pgbench, query, requests_per_second, stack, wrk

# One request's rows, as `AcceptQueue` writes them, in tables like the gateway's that no relay reads.
ACCEPT = """
WITH made AS (SELECT gen_random_uuid() AS id, clock_timestamp() AS at), told AS (
    INSERT INTO bench.verifications (id, account_id, version, status, service, country, capability, price, can_cancel,
        can_report, can_request_another, created_at, updated_at)
    SELECT id, '00000000-0000-7000-8000-000000000001', 0, 'pending', 'telegram', 'england', 'sms', 750000, true, false,
        false, at, at FROM made)
INSERT INTO bench.outbox (lane, msg_id, exchange, rkey, type, headers, body)
SELECT 1, gen_random_uuid(), 'namaskah.commands', 'verification.request.v1', 'verification.request.v1',
    '{"correlation_id":"00000000-0000-7000-8000-000000000001","traceparent":"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}',
    convert_to(repeat('x', 330), 'UTF8') FROM made
"""


def measure():
    # Whatever takes the commands would take the processor too, and is measured above.
    stack("stop", "verification", "billing")
    query("CREATE SCHEMA bench")
    for table in ("verifications", "outbox"):
        query(f"CREATE TABLE bench.{table} (LIKE gateway.{table} INCLUDING ALL)")
    peer, ours = 0, 0
    url = environment["NAMASKAH_URL"]
    wrk(url, "-s", HERE / "accept.lua", seconds=2)
    for _ in range(2):
        peer = max(peer, pgbench(ACCEPT, 16, seconds=5))
        text = wrk(url, "-s", HERE / "accept.lua", seconds=6)
        requests_per_second(text)
        done = re.search(r"accepted (\d+) in (\d+) us", text)
        ours = max(ours, int(done[1]) / int(done[2]) * 1e6)
    note("pgbench with the same rows", peer, "1/s")
    note("accepted", ours, "1/s")
    line("accept: durable requests, of pgbench", ours / peer, "×", 0.6, True)
    half = min((load("accept", "--rate", round(ours / 2), "--seconds", 8, "--connections", 64) for _ in range(2)),
               key=lambda told: told["accept"]["p99_ms"])
    note("steady load for the latency", half["rate"], "1/s")
    line("accept: p99 at half of that", half["accept"]["p99_ms"], "ms", 50, False)
    query("DROP SCHEMA bench CASCADE")
