"""How soon something else is tried when a provider refuses, is silent, or was down."""
import datetime
import time

from harness import configured, line, metrics, note, obedient_provider, order, query, sandbox, sandbox_tells, until

ORDERS = 60
OPEN = """SELECT count(*) FROM verification.orders
    WHERE state NOT IN ('completed', 'failed', 'declined', 'cancelled', 'expired')"""


def measure():
    obedient_provider()
    refused()
    silent()
    down()


def fault(**what):
    sandbox("POST", "/faults", what)


def quantile(values, share):
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def refused():
    """By the provider's own journal. One order after the other, so that two purchases in a row are one order's."""
    mark = sandbox_tells("/requests?limit=1&since=1000000000")["last_sequence"]
    for _ in range(ORDERS):
        fault(endpoint="buy", kind="no_free_phones", count=1)
        order()
    asked = sandbox_tells(f"/requests?limit=100000&since={mark}")["requests"]
    buys = [(datetime.datetime.fromisoformat(one["at"].replace("Z", "+00:00")), one["fault"]) for one in asked
            if one["endpoint"] == "buy"]
    pauses = [(then - now).total_seconds() * 1000 for (now, wrong), (then, _) in zip(buys, buys[1:]) if wrong]
    if len(pauses) != ORDERS:
        raise SystemExit(f"of {ORDERS} refused purchases {len(pauses)} were followed by another")
    note("clean refusal to the next purchase, p50", quantile(pauses, 0.5), "ms")
    line("failover: clean refusal to the next purchase, p95", quantile(pauses, 0.95), "ms", 100, False)


def silent():
    """Nothing may be bought anew before it is known what became of the silent purchase; that is looked into at once."""
    before = query("SELECT now()")
    unclear = f"SELECT count(*) FROM verification.steps WHERE step = 'purchase_unclear' AND at > '{before}'"
    with configured("verification", PURCHASE_LIMIT_MS=1000, RECONCILIATION_GRACE_MS=1000):
        # A breaker trips upon five that fail in a row.
        for count in range(4, 21, 4):
            fault(endpoint="buy", kind="hang", count=4)
            for _ in range(4):
                order(wait=0)
            until(lambda count=count: int(query(unclear)) == count, "purchase that is unclear")
            order()
        until(lambda: query(OPEN) == "0", "end of the orders whose purchase was silent")
    rows = query(f"""SELECT extract(epoch FROM s.at - i.deadline) * 1000, extract(epoch FROM o.assigned_at - i.deadline)
        FROM verification.intents i JOIN verification.steps s ON s.order_id = i.order_id AND s.step = 'purchase_unclear'
        JOIN verification.orders o ON o.id = i.order_id WHERE i.attempt = 1 AND i.sent_at > '{before}'""").split()
    if len(rows) != 20:
        raise SystemExit(f"of 20 silent purchases {len(rows)} were found unclear")
    late, numbered = zip(*(map(float, row.split("|")) for row in rows))
    line("failover: deadline of a silent one to next step, most", max(late), "ms", 1000, False)
    note("to a number from another purchase, grace of 1 s, most", max(numbered), "s")


def breaker():
    """0 closed, 1 half-open, 2 open."""
    return metrics("verification")['provider_breaker_state{provider="5sim"}']


def down():
    """The provider is up again just after the breaker opened, which is the longest that anybody has to wait."""
    sandbox("PUT", "/arrival", {"mode": "manual"})
    asked_about = [order()["verification_id"] for _ in range(3)]
    sandbox("PUT", "/arrival", {"mode": "auto"})
    fault(endpoint="any", kind="internal_error")
    until(lambda: breaker() == 2, "open breaker", 30, 0.02)
    sandbox("DELETE", "/faults", None)
    up_again = time.time()
    waited = order(wait=0)["verification_id"]
    # Customers come all the time; the first of them that is served shows that the provider is used again.
    until(lambda: order(wait=1, must=False).get("phone_number"), "number after the breaker opened", 150, 0.5)
    first, patient = query(f"""SELECT extract(epoch FROM min(assigned_at)) - {up_again},
        extract(epoch FROM coalesce(min(assigned_at) FILTER (WHERE id = '{waited}'), now())) - {up_again}
        FROM verification.orders WHERE extract(epoch FROM assigned_at) > {up_again}""").split("|")
    line("failover: provider up again to next number", float(first), "s", 60, False)
    note("order made while the breaker was open, waited at least", float(patient), "s")
    references = query(f"SELECT reference FROM verification.orders WHERE id = ANY('{{{','.join(asked_about)}}}')").split()
    for reference in references:
        sandbox("POST", f"/orders/{reference}/sms", {})
    until(lambda: query(OPEN) == "0", "end of the orders that waited", 150, 0.5)
