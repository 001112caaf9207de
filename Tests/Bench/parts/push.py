"""Events to very many clients at once."""
from harness import line, load, memory, obedient_provider, process_of, stack


def measure():
    obedient_provider()
    told = load("push", "--clients", 10_000, "--count", 40, "--pause", 0.5)
    line("push: 10 000 streams, not told", told["missed"], "events", 0, False)
    line("push: gateway resident at most", memory(process_of("gateway"), "VmHWM") / (1 << 20), "MB", 200, False)
    line("push: event to last client, p95", told["last_p95_ms"], "ms", 250, False)
    # So many connections leave their mark on memory; what comes after has a gateway of its own.
    stack("restart", "gateway")
