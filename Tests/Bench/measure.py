#!/usr/bin/env python3
"""Measures a running stack against the bars, one part after the other; `deploy/local/bench` starts it.

A speed is held against a peer that is measured in the same run on the same machine, since machines differ and are
noisy: pgbench, a bare loop of librabbitmq, nginx. Of speeds the better of a few runs counts, on both sides.
"""
import importlib
import json
import os
import signal
import sys
import time

from harness import options, rest, results, started_processes

# Each is a module of `parts`, in the order of a whole run: those that leave services stopped, queues full or millions
# of rows behind come last.
PARTS = ("start", "http", "bus", "prices", "pipeline", "push", "sms", "failover", "open", "growth", "accept")


def main():
    wanted = options.parts or PARTS
    unknown = set(wanted) - set(PARTS)
    if unknown:
        raise SystemExit(f"there is no part {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    load_before = os.getloadavg()
    print(f"{'name':50} {'value':>9} {'unit':9} {'limit':>8} {'ratio':>7}")
    try:
        for part in wanted:
            rest()
            begun = time.monotonic()
            importlib.import_module(f"parts.{part}").measure()
            print(f"-- {part}: {time.monotonic() - begun:.0f} s, load {os.getloadavg()[0]:.1f}", flush=True)
    finally:
        for process in started_processes:
            process.kill()
        options.json.write_text(json.dumps({
            "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "processors": os.cpu_count(),
            "load_before": load_before, "figures": results}, indent=1) + "\n")
    missed = [result["name"] for result in results if not result.get("met", True)]
    if missed:
        print(f"missed: {len(missed)} of {sum('met' in result for result in results)} bars")
    return 1 if missed and options.strict else 0


sys.exit(main())
