"""How soon each service is ready, and what it needs when idle."""
import signal
import subprocess
import time
import urllib.error
import urllib.request

from harness import SERVICES, environment, line, memory, options, port, stack, started_processes


def measure():
    """Each service alone, its dependencies being there: from the start of the process to its first `ready`."""
    for name in SERVICES:
        stack("stop", name)
        settings = dict(text.split("=", 1) for text in
                        (options.stack / "services" / f"{name}.env").read_text().splitlines())
        url = f"http://127.0.0.1:{port(name)}/readyz"
        times, resident = [], 0
        for _ in range(3):
            with open(options.stack / "logs" / f"{name}.log", "ab") as log:
                begun = time.monotonic()
                process = subprocess.Popen(
                    [options.stack / "bin" / name], env=settings | {"PATH": environment["PATH"]}, stdout=log,
                    stderr=log, stdin=subprocess.DEVNULL, cwd="/", start_new_session=True)
            started_processes.append(process)
            while True:
                try:
                    with urllib.request.urlopen(url, timeout=2):
                        break
                except (urllib.error.URLError, OSError):
                    if process.poll() is not None or time.monotonic() > begun + 20:
                        raise SystemExit(f"{name} does not become ready") from None
                    time.sleep(0.002)
            times.append((time.monotonic() - begun) * 1000)
            if len(times) == 3:
                time.sleep(3)
                resident = memory(process.pid)
            process.send_signal(signal.SIGTERM)
            process.wait(30)
            started_processes.remove(process)
        line(f"start: {name} ready", min(times), "ms", 300, False)
        line(f"size: {name} resident when idle", resident / (1 << 20), "MB", 40, False)
    stack("start", "services")
