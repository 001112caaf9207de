#!/usr/bin/env python3
"""A customer that orders much: creates verifications over keep-alive connections, and learns over one event stream what
becomes of each. It prints one JSON object.

    load.py pipeline --in-flight 500 --seconds 15      as many at once as said, each replaced by the next when it is done
    load.py idle --count 200                           one after the other, each alone in the house
    load.py accept --rate 500 --seconds 8              requests at a steady rate, whatever becomes of them
    load.py sms --count 400                            so many open at once; messages for half of them, one after the other
    load.py push --clients 10000 --count 15            so many event streams beside it, all told of each order

A latency counts from the moment a request was due, so that a stall is seen by all that it kept waiting. Everything is
raw sockets on one thread, for it shares two cores with what it measures.
"""
import argparse
import collections
import datetime
import http.client
import json
import os
import random
import re
import select
import socket
import subprocess
import sys
import time
from urllib.parse import urlsplit

BODY = json.dumps({"service": "telegram", "country": "england", "capability": "sms"}).encode()
CREATED = b'"verification_id":"'
# What tells a customer that his verification is over; the first is the code.
CODE = b"verification.completed.v1"
WHEN = re.compile(rb'"occurred_at":"([^"]+)"')
FINISHED = b"verification.finished.v1"
ENDS_BADLY = (b"verification.failed.v1", b"verification.declined.v1", b"verification.expired.v1",
              b"verification.cancelled.v1")


def quantile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan")


def spread(values):
    return {"p50_ms": quantile(values, 0.5) * 1000, "p95_ms": quantile(values, 0.95) * 1000,
            "p99_ms": quantile(values, 0.99) * 1000, "max_ms": max(values, default=float("nan")) * 1000}


class Chunks:
    """Takes the chunked coding off a stream."""

    def __init__(self):
        self.raw, self.left, self.inside_head = b"", 0, True

    def feed(self, data):
        data = self.raw + data
        self.raw, out = b"", []
        while data:
            if self.inside_head:
                end = data.find(b"\r\n\r\n")
                if end < 0:
                    break
                status = data.split(b" ", 2)[1]
                if status != b"200":
                    raise SystemExit(f"the event stream answered {status.decode()}")
                data, self.inside_head = data[end + 4:], False
            elif self.left == 0:
                end = data.find(b"\r\n", 1)
                if end < 0:
                    break
                line = data[:end].strip()
                # The line break after a chunk's data, then the next size.
                if not line:
                    data = data[end:] if end else data[2:]
                    continue
                self.left, data = int(line.split(b";")[0], 16), data[end + 2:]
                if self.left == 0:
                    break
            else:
                out.append(data[:self.left])
                taken = len(out[-1])
                self.left -= taken
                data = data[taken:]
        self.raw = data
        return b"".join(out)


