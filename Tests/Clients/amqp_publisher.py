"""Another company's service, by AMQP alone: orders and gets its code, cancels, and makes every mistake there is.

Reads NAMASKAH_AMQP_URL and NAMASKAH_PUBLISHER_ACCOUNT from the environment, prints a line for each thing tried, and
exits non-zero when one of them went wrong. Each mistake must be answered by an error that names the field, or be refused
by the broker itself; none may keep the order behind it from being filled. Needs the package `pika`.
"""

import json
import os
import sys
import time
import traceback
import uuid

import pika
from pika import exceptions

PARAMETERS = pika.URLParameters(os.environ["NAMASKAH_AMQP_URL"])
ACCOUNT = os.environ["NAMASKAH_PUBLISHER_ACCOUNT"]
USER = PARAMETERS.credentials.username
INGRESS = "namaskah.ingress"
KEY = f"req.{ACCOUNT}.verification.v1"
RESULTS = f"tenant.{ACCOUNT}.result"
REQUEST, ERROR, RESULT = "verification.request.v1", "verification.error.v1", "verification.result.v1"
PATIENCE = 30


class Publisher:
    """One connection, which publishes with confirms and reads results one by one."""

    def __init__(self):
        self.connection = pika.BlockingConnection(PARAMETERS)
        self.channel = self.connection.channel()
        self.channel.confirm_delivery()
        self.seen = set()

    def send(self, body, kind=REQUEST, key=KEY, **properties):
        body = body if isinstance(body, bytes) else json.dumps(body).encode()
        named = {"user_id": USER, "type": kind, "message_id": str(uuid.uuid4()), "content_type": "application/json",
                 "delivery_mode": 2, **properties}
        self.channel.basic_publish(INGRESS, key, body, pika.BasicProperties(**named), mandatory=True)

    def results(self):
        """Every result that comes, each once, until the patience ends."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            method, properties, body = self.channel.basic_get(RESULTS)
            if method is None:
                # The wait of `process_data_events` ends early when something comes.
                self.connection.process_data_events(time_limit=0.02)
                continue
            self.channel.basic_ack(method.delivery_tag)
            result = json.loads(body)
            assert properties.type == (ERROR if "error_code" in result else RESULT), properties.type
            assert properties.message_id == result["event_id"] and properties.user_id, "its own id, a checked sender"
            if result["event_id"] not in self.seen:
                self.seen.add(result["event_id"])
                yield result
        raise AssertionError(f"nothing more came in {PATIENCE} s")

    def await_result(self, wanted):
        return next(result for result in self.results() if wanted(result))

    def refused(self, body, code, *fields, request=None, **named):
        """The message must be answered by that error, naming exactly those fields."""
        self.send(body, **named)
        answer = self.await_result(lambda result: "error_code" in result)
        assert answer["error_code"] == code, answer
        assert answer["request_id"] == request, answer
        assert answer["message"], answer
        named = answer.get("fields", [])
        assert {problem["field"] for problem in named} == set(fields), answer
        assert all(problem["message"] for problem in named), answer
        return answer


def order(**changed):
    return {"request_id": str(uuid.uuid4()), "service": "telegram", "country": "england", **changed}


def mistake(publisher, code, *fields, **changed):
    body = order(**changed)
    return publisher.refused(body, code, *fields, request=body["request_id"])


# ---- what goes well


def an_order_gets_its_number_and_code(publisher):
    body = order(country="GB", capability="sms", metadata={"basket": 7})
    for _ in range(10):
        publisher.send(body)
    ours = lambda result: result["request_id"] == body["request_id"]
    orders, number = set(), None
    for result in publisher.results():
        if not ours(result):
            continue
        assert "error_code" not in result, result
        assert result["service"] == "telegram" and result["country"] == "england", result
        assert result["metadata"] == {"basket": 7}, result
        orders.add(result["verification_id"])
        number = number or result.get("phone_number")
        if "code" in result:
            assert result["phone_number"] == number and number.startswith("+44"), result
            assert result["code"] in result["text"].replace("-", ""), result
            break
    assert len(orders) == 1, "ten times the same request is one order"
    return body


def a_repeat_is_answered_with_how_it_stands(publisher):
    body = an_order_gets_its_number_and_code(publisher)
    publisher.send(body)
    publisher.await_result(
        lambda result: result["request_id"] == body["request_id"] and result.get("status") == "completed")


def an_order_can_be_cancelled(publisher):
    body = order()
    publisher.send(body)
    ours = lambda result: result["request_id"] == body["request_id"]
    # The sandbox's message comes seconds after the number; until then an order can be cancelled.
    publisher.await_result(lambda result: ours(result) and result.get("status") == "waiting_sms")
    publisher.send({"request_id": body["request_id"]}, kind="verification.cancel.v1")
    publisher.await_result(lambda result: ours(result) and result.get("status") == "cancelled")


# ---- what its sender did wrong


def what_is_no_json(publisher):
    for body in (b"", b"{", b"\xff\xfe{", b'{"request_id":"a",}', b"[" * 5000, b'{"request_id":"a","request_id":"b"}'):
        publisher.refused(body, "VALIDATION_FAILED", "body")


def what_is_no_object(publisher):
    for body in ([], "telegram", 7, None, True):
        publisher.refused(body, "VALIDATION_FAILED", "body")


def what_is_missing(publisher):
    publisher.refused({}, "VALIDATION_FAILED", "request_id", "service", "country")
    for field in ("service", "country"):
        body = order()
        del body[field]
        publisher.refused(body, "VALIDATION_FAILED", field, request=body["request_id"])
    publisher.refused({"service": "telegram", "country": "england"}, "VALIDATION_FAILED", "request_id")


def what_has_the_wrong_type(publisher):
    publisher.refused(order(request_id=5), "VALIDATION_FAILED", "request_id")
    mistake(publisher, "VALIDATION_FAILED", "service", service=5)
    mistake(publisher, "VALIDATION_FAILED", "country", country=["england"])
    mistake(publisher, "VALIDATION_FAILED", "capability", capability=1)
    mistake(publisher, "VALIDATION_FAILED", "operator", operator={})
    mistake(publisher, "VALIDATION_FAILED", "max_price", max_price=0.75)
    mistake(publisher, "VALIDATION_FAILED", "service", "country", service=None, country=None)


def what_has_the_wrong_value(publisher):
    publisher.refused(order(request_id=""), "VALIDATION_FAILED", "request_id", request="")
    publisher.refused(order(request_id="x" * 129), "VALIDATION_FAILED", "request_id")
    mistake(publisher, "VALIDATION_FAILED", "service", service="")
    mistake(publisher, "VALIDATION_FAILED", "service", service="tele gram")
    mistake(publisher, "VALIDATION_FAILED", "country", country="atlantis")
    mistake(publisher, "VALIDATION_FAILED", "capability", capability="pigeon")
    mistake(publisher, "VALIDATION_FAILED", "area_code", area_code="123456789")
    mistake(publisher, "VALIDATION_FAILED", "max_price.amount", max_price={"amount": "much", "currency": "USD"})
    mistake(publisher, "VALIDATION_FAILED", "max_price.currency", max_price={"amount": "1", "currency": "EUR"})


def what_nobody_sells(publisher):
    mistake(publisher, "NO_OFFER", service="nosuchservice")
    mistake(publisher, "NO_OFFER", provider="nosuchprovider")
    mistake(publisher, "NO_OFFER", max_price={"amount": "0.0001", "currency": "USD"})


def what_contradicts_itself(publisher):
    body = order()
    publisher.send(body)
    publisher.await_result(
        lambda result: result["request_id"] == body["request_id"] and result.get("status") == "waiting_sms")
    publisher.refused({**body, "service": "whatsapp"}, "IDEMPOTENCY_MISMATCH", request=body["request_id"])
    publisher.send({"request_id": body["request_id"]}, kind="verification.cancel.v1")


def what_asks_for_something_unknown(publisher):
    body = order()
    publisher.refused(body, "VALIDATION_FAILED", "type", kind="verification.steal.v1", request=body["request_id"])
    for action in ("cancel", "report", "complete", "another"):
        kind = f"verification.{action}.v1"
        publisher.refused({}, "VALIDATION_FAILED", "request_id", kind=kind)
        publisher.refused({"verification_id": "not-an-id"}, "VALIDATION_FAILED", "verification_id", kind=kind)
        unknown = str(uuid.uuid4())
        publisher.refused({"request_id": unknown}, "NOT_FOUND", kind=kind, request=unknown)


# ---- what the broker does not let through


def closed(code, attempt):
    """The broker must close the channel with that reason; another connection, so that ours lives on."""
    with pika.BlockingConnection(PARAMETERS) as connection:
        channel = connection.channel()
        channel.confirm_delivery()
        try:
            attempt(channel)
        except exceptions.ChannelClosedByBroker as refusal:
            assert refusal.reply_code == code, refusal
            return
    raise AssertionError("the broker let it through")


def what_is_not_its_own(publisher):
    own = pika.BasicProperties(user_id=USER, type=REQUEST)
    foreign = f"req.{uuid.uuid4()}.verification.v1"
    closed(403, lambda channel: channel.basic_publish(INGRESS, foreign, b"{}", own, mandatory=True))
    forged = pika.BasicProperties(user_id="verification", type=REQUEST)
    closed(406, lambda channel: channel.basic_publish(INGRESS, KEY, b"{}", forged, mandatory=True))
    for exchange in ("namaskah.commands", "namaskah.events", "namaskah.tenant", "namaskah.redeliver", ""):
        closed(403, lambda channel: channel.basic_publish(exchange, "verification.commands", b"{}", own))
    for queue in ("verification.commands", "billing.commands", f"tenant.{uuid.uuid4()}.result"):
        closed(403, lambda channel: channel.basic_get(queue))
    closed(403, lambda channel: channel.queue_declare("mine"))
    closed(403, lambda channel: channel.queue_delete(RESULTS))


def what_is_too_large(publisher):
    own = pika.BasicProperties(user_id=USER, type=REQUEST)
    closed(406, lambda channel: channel.basic_publish(INGRESS, KEY, b" " * 300_000, own, mandatory=True))


def what_is_nobodys(publisher):
    """Without `user_id` nobody can be told; it is put aside, and the one behind it is answered."""
    publisher.send(order(), user_id=None)
    mistake(publisher, "VALIDATION_FAILED", "country", country="atlantis")


STORIES = [
    what_is_no_json, what_is_no_object, what_is_missing, what_has_the_wrong_type, what_has_the_wrong_value,
    what_nobody_sells, what_contradicts_itself, what_asks_for_something_unknown, what_is_not_its_own, what_is_too_large,
    what_is_nobodys, an_order_gets_its_number_and_code, a_repeat_is_answered_with_how_it_stands,
    an_order_can_be_cancelled,
]


def main():
    publisher = Publisher()
    # What a run before this one left unread.
    while publisher.channel.basic_get(RESULTS, auto_ack=True)[0]:
        pass
    failures = 0
    for story in STORIES:
        try:
            story(publisher)
            print(f"ok   {story.__name__}")
        except Exception:
            failures += 1
            print(f"FAIL {story.__name__}")
            traceback.print_exc()
            if publisher.channel.is_closed:
                publisher = Publisher()
    publisher.connection.close()
    return failures


if __name__ == "__main__":
    sys.exit(1 if main() else 0)
