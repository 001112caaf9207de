"""Throws generated requests, good and bad, at every operation that a running gateway describes in its own document.

Reads NAMASKAH_URL and NAMASKAH_ADMIN_KEY from the environment and exits non-zero when an answer is not one that
/openapi.json promises: its status, media type, headers and body, no 5xx, nothing taken that the document says is wrong.
Customers' operations run as an account made here, with credit of its own; the administrators' run with their key. The
requests are drawn from a seed, always the same so that a change is judged by itself, unless SCHEMATHESIS_SEED gives
another ("random" draws one, and prints it).
"""

import os
import subprocess
import sys
import tempfile
import time
import uuid

CHECKS = [
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
    "response_headers_conformance",
    "negative_data_rejection",
    "missing_required_header",
    "ignored_auth",
]  # and not use_after_free: a verification that was cancelled with DELETE stays to be read, with its time-line

# Generated requests for one operation, in each of the phases that generate.
EXAMPLES = 10
# What the whole may take, in seconds. A run that is slower waits somewhere that it should not.
LIMIT = 85
# An endless answer and a change of protocol cannot be judged one request at a time.
ENDLESS = {"streamEvents", "openWebSocket"}


def main():
    """Makes the account, runs both parts, and tells how it went."""
    import httpx

    began = time.monotonic()
    url = os.environ["NAMASKAH_URL"].rstrip("/")
    admin = os.environ["NAMASKAH_ADMIN_KEY"]
    seed = os.environ.get("SCHEMATHESIS_SEED") or "20261121"
    if seed == "random":
        seed = str(uuid.uuid4().int % 2**32)
    print(f"seed {seed}")

    with httpx.Client(base_url=url, headers={"X-API-Key": admin}, timeout=30) as gateway:
        document = gateway.get("/openapi.json").raise_for_status().json()
        wish = {"name": "Schemathesis", "role": "user", "rate_limit_per_minute": 0, "api_key": True}
        account = gateway.post("/admin/users", json=wish).raise_for_status().json()
        credit = {"user_id": account["id"], "amount": {"amount": "500", "currency": "USD"}}
        gateway.post("/billing/top-up", json=credit).raise_for_status()

    operations = [operation for path in document["paths"].values() for operation in path.values()]
    parts = {"customer": (account["api_key"]["key"], []), "administrator": (admin, [])}
    for operation in operations:
        # An alias is the same handler under another path, which the tests of the router hold it to.
        if operation["operationId"] not in ENDLESS and "x-alias-of" not in operation:
            parts["administrator" if "x-role" in operation else "customer"][1].append(operation["operationId"])

    failed = []
    for name, (key, ids) in parts.items():
        print(f"== {name}: {len(ids)} operations", flush=True)
        if run(url, key, seed, ids, LIMIT - (time.monotonic() - began)) != 0:
            failed.append(name)
    print(f"{len(failed)} of {len(parts)} parts failed, after {time.monotonic() - began:.0f} s")
    return 1 if failed else 0


def run(url, key, seed, ids, seconds):
    """One run of the program over the operations with these ids. Its findings go to the terminal."""
    program = os.path.join(os.path.dirname(sys.executable), "schemathesis")
    arguments = [
        program, "run", f"{url}/openapi.json", "--header", f"X-API-Key: {key}", "--checks", ",".join(CHECKS),
        "--phases", "examples,coverage,fuzzing,stateful", "--max-examples", str(EXAMPLES), "--seed", seed,
        "--workers", "1", "--request-timeout", "20", "--continue-on-failure", "--no-color", "--warnings", "off",
    ]  # fmt: skip
    for name in ids:
        arguments += ["--include-operation-id", name]
    environment = dict(os.environ, SCHEMATHESIS_HOOKS=os.path.abspath(__file__))
    # One worker: its generators share a cache that two of them at once have been seen to break.
    # It keeps what it has learned in files, where it runs; the next run is not to depend on this one.
    with tempfile.TemporaryDirectory() as directory:
        try:
            return subprocess.run(arguments, cwd=directory, env=environment, timeout=seconds).returncode
        except subprocess.TimeoutExpired:
            print(f"did not end within {seconds:.0f} s")
            return 1


def register_hooks():
    """For the program run above, which loads this file too: nothing is to wait a minute for a message."""
    import schemathesis

    @schemathesis.hook
    def before_call(context, case, kwargs):
        query = case.query or {}
        if str(query.get("wait", "")).isdigit() and int(query["wait"]) <= 60:
            query["wait"] = min(int(query["wait"]), 1)
        headers = case.headers or {}
        if str(headers.get("Prefer", "")).startswith("wait="):
            headers["Prefer"] = "wait=2"


if __name__ == "__main__":
    sys.exit(main())
else:
    register_hooks()
