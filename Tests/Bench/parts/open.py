"""A million open orders in one worker: what they cost to take over, to keep and to ask about."""
import time

import filling
from harness import (configured, environment, line, memory, metrics, nginx, note, obedient_provider, order, process_of,
                     processor_seconds, query, sandbox, stack, until)

ORDERS = 1_000_000
WINDOW = 10
# A provider to whom all orders are open, and none has a message; whatever else is asked, the sandbox answers.
PROVIDER = """
location ~ ^/5sim/v1/user/check/([0-9]+)$ {{ default_type application/json;
    return 200 '{{"id":$1,"phone":"+447700900000","product":"telegram","price":0.5,"status":"PENDING","sms":null}}'; }}
location / {{ proxy_pass {sandbox}; }}
"""
ROWS = {"verification.orders": "id", "verification.steps": "order_id", "verification.intents": "order_id",
        "verification.provider_orders": "order_id"}
# What is written as time goes by, however many orders there are and whether anybody is asked or not.
BY_THE_CLOCK = ("workers", "shards", "lease")


def measure():
    obedient_provider()
    sandbox("PUT", "/arrival", {"mode": "manual"})
    made = order()["verification_id"]
    filling.remember(ROWS, f"'{made}'")
    sandbox("POST", f"/orders/{query('SELECT reference FROM bench.verification_orders')}/sms", {})
    sandbox("PUT", "/arrival", {"mode": "auto"})
    until(lambda: query(f"SELECT state FROM verification.orders WHERE id = '{made}'") == "completed", "code")
    with nginx(PROVIDER.format(sandbox=environment["SANDBOX_URL"]), workers=1) as provider:
        settings = {"FIVESIM_URL": provider + "/5sim/v1", "FIVESIM_RATE_PER_SECOND": 90, "POLL_BASE_MS": 2000}
        with configured("verification", **settings):
            time.sleep(5)
            idle = memory(process_of("verification"))
            stack("stop", "verification")
            fill()
            before = processor_seconds(without=("verification",))["postgres"]
            stack("start", "verification")
            taken_over(idle, before)
            at_rest()
        settings["FIVESIM_RATE_PER_SECOND"] = 5000
        with configured("verification", **settings):
            loaded()
            asked_about()
            stack("stop", "verification")
            query("TRUNCATE verification.orders CASCADE; DROP SCHEMA bench CASCADE")


def fill():
    took = filling.fill(ORDERS, {
        "verification.orders": {
            "id": "m.id", "hold_id": "m.hold_id", "reference": "m.reference", "expires_at": "now() + interval '1 day'",
            "shard": "('x' || right(m.id::text, 3))::bit(12)::int & 1023"},
        "verification.steps": {"order_id": "m.id"},
        "verification.intents": {"order_id": "m.id"},
        "verification.provider_orders": {"order_id": "m.id", "reference": "m.reference"}})
    note("filling the tables", took, "s")


def loaded():
    until(lambda: metrics("verification")["verification_open_orders"] >= ORDERS, "worker that has all orders")


def taken_over(idle, before):
    begun = time.monotonic()
    loaded()
    note("until all orders are looked after", time.monotonic() - begun, "s")
    used = processor_seconds()
    note("processor time of that, of a shard", 1000 / 1024 * (used["verification"] + used["postgres"] - before), "ms")
    shown = metrics("verification")
    name = "verification_shard_load_seconds"
    line("open: a shard loads in, mean", 1000 * shown[name + "_sum"] / shown[name + "_count"], "ms", 10, False)
    most = min(float(text.split('"')[1]) for text, count in shown.items()
               if text.startswith(name + "_bucket") and count == shown[name + "_count"])
    note("no shard took more than", 1000 * most, "ms")
    time.sleep(5)
    line("open: resident in the worker, of an order", (memory(process_of("verification")) - idle) / ORDERS, "bytes",
         200, False)
    note("the same, at most while loading", (memory(process_of("verification"), "VmHWM") - idle) / ORDERS, "bytes")


def at_rest():
    """With the requests that a provider really allows, which are few beside so many orders."""
    used, _, polls = watched()
    note("polls at a budget of 90 a second", polls / WINDOW, "1/s")
    for name in ("verification", "postgres"):
        note(f"processor meanwhile: {name}", 100 * used[name] / WINDOW, "%")


def asked_about():
    used, written, polls = watched()
    clock = sum(written.get(table, 0) for table in BY_THE_CLOCK)
    note("polls at a budget of 5 000 a second", polls / WINDOW, "1/s")
    note("processor time of 1 000 polls: verification", 1e6 * used["verification"] / polls, "ms")
    note("processor time of 1 000 polls: postgres", 1e6 * used["postgres"] / polls, "ms")
    note("rows written by the clock, polls or none", clock / WINDOW, "1/s")
    for table, count in written.items():
        if table not in BY_THE_CLOCK and count:
            note(f"rows written of {table}, per 1 000 polls", 1000 * count / polls, "rows")
    line("open: rows written per 1 000 polls", 1000 * (sum(written.values()) - clock) / polls, "rows", 10, False)


def watched():
    """Processor time, rows written and polls that found nothing, of one window."""
    def now():
        check = metrics("verification").get('provider_requests_total{provider="5sim",endpoint="check",outcome="ok"}', 0)
        rows = query("""SELECT relname, n_tup_ins + n_tup_upd + n_tup_del FROM pg_stat_user_tables
            WHERE schemaname = 'verification'""").split()
        return processor_seconds(), {name: int(count) for name, count in (row.split("|") for row in rows)}, check
    first = now()
    time.sleep(WINDOW)
    used, written, polls = now()
    return ({name: used[name] - first[0][name] for name in used},
            {name: written[name] - first[1].get(name, 0) for name in written}, polls - first[2])