class Customer:
    def __init__(self, url, key, connections):
        parts = urlsplit(url)
        self.address = (parts.hostname, parts.port)
        head = f"Host: {parts.netloc}\r\nX-API-Key: {key}\r\n"
        self.create = (f"POST /verify/create HTTP/1.1\r\n{head}Content-Type: application/json\r\n"
                       f"Content-Length: {len(BODY)}\r\n\r\n").encode() + BODY
        self.events_head = f"GET /events HTTP/1.1\r\n{head}Accept: text/event-stream\r\n"
        self.poll = select.epoll()
        self.connections = {}
        self.idle = collections.deque()
        for _ in range(connections):
            self.open()
        self.due = {}          # socket → when its request was due
        self.partial = {}      # socket → what came of its answer
        self.answers = collections.Counter()
        self.accepted = []     # latencies of accepted requests
        self.born = {}         # verification → when its request was due
        self.early = {}        # events that came before the answer to the request they are about
        self.coded = []        # latencies from the request to the code
        self.coded_at = {}
        self.seen_codes = set()
        self.finished = set()
        self.failed = collections.Counter()
        self.last_event, self.event_buffer, self.resumed = None, b"", -1
        self.stream = None
        self.listen()
        until = time.monotonic() + 20
        while not self.is_listening:
            if time.monotonic() > until:
                raise SystemExit("the event stream says nothing")
            self.turn(1)

    def connect(self):
        made = socket.create_connection(self.address, timeout=10)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        made.setblocking(False)
        return made

    def open(self):
        made = self.connect()
        self.connections[made.fileno()] = made
        self.idle.append(made)
        self.poll.register(made, select.EPOLLIN)

    def listen(self):
        if self.stream:
            self.poll.unregister(self.stream)
            self.stream.close()
        self.resumed += 1
        last = f"Last-Event-ID: {self.last_event}\r\n" if self.last_event else ""
        self.stream = self.connect()
        self.stream.sendall(f"{self.events_head}{last}\r\n".encode())
        self.chunks, self.event_buffer, self.is_listening = Chunks(), b"", False
        self.poll.register(self.stream, select.EPOLLIN)

    def send(self, due):
        connection = self.idle.popleft()
        self.due[connection.fileno()] = due
        connection.sendall(self.create)

    def turn(self, timeout):
        for number, _ in self.poll.poll(timeout):
            if self.stream and number == self.stream.fileno():
                self.read_events()
            else:
                self.read_answer(self.connections[number])

    def read_answer(self, connection):
        number = connection.fileno()
        data = self.partial.pop(number, b"") + connection.recv(65536)
        end = data.find(b"\r\n\r\n")
        if end >= 0:
            place = data.lower().find(b"content-length:", 0, end)
            length = int(data[place + 15:data.index(b"\r\n", place)]) if place >= 0 else 0
        if end < 0 or len(data) < end + 4 + length:
            if data:
                self.partial[number] = data
            elif number in self.due:
                raise SystemExit("the gateway closed a connection instead of answering")
            else:
                # It was idle for too long; the next request gets a new one.
                self.idle.remove(connection)
                self.poll.unregister(connection)
                del self.connections[number]
                connection.close()
                self.open()
            return
        status = data[9:12].decode()
        self.answers[status] += 1
        due = self.due.pop(number)
        now = time.monotonic()
        self.idle.append(connection)
        if status != "202":
            self.refusal = data[end + 4:].decode(errors="replace")
            return
        self.accepted.append(now - due)
        place = data.index(CREATED, end) + len(CREATED)
        verification = data[place:place + 36]
        self.born[verification] = due
        for kind, at in self.early.pop(verification, ()):
            self.happened(kind, verification, at)

    def read_events(self):
        try:
            data = self.stream.recv(1 << 18)
        except BlockingIOError:
            return
        if not data:
            # A reader too slow for its buffer is let go, and resumes where it was.
            return self.listen()
        self.event_buffer += self.chunks.feed(data)
        # The first words of the stream say that nothing is missed from now on.
        self.is_listening = self.is_listening or b"retry:" in self.event_buffer
        events = self.event_buffer.split(b"\n\n")
        self.event_buffer = events.pop()
        now = time.monotonic()
        for event in events:
            lines = event.split(b"\n", 2)
            if len(lines) < 3 or not lines[0].startswith(b"id: "):
                continue
            self.last_event = lines[0][4:].decode()
            kind = lines[1][7:]
            if kind == CODE or kind == FINISHED or kind in ENDS_BADLY:
                place = lines[2].find(CREATED) + len(CREATED)
                self.happened(kind, lines[2][place:place + 36], now)

    def happened(self, kind, verification, at):
        if verification not in self.born:
            self.early.setdefault(verification, []).append((kind, at))
        elif kind == CODE:
            if verification not in self.seen_codes:
                self.seen_codes.add(verification)
                self.coded_at[verification] = at
                self.coded.append(at - self.born[verification])
        elif kind == FINISHED:
            self.finished.add(verification)
        else:
            self.failed[kind.decode()] += 1
            self.finished.add(verification)

    @property
    def open_count(self):
        return len(self.born) + len(self.due) - len(self.seen_codes) - sum(self.failed.values())

    def report(self, **more):
        print(json.dumps({
            "answers": self.answers, "accepted": len(self.accepted), "coded": len(self.coded),
            "finished": len(self.finished), "failed": self.failed, "resumed": self.resumed,
            "accept": spread(self.accepted), "code": spread(self.coded),
            "refusal": getattr(self, "refusal", None), **more}))


