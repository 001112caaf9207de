"""How long it takes to read and compare every price list of 5SIM, and how much memory."""
import json
import os
import subprocess

from harness import environment, line, note, options, port


def measure():
    process = subprocess.Popen(
        [options.stack / "bin/bench", "prices", f"http://127.0.0.1:{port('sandbox')}"], env=environment,
        stdout=subprocess.PIPE)
    text = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"bench prices failed with {process.returncode}")
    told = json.loads(text)
    note("price lists of 5SIM", told["bytes"] / 1e6, "MB")
    note("lines in them", told["lines"], "lines")
    line("prices: all lists read and compared", told["seconds"], "s", 1, False)
    # The process also serves the lists; they are a tenth of it.
    line("prices: memory for it", usage.ru_maxrss / 1024, "MB", 100, False)
