"""What the parts share: the stack that is measured, the lines that are printed, and the tools beside it."""
import argparse
import contextlib
import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
TICK = os.sysconf("SC_CLK_TCK")
SERVICES = ("billing", "gateway", "pricing", "sandbox", "verification")

arguments = argparse.ArgumentParser()
arguments.add_argument("--stack", type=pathlib.Path, required=True)
arguments.add_argument("--root", type=pathlib.Path, required=True)
arguments.add_argument("--json", type=pathlib.Path, required=True)
arguments.add_argument("--strict", action="store_true")
arguments.add_argument("parts", nargs="*", metavar="part")
options = arguments.parse_args()

environment = dict(os.environ)
results, started_processes = [], []


def line(name, value, unit, limit, at_least):
    """Prints one bar and remembers it."""
    met = value >= limit if at_least else value <= limit
    ratio = value / limit if limit else float(value > 0)
    results.append({"name": name, "value": value, "unit": unit, "limit": limit,
                    "is": "at least" if at_least else "at most", "ratio": ratio, "met": met})
    show = f"{value:.2f}" if abs(value) < 100 else f"{value:.0f}"
    bound = f"{'≥' if at_least else '≤'} {limit:g}"
    print(f"{name:50} {show:>9} {unit:9} {bound:>8} {ratio:7.2f}{'' if met else '  MISSED'}", flush=True)


def note(name, value, unit):
    """A figure without a bar, which says what the others stand on."""
    results.append({"name": name, "value": value, "unit": unit})
    show = f"{value:.2f}" if abs(value) < 100 else f"{value:.0f}"
    print(f"  {name:48} {show:>9} {unit}", flush=True)


def run(*command, limit=90, **more):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=limit, check=False,
                          env=environment | more.pop("env", {}), **more)
    if done.returncode != 0:
        raise SystemExit(f"{command[0]} failed with {done.returncode}:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.stdout


def stack(*words):
    run(options.root / "deploy/local/stack", *words, stdin=subprocess.DEVNULL)


def noted(file, key):
    for text in (options.stack / file).read_text().splitlines():
        if text.startswith(key + "="):
            found = text[len(key) + 1:]
    return found


def port(name):
    return noted("ports", name.upper() + "_PORT")


DATABASE = environment["DATABASE_ADMIN_URL"]


def query(sql, database=DATABASE, limit=90):
    return run("psql", "-XAtq", "-v", "ON_ERROR_STOP=1", database, "-c", sql, limit=limit).strip()


def sandbox(method, path, body):
    request = urllib.request.Request(environment["SANDBOX_URL"] + "/_control" + path, json.dumps(body).encode(),
                                     {"Content-Type": "application/json"}, method=method)
    with urllib.request.urlopen(request, timeout=10) as answer:
        return answer.read()


def sandbox_tells(path):
    with urllib.request.urlopen(environment["SANDBOX_URL"] + "/_control" + path, timeout=20) as answer:
        return json.load(answer)


def order(wait=15, must=True):
    """A verification; unless nobody waits for it, it has, or must have, its number."""
    request = urllib.request.Request(
        environment["NAMASKAH_URL"] + "/verify/create", b'{"service": "telegram", "country": "england"}',
        {"X-API-Key": environment["NAMASKAH_LOAD_KEY"], "Content-Type": "application/json", "Prefer": f"wait={wait}"})
    with urllib.request.urlopen(request, timeout=wait + 10) as answer:
        made = json.load(answer)
    if wait and must and not made.get("phone_number"):
        raise SystemExit(f"an order got no number: {made}")
    return made


def load(what, *words, limit=100):
    return json.loads(run(sys.executable, HERE / "load.py", what, *words, limit=limit))


def wrk(url, *words, seconds=6, connections=16):
    return run("wrk", "-t", 2, "-c", connections, "-d", f"{seconds}s", *words, url)


def requests_per_second(text):
    if re.search(r"Non-2xx|Socket errors", text):
        raise SystemExit(f"not every answer was good:\n{text}")
    return float(re.search(r"Requests/sec:\s*([0-9.]+)", text)[1])


def pgbench(script, clients, seconds=6, database=DATABASE):
    """Transactions a second."""
    file = options.stack / "pgbench.sql"
    file.write_text(script)
    text = run(shutil.which("pgbench") or postgres("pgbench"), "-n", "-M", "prepared", "-c", clients, "-j",
               min(2, clients), "-T", seconds, "-f", file, database)
    return float(re.search(r"tps = ([0-9.]+)", text)[1])


def postgres(name):
    return sorted(pathlib.Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))[-1]


def processor_seconds(without=()):
    """What each part of the stack has used, the processes of Postgres and their ended siblings together."""
    table = {}
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            table[int(entry.name)] = (int(fields[1]), int(fields[11]) + int(fields[12]),
                                      int(fields[13]) + int(fields[14]))
    used = {}
    for name in (one for one in SERVICES + ("postgres", "rabbitmq", "redis") if one not in without):
        pid = process_of(name)
        own = table.get(pid, (0, 0, 0))
        used[name] = (own[1] + own[2] + sum(t[1] for t in table.values() if t[0] == pid)) / TICK
    return used


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


