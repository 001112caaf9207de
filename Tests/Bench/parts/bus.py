"""The outbox relay and a consumer with effect, beside bare peers."""
import json

from harness import DATABASE, environment, line, note, options, pgbench, query, run

# What `Tests/Bench/Bus/Consuming.swift` sends for a batch, with ids as ours are: ascending.
CONSUME = """
BEGIN;
INSERT INTO inbox (slot, consumer, msg_id) SELECT 3, 'pgbench', lpad(to_hex(nextval('pgbench_inbox')), 32, '0')::uuid
    FROM generate_series(1, {batch}) ON CONFLICT DO NOTHING RETURNING msg_id;
INSERT INTO effects (id, kind, body) SELECT lpad(to_hex(nextval('pgbench_effects')), 32, '0')::uuid, 'bench.do.v1',
    convert_to(repeat('x', 595), 'UTF8') FROM generate_series(1, {batch});
COMMIT;
"""


def measure():
    server = DATABASE.rpartition("/")[0]
    query("CREATE DATABASE bench", server + "/postgres")
    address = environment["AMQP_ADMIN_URL"].rpartition("/")[0]
    figures = json.loads(run(options.stack / "bin/bench", limit=150, env={
        "NAMASKAH_TEST_DATABASE_URL": server + "/bench", "NAMASKAH_TEST_AMQP_URL": address + "/",
        "NAMASKAH_TEST_AMQP_MANAGEMENT_URL": environment["AMQP_MANAGEMENT_URL"]}))
    query("CREATE SEQUENCE pgbench_inbox CACHE 1000; CREATE SEQUENCE pgbench_effects CACHE 1000", server + "/bench")
    batch = figures["consume_batch"]
    peer = batch * pgbench(CONSUME.format(batch=batch), figures["consume_concurrency"], database=server + "/bench")
    note("bare loop of librabbitmq", figures["bare_per_second"], "msg/s")
    for name, key in (("in packs", "relay"), ("one by one", "relay_singly")):
        reached = figures[f"{key}_per_second"]
        note(f"outbox relay, {name}", reached, "msg/s")
        line(f"publish: outbox {name}, of the bare loop", reached / figures["bare_per_second"], "×", 0.7, True)
    note("load for the latency", figures["latency_rate"], "msg/s")
    line("publish: commit to consumer, p50", figures["latency_p50_ms"], "ms", 15, False)
    line("publish: commit to consumer, p99", figures["latency_p99_ms"], "ms", 100, False)
    note("pgbench with the same statements", peer, "msg/s")
    for name, key in (("in packs", "consume"), ("one by one", "consume_singly")):
        reached = figures[f"{key}_per_second"]
        line(f"consume: with effect, {name}", reached, "msg/s", 5000, True)
        line(f"consume: {name}, of pgbench", reached / peer, "×", 0.7, True)
    query("DROP DATABASE bench WITH (FORCE)", server + "/postgres")
