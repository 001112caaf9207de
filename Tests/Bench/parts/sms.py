"""From the moment a message is at the provider until the client has its code, by polling."""
from harness import configured, expect, line, load, note, obedient_provider, sandbox

# What a service polls at when nobody says otherwise.
INTERVAL = 2000


def measure():
    obedient_provider()
    sandbox("PUT", "/arrival", {"mode": "manual"})
    with configured("verification", POLL_BASE_MS=INTERVAL):
        told = load("sms", "--count", 400)
    expect(told, 400)
    note("orders open at least", told["open_least"], "orders")
    note("message at provider to client, p50", told["sms"]["p50_ms"], "ms")
    note("message at provider to client, at most", told["sms"]["max_ms"], "ms")
    # An interval grows with the order's age, by as much again in a minute.
    interval = INTERVAL * (1 + told["age_s"] / 60)
    note("interval at the age of these orders", interval, "ms")
    line("sms: message at provider to client, p95", told["sms"]["p95_ms"], "ms", round(interval + 100), False)