def pipeline(customer, options):
    started = time.monotonic()
    warm = started + options.warm_up
    end = warm + options.seconds
    limit = end + options.patience
    begun, ended, marks = None, None, []
    while True:
        now = time.monotonic()
        if begun is None and now >= warm:
            begun = (now, len(customer.coded))
        if now < end:
            while customer.idle and customer.open_count < options.in_flight:
                customer.send(time.monotonic())
        elif ended is None:
            ended = (now, len(customer.coded))
        elif (len(customer.finished) == len(customer.born) and not customer.due) or now > limit:
            break
        customer.turn(0.02)
    customer.report(rate=(ended[1] - begun[1]) / (ended[0] - begun[0]), drained_s=time.monotonic() - ended[0])


def idle(customer, options):
    for number in range(options.count):
        wanted = number + 1
        limit = time.monotonic() + options.patience
        customer.send(time.monotonic())
        while len(customer.finished) < wanted:
            if time.monotonic() > limit:
                return customer.report()
            customer.turn(0.05)
        customer.turn(options.pause)
    customer.report()


def accept(customer, options):
    started = time.monotonic()
    total = int(options.rate * options.seconds)
    sent = 0
    while sent < total or customer.due:
        now = time.monotonic()
        while sent < total and customer.idle and started + sent / options.rate <= now:
            customer.send(started + sent / options.rate)
            sent += 1
        if now > started + options.seconds + options.patience:
            break
        customer.turn(max(0, started + sent / options.rate - now) if sent < total and customer.idle else 0.05)
    customer.report(rate=sent / (time.monotonic() - started))


class Crowd:
    """Streams of one account, of which only the arrival of codes matters."""

    def __init__(self, url, key, count):
        parts = urlsplit(url)
        self.poll = select.epoll()
        self.streams, self.tails, self.open = {}, {}, 0
        request = (f"GET /events HTTP/1.1\r\nHost: {parts.netloc}\r\nX-API-Key: {key}\r\n"
                   "Accept: text/event-stream\r\n\r\n").encode()
        for number in range(count):
            made = socket.create_connection((parts.hostname, parts.port), timeout=30)
            made.sendall(request)
            made.setblocking(False)
            self.streams[made.fileno()], self.tails[made.fileno()] = made, b""
            self.poll.register(made, select.EPOLLIN)
            # No more are on their way at once than a backlog of connections holds.
            if number % 100 == 99:
                self.await_open(number + 1)
        self.await_open(count)

    def await_open(self, count):
        until = time.monotonic() + 60
        while self.open < count:
            if time.monotonic() > until:
                raise SystemExit(f"{self.open} of {count} streams opened")
            for number, _ in self.poll.poll(1):
                data = self.read(number)
                if b"retry:" in self.tails[number] + data:
                    self.open, self.tails[number] = self.open + 1, b""
                else:
                    self.tails[number] += data

    def read(self, number):
        data = self.streams[number].recv(65536)
        if not data:
            raise SystemExit("the gateway closed a stream")
        return data

    def codes(self, limit):
        """Until all have been told of a code: when it happened, and when the last of them heard."""
        heard, happened = set(), None
        until = time.monotonic() + limit
        while len(heard) < len(self.streams) and time.monotonic() < until:
            for number, _ in self.poll.poll(0.1):
                # What an event is called may lie across two reads.
                data = self.tails[number] + self.read(number)
                self.tails[number] = data[-64:]
                place = data.find(CODE)
                if place < 0 or number in heard:
                    continue
                heard.add(number)
                self.tails[number] = b""
                # So may the time be; one of the others has it whole.
                stamp = WHEN.search(data, place)
                if happened is None and stamp:
                    happened = stamp[1].decode()
        return len(heard), happened, time.time()


