#!/usr/bin/env python3
"""Measures a running stack against the bars, one part after the other; `deploy/local/bench` starts it.

A speed is held against a peer that is measured in the same run on the same machine, since machines differ and are
noisy: pgbench, a bare loop of librabbitmq, nginx. Of speeds the better of a few runs counts, on both sides.
"""
import argparse
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
TICK = os.sysconf("SC_CLK_TCK")
SERVICES = ("billing", "gateway", "sandbox", "verification")

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
    print(f"{name:44} {show:>9} {unit:9} {bound:>8} {ratio:7.2f}{'' if met else '  MISSED'}", flush=True)


def note(name, value, unit):
    """A figure without a bar, which says what the others stand on."""
    results.append({"name": name, "value": value, "unit": unit})
    show = f"{value:.2f}" if abs(value) < 100 else f"{value:.0f}"
    print(f"  {name:42} {show:>9} {unit}", flush=True)


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


def query(sql, database=DATABASE):
    return run("psql", "-XAtq", "-v", "ON_ERROR_STOP=1", database, "-c", sql).strip()


def sandbox(method, path, body):
    request = urllib.request.Request(environment["SANDBOX_URL"] + "/_control" + path, json.dumps(body).encode(),
                                     {"Content-Type": "application/json"}, method=method)
    with urllib.request.urlopen(request, timeout=10) as answer:
        return answer.read()


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


def processor_seconds():
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
    for name in SERVICES + ("postgres", "rabbitmq", "redis"):
        pid = int((options.stack / "pids" / f"{name}.pid").read_text())
        own = table.get(pid, (0, 0, 0))
        used[name] = (own[1] + own[2] + sum(t[1] for t in table.values() if t[0] == pid)) / TICK
    return used


# --- start and size ---------------------------------------------------------------------------------------------------


def start():
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
                resident = int(re.search(r"VmRSS:\s*(\d+)", pathlib.Path(f"/proc/{process.pid}/status").read_text())[1])
            process.send_signal(signal.SIGTERM)
            process.wait(30)
            started_processes.remove(process)
        line(f"start: {name} ready", min(times), "ms", 300, False)
        line(f"size: {name} resident when idle", resident / 1024, "MB", 40, False)
    stack("start", "services")


# --- the bus ----------------------------------------------------------------------------------------------------------

# What `Tests/Bench/Bus/Consuming.swift` sends for a batch, with ids as ours are: ascending.
CONSUME = """
BEGIN;
INSERT INTO inbox (slot, consumer, msg_id) SELECT 3, 'pgbench', lpad(to_hex(nextval('pgbench_inbox')), 32, '0')::uuid
    FROM generate_series(1, {batch}) ON CONFLICT DO NOTHING RETURNING msg_id;
INSERT INTO effects (id, kind, body) SELECT lpad(to_hex(nextval('pgbench_effects')), 32, '0')::uuid, 'bench.do.v1',
    convert_to(repeat('x', 595), 'UTF8') FROM generate_series(1, {batch});
COMMIT;
"""


def bus():
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
    note("outbox relay", figures["relay_per_second"], "msg/s")
    line("publish: outbox relay, of the bare loop", figures["relay_per_second"] / figures["bare_per_second"], "×", 0.7,
         True)
    note("load for the latency", figures["latency_rate"], "msg/s")
    line("publish: commit to consumer, p50", figures["latency_p50_ms"], "ms", 15, False)
    line("publish: commit to consumer, p99", figures["latency_p99_ms"], "ms", 100, False)
    note("pgbench with the same statements", peer, "msg/s")
    line("consume: with effect, one consumer", figures["consume_per_second"], "msg/s", 5000, True)
    line("consume: with effect, of pgbench", figures["consume_per_second"] / peer, "×", 0.7, True)
    query("DROP DATABASE bench WITH (FORCE)", server + "/postgres")


# --- the pipeline -----------------------------------------------------------------------------------------------------