NGINX = """
daemon off; worker_processes {workers}; pid {folder}/nginx.pid; error_log {folder}/nginx.log warn;
events {{ worker_connections 1024; }}
http {{ access_log off; keepalive_requests 100000000; client_body_temp_path {folder}; proxy_temp_path {folder};
    fastcgi_temp_path {folder}; uwsgi_temp_path {folder}; scgi_temp_path {folder};
    server {{ listen 127.0.0.1:{port}; {locations} }} }}
"""


@contextlib.contextmanager
def nginx(locations, workers=2):
    """An nginx with these locations; gives its address."""
    folder = options.stack / "nginx"
    folder.mkdir(exist_ok=True)
    place = free_port()
    (folder / "nginx.conf").write_text(
        NGINX.format(folder=folder, port=place, locations=locations, workers=workers))
    with open(folder / "nginx.log", "ab") as log:
        process = subprocess.Popen([shutil.which("nginx", path=environment["PATH"] + ":/usr/sbin"), "-p", folder, "-c",
                                    folder / "nginx.conf"], stdout=log, stderr=log)
    started_processes.append(process)

    def answers():
        if process.poll() is not None:
            raise SystemExit(f"nginx does not start: {folder}/nginx.log")
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", place), 2):
            return True
        return False

    until(answers, "nginx", 10, 0.02)
    try:
        yield f"http://127.0.0.1:{place}"
    finally:
        process.terminate()
        process.wait(10)
        started_processes.remove(process)


# --- the stack --------------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def second(service, port_setting):
    """Another process of a service beside the stack's."""
    settings = dict(text.split("=", 1) for text in
                    (options.stack / f"services/{service}.env").read_text().splitlines())
    place = free_port()
    settings |= {"PATH": environment["PATH"], port_setting: str(place)}
    with open(options.stack / f"logs/{service}.log", "ab") as log:
        process = subprocess.Popen([options.stack / "bin" / service], env=settings, stdout=log, stderr=log,
                                   stdin=subprocess.DEVNULL, cwd="/", start_new_session=True)
    started_processes.append(process)

    def ready():
        with contextlib.suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{place}/readyz", timeout=2):
            return True
        return False

    until(ready, f"second {service}", 20)
    try:
        yield
    finally:
        process.terminate()
        process.wait(30)
        started_processes.remove(process)


@contextlib.contextmanager
def configured(service, **settings):
    """A service with these settings; afterwards it is again as it was."""
    file = options.stack / f"services/{service}.env"
    before = file.read_text()
    file.write_text(before + "".join(f"{name}={value}\n" for name, value in settings.items()))
    try:
        stack("restart", service)
        yield
    finally:
        file.write_text(before)
    stack("restart", service)


def metrics(service):
    """What a service shows of itself."""
    url = f"http://127.0.0.1:{port(service)}/metrics"
    with urllib.request.urlopen(url, timeout=20) as answer:
        lines = answer.read().decode().splitlines()
    return {name: float(value) for name, _, value in (text.rpartition(" ") for text in lines if text[0] != "#")}


def process_of(name):
    return int((options.stack / f"pids/{name}.pid").read_text())


def memory(process, which="VmRSS"):
    """Bytes of memory of a process."""
    return 1024 * int(re.search(which + r":\s*(\d+)", pathlib.Path(f"/proc/{process}/status").read_text())[1])


def until(condition, what, limit=60, pause=0.1):
    """Waits until something holds, and gives it back."""
    end = time.monotonic() + limit
    while not (found := condition()):
        if time.monotonic() > end:
            raise SystemExit(f"after {limit} s there is still no {what}")
        time.sleep(pause)
    return found


def rest():
    """Until the stack has done what nobody waits for: reads price lists after its start, vacuums, forgets what is old."""
    end = time.monotonic() + 60
    calm = 0
    while calm < 2 and time.monotonic() < end:
        before = processor_seconds()
        time.sleep(1)
        after = processor_seconds()
        calm = calm + 1 if sum(after.values()) - sum(before.values()) < 0.15 else 0
    if calm < 2:
        note("the stack was still busy after", 60, "s")


def obedient_provider():
    sandbox("PUT", "/arrival", {"mode": "auto", "median_ms": 0, "spread": 0, "chance": 1, "second": 0})
    sandbox("PUT", "/settings", {"stock_depletes": False, "market_moves": False, "enforces_rating": False,
                                 "requests_per_second": 0})
    sandbox("POST", "/accounts", {"token": environment["FIVESIM_API_KEY"], "balance": 900_000})
    # The price list has to be there before anything can be ordered.
    offers = "SELECT count(*) FROM gateway.offers WHERE country = 'england' AND service = 'telegram'"
    until(lambda: query(offers) != "0", "offer")


def expect(told, count):
    if told["failed"] or told["accepted"] != count or told["coded"] != count or told["finished"] != count:
        raise SystemExit(f"not every verification came to its code: {told}")