def push(customer, options):
    crowd = Crowd(os.environ["NAMASKAH_URL"], os.environ["NAMASKAH_LOAD_KEY"], options.clients)
    latest, missed = [], 0
    for _ in range(options.count):
        # A connection that the gateway closed while the streams were opened is made anew.
        customer.turn(0)
        customer.send(time.monotonic())
        heard, happened, now = crowd.codes(options.patience)
        missed += options.clients - heard
        if happened is None:
            customer.turn(1)
            customer.report(clients=options.clients)
            raise SystemExit(f"{heard} of {options.clients} streams were told of a code")
        then = datetime.datetime.fromisoformat(happened.replace("Z", "+00:00")).timestamp()
        latest.append(now - then)
        until = time.monotonic() + options.pause
        while time.monotonic() < until:
            customer.turn(0.05)
            for number, _ in crowd.poll.poll(0.05):
                crowd.tails[number] = (crowd.tails[number] + crowd.read(number))[-64:]
    customer.report(clients=options.clients, missed=missed, last_p50_ms=quantile(latest, 0.5) * 1000,
                    last_p95_ms=quantile(latest, 0.95) * 1000)


NUMBERS = """SELECT id, reference FROM verification.orders WHERE state = 'waiting' AND created_at > now() - interval '1 minute'"""


def sms(customer, options):
    """The other half is only there, so that the provider is asked about many orders all the time."""
    while len(customer.born) + len(customer.due) < options.count:
        while customer.idle and len(customer.born) + len(customer.due) < options.count:
            customer.send(time.monotonic())
        customer.turn(0.05)
    limit = time.monotonic() + options.patience
    numbers = {}
    while len(numbers) < options.count:
        if time.monotonic() > limit:
            raise SystemExit(f"{len(numbers)} of {options.count} orders have a number")
        customer.turn(0.05)
        rows = subprocess.run(["psql", "-XAtq", "-F,", os.environ["DATABASE_ADMIN_URL"], "-c", NUMBERS],
                              capture_output=True, text=True, check=True, timeout=10).stdout.split()
        numbers = dict(row.split(",") for row in rows)
    provider = http.client.HTTPConnection(urlsplit(os.environ["SANDBOX_URL"]).netloc, timeout=10)

    def put(verification):
        provider.request("POST", f"/_control/orders/{numbers[verification]}/sms", b"{}",
                         {"Content-Type": "application/json"})
        answer = provider.getresponse()
        answer.read()
        if answer.status != 204:
            raise SystemExit(f"the sandbox takes no message: {answer.status}")

    chosen = random.sample(sorted(numbers), options.count // 2)
    # At random moments of four seconds, so that they meet every part of an interval.
    started = time.monotonic()
    plan = sorted(started + random.uniform(0, 4) for _ in chosen)
    moments = {}
    for verification, due in zip(chosen, plan):
        while (now := time.monotonic()) < due:
            customer.turn(due - now)
        moments[verification.encode()] = time.monotonic()
        put(verification)
    limit = time.monotonic() + options.patience
    while not moments.keys() <= customer.coded_at.keys() and time.monotonic() < limit:
        customer.turn(0.05)
    took = [customer.coded_at[one] - at for one, at in moments.items() if one in customer.coded_at]
    least = customer.open_count
    for verification in numbers.keys() - set(chosen):
        put(verification)
        customer.turn(0)
    while len(customer.finished) < options.count and time.monotonic() < limit:
        customer.turn(0.05)
    ages = [at - customer.born[one] for one, at in moments.items()]
    customer.report(sms=spread(took), open_least=least, age_s=sum(ages) / len(ages))


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("what", choices=["pipeline", "idle", "accept", "sms", "push"])
    arguments.add_argument("--connections", type=int, default=16)
    arguments.add_argument("--in-flight", type=int, default=500)
    arguments.add_argument("--seconds", type=float, default=10)
    arguments.add_argument("--warm-up", type=float, default=3)
    arguments.add_argument("--patience", type=float, default=20)
    arguments.add_argument("--count", type=int, default=100)
    arguments.add_argument("--pause", type=float, default=0.01)
    arguments.add_argument("--rate", type=float, default=500)
    arguments.add_argument("--clients", type=int, default=10_000)
    options = arguments.parse_args()
    customer = Customer(os.environ["NAMASKAH_URL"], os.environ["NAMASKAH_LOAD_KEY"], options.connections)
    {"pipeline": pipeline, "idle": idle, "accept": accept, "sms": sms, "push": push}[options.what](customer, options)
    return 0


sys.exit(main())