def poll_every(milliseconds):
    with open(options.stack / "services/verification.env", "a", encoding="utf8") as file:
        file.write(f"POLL_BASE_MS={milliseconds}\n")
    stack("restart", "verification")


def obedient_provider():
    sandbox("PUT", "/arrival", {"mode": "auto", "median_ms": 0, "spread": 0, "chance": 1, "second": 0})
    sandbox("PUT", "/settings", {"stock_depletes": False, "market_moves": False, "enforces_rating": False,
                                 "requests_per_second": 0})
    sandbox("POST", "/accounts", {"token": environment["FIVESIM_API_KEY"], "balance": 900_000})
    # The price list has to be there before anything can be ordered.
    until = time.monotonic() + 60
    while query("SELECT count(*) FROM gateway.offers WHERE country = 'england' AND service = 'telegram'") == "0":
        if time.monotonic() > until:
            raise SystemExit("the gateway has no offers")
        time.sleep(0.2)


def pipeline():
    obedient_provider()
    before_all = counted()
    # The interval at which the provider is asked is no overhead of ours, so it is as short as it can be.
    poll_every(1)
    load("idle", "--count", 20)
    alone = load("idle", "--count", 200)
    expect(alone, 200)
    line("pipeline: request to code, idle, p50", alone["code"]["p50_ms"], "ms", 25, False)
    line("pipeline: request to code, idle, p99", alone["code"]["p99_ms"], "ms", 150, False)

    poll_every(500)
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


def expect(told, count):
    if told["failed"] or told["accepted"] != count or told["coded"] != count or told["finished"] != count:
        raise SystemExit(f"not every verification came to its code: {told}")


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


# --- pushing ----------------------------------------------------------------------------------------------------------


