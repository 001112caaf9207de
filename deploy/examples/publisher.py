#!/usr/bin/env python3
"""Another company's service: orders a phone number over AMQP alone, and prints what becomes of it.

    pip install pika
    set -a; . .local/env; set +a        # after `make up`; with compose, paste what `docker compose run --rm demo` prints
    python3 deploy/examples/publisher.py telegram england

Everything such a service needs is here: its own AMQP user, an exchange to write to, a queue to read from. It never
talks to the HTTP API. `/asyncapi.json` of the gateway describes every message.
"""

import json
import os
import sys
import time
import uuid

import pika

PARAMETERS = pika.URLParameters(os.environ["NAMASKAH_AMQP_URL"])
ACCOUNT = os.environ["NAMASKAH_PUBLISHER_ACCOUNT"]
RESULTS = f"tenant.{ACCOUNT}.result"
FINAL = {"completed", "cancelled", "expired", "failed"}


def publish(channel, kind, body):
    """Returns once the broker has the message on disk; raises where it has not, or where no queue takes it."""
    channel.basic_publish(
        exchange="namaskah.ingress",
        # The broker lets this user write under its own account's key and no other.
        routing_key=f"req.{ACCOUNT}.verification.v1",
        body=json.dumps(body).encode(),
        properties=pika.BasicProperties(
            type=kind,
            content_type="application/json",
            message_id=str(uuid.uuid4()),
            # The broker checks it against who is logged in; a message without it is nobody's.
            user_id=PARAMETERS.credentials.username,
            delivery_mode=pika.DeliveryMode.Persistent,
        ),
        mandatory=True,
    )


def main(service, country):
    # Yours to choose and to keep: sent again after a crash it orders nothing twice, and is answered with how the first
    # order stands.
    request = str(uuid.uuid4())
    with pika.BlockingConnection(PARAMETERS) as connection:
        channel = connection.channel()
        channel.confirm_delivery()
        publish(channel, "verification.request.v1", {"request_id": request, "service": service, "country": country})
        print(f"ordered   {service} in {country}, request {request}")

        seen = set()
        deadline = time.monotonic() + 180
        for method, properties, body in channel.consume(RESULTS, inactivity_timeout=1):
            if time.monotonic() > deadline:
                sys.exit("no code within three minutes")
            if method is None:
                continue
            result = json.loads(body)
            # A result may come twice. A real service stores it under this id before it acknowledges.
            is_new = result["event_id"] not in seen
            seen.add(result["event_id"])
            channel.basic_ack(method.delivery_tag)
            if not is_new or result["request_id"] != request:
                continue
            if show(result):
                return
        sys.exit("the broker has closed the queue")


def show(result):
    """Prints one result, and answers whether the order is over."""
    if "error_code" in result:
        for problem in result.get("fields", []):
            print(f"          {problem['field']} {problem['message']}", file=sys.stderr)
        sys.exit(f"{result['error_code']}  {result['message']}")
    status = result.get("status", "")
    # The events of a moment may come in any order: the state they carry counts, not the order of their coming.
    print(f"{status:9} {result.get('phone_number', '')}  {result.get('code', '')}".rstrip())
    return "code" in result or status in FINAL


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: publisher.py <service> <country>    for example: publisher.py telegram england")
    main(*sys.argv[1:])