def push():
    """Ten thousand event streams at one gateway, all told of every order."""
    obedient_provider()
    told = load("push", "--clients", 10_000, "--count", 10, "--pause", 0.5)
    pid = int((options.stack / "pids/gateway.pid").read_text())
    resident = int(re.search(r"VmHWM:\s*(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text())[1])
    line("push: 10 000 streams, not told", told["missed"], "events", 0, False)
    line("push: gateway resident at most", resident / 1024, "MB", 200, False)
    line("push: event to last client, p95", told["last_p95_ms"], "ms", 250, False)
    # So many connections leave their mark on memory; what comes after has a gateway of its own.
    stack("restart", "gateway")


# --- accepting --------------------------------------------------------------------------------------------------------

# One request's rows, as `AcceptQueue` writes them, in tables like the gateway's that no relay reads.
ACCEPT = """
WITH made AS (SELECT gen_random_uuid() AS id, clock_timestamp() AS at), told AS (
    INSERT INTO bench.verifications (id, account_id, version, status, service, country, capability, price, can_cancel,
        can_report, can_request_another, created_at, updated_at)
    SELECT id, '00000000-0000-7000-8000-000000000001', 0, 'pending', 'telegram', 'england', 'sms', 750000, true, false,
        false, at, at FROM made)
INSERT INTO bench.outbox (lane, msg_id, exchange, rkey, type, headers, body)
SELECT 1, gen_random_uuid(), 'namaskah.commands', 'verification.request.v1', 'verification.request.v1',
    '{"correlation_id":"00000000-0000-7000-8000-000000000001","traceparent":"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}',
    convert_to(repeat('x', 330), 'UTF8') FROM made
"""


def accept():
    # Whatever takes the commands would take the processor too, and is measured above.
    stack("stop", "verification", "billing")
    query("CREATE SCHEMA bench")
    for table in ("verifications", "outbox"):
        query(f"CREATE TABLE bench.{table} (LIKE gateway.{table} INCLUDING ALL)")
    peer, ours = 0, 0
    url = environment["NAMASKAH_URL"]
    wrk(url, "-s", HERE / "accept.lua", seconds=2)
    for _ in range(2):
        peer = max(peer, pgbench(ACCEPT, 16, seconds=5))
        text = wrk(url, "-s", HERE / "accept.lua", seconds=6)
        requests_per_second(text)
        done = re.search(r"accepted (\d+) in (\d+) us", text)
        ours = max(ours, int(done[1]) / int(done[2]) * 1e6)
    note("pgbench with the same rows", peer, "1/s")
    note("accepted", ours, "1/s")
    line("accept: durable requests, of pgbench", ours / peer, "×", 0.6, True)
    half = min((load("accept", "--rate", round(ours / 2), "--seconds", 8, "--connections", 64) for _ in range(2)),
               key=lambda told: told["accept"]["p99_ms"])
    note("steady load for the latency", half["rate"], "1/s")
    line("accept: p99 at half of that", half["accept"]["p99_ms"], "ms", 50, False)
    query("DROP SCHEMA bench CASCADE")


# --- plain HTTP -------------------------------------------------------------------------------------------------------

NGINX = """
daemon off; worker_processes 2; pid {folder}/nginx.pid; error_log {folder}/nginx.log warn;
events {{ worker_connections 1024; }}
http {{ access_log off; keepalive_requests 100000000; client_body_temp_path {folder}; proxy_temp_path {folder};
    fastcgi_temp_path {folder}; uwsgi_temp_path {folder}; scgi_temp_path {folder};
    server {{ listen 127.0.0.1:{port}; location / {{ default_type application/json; return 200 '{body}'; }} }} }}
"""


def http():
    url = environment["NAMASKAH_URL"] + "/healthz"
    body = urllib.request.urlopen(url, timeout=5).read().decode()
    folder = options.stack / "nginx"
    folder.mkdir(exist_ok=True)
    place = free_port()
    (folder / "nginx.conf").write_text(NGINX.format(folder=folder, port=place, body=body))
    with open(folder / "nginx.log", "ab") as log:
        process = subprocess.Popen([shutil.which("nginx", path=environment["PATH"] + ":/usr/sbin"), "-p", folder, "-c",
                                    folder / "nginx.conf"], stdout=log, stderr=log)
    started_processes.append(process)
    peer, ours = 0, 0
    there = f"http://127.0.0.1:{place}/healthz"
    until = time.monotonic() + 10
    while True:
        try:
            assert urllib.request.urlopen(there, timeout=2).read().decode() == body
            break
        except OSError:
            if time.monotonic() > until or process.poll() is not None:
                raise SystemExit(f"nginx does not start: {folder}/nginx.log") from None
            time.sleep(0.05)
    for _ in range(2):
        peer = max(peer, requests_per_second(wrk(there, seconds=4, connections=32)))
        ours = max(ours, requests_per_second(wrk(url, seconds=4, connections=32)))
    note("nginx return 200", peer, "1/s")
    note("gateway /healthz", ours, "1/s")
    line("http: without database, of nginx", ours / peer, "×", 0.5, True)
    process.terminate()
    process.wait(10)
    started_processes.remove(process)


def free_port():
    import socket
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def main():
    parts = {"start": start, "bus": bus, "pipeline": pipeline, "push": push, "accept": accept, "http": http}
    # Accepting ends with services stopped and a full queue, so it comes last.
    wanted = options.parts or ["start", "http", "bus", "pipeline", "push", "accept"]
    unknown = set(wanted) - set(parts)
    if unknown:
        raise SystemExit(f"there is no part {', '.join(sorted(unknown))}; there are {', '.join(parts)}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    print(f"{'name':44} {'value':>9} {'unit':9} {'limit':>8} {'ratio':>7}")
    try:
        for part in wanted:
            parts[part]()
    finally:
        for process in started_processes:
            process.kill()
        options.json.write_text(json.dumps({
            "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "processors": os.cpu_count(),
            "load_before": os.getloadavg(), "figures": results}, indent=1) + "\n")
    missed = [result["name"] for result in results if not result.get("met", True)]
    if missed:
        print(f"missed: {len(missed)} of {sum('met' in result for result in results)} bars")
    return 1 if missed and options.strict else 0


sys.exit(main())
