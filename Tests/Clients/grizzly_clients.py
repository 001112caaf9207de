"""Drives every method of grizzly-sms-client that buys and reads, a client nobody here wrote, against a running sandbox,
unchanged.

Reads SANDBOX_URL and SMS_ACTIVATE_API_KEY from the environment, prints a line for each story and exits non-zero when one
of them fails. Needs the package `grizzly-sms-client`. Left out: `get_wallet`, the address for paying in, which is no part
of the protocol, and the partner's half, which sells numbers to that shop. Messages are scripted for this script's own
orders.
"""

import os
import sys
import traceback

import httpx
from grizzly_sms import GrizzlySms, GrizzlySmsError

SANDBOX = os.environ.get("SANDBOX_URL", "http://127.0.0.1:8090").rstrip("/")
KEY = os.environ.get("SMS_ACTIVATE_API_KEY", "0123456789abcdef0123456789abcdef")

control = httpx.Client(base_url=f"{SANDBOX}/_control/sms-activate", timeout=10)

# Slovenia and Badoo: not a pair that a demonstration is likely to wait for.
COUNTRY, SERVICE = 59, "qv"


def command(method, path, body=None):
    """Speaks to the sandbox's controls."""
    answer = control.request(method, path, json=body)
    answer.raise_for_status()
    return answer.json() if answer.content else None


def stock(count):
    """Sets how many numbers there are of all that this script buys, whatever the market does meanwhile."""
    command("PUT", "/stock", {"count": count, "country": "slovenia"})


def sms(order, text):
    command("POST", f"/orders/{order.activation_id}/sms", {"text": text})


def client(key=KEY):
    return GrizzlySms(key, base_url=f"{SANDBOX}/sms-activate")


shop = client()


def refused(code, method, *arguments, **named):
    try:
        method(*arguments, **named)
    except GrizzlySmsError as raised:
        # Of a word that is none of that shop's the client keeps the text.
        told = raised.raw if raised.code == "UNEXPECTED_RESPONSE" else raised.code
        assert str(told).startswith(code), f"{told} instead of {code}"
        return
    raise AssertionError(f"{method.__name__} did not refuse with {code}")


def account():
    before = shop.get_balance()
    order = shop.get_number_v2(SERVICE, country=COUNTRY, max_price=50)
    assert round(before - shop.get_balance(), 4) == round(order.activation_cost, 4), "a purchase takes its price"
    assert order.currency == 840 and order.country_code == str(COUNTRY) and order.can_get_another_sms
    assert shop.cancel(order.activation_id) == "ACCESS_CANCEL"
    assert shop.get_balance() == before, "a cancellation gives it back"


def catalogue():
    countries = {country.id: country.eng for country in shop.get_countries()}
    assert len(countries) > 140 and countries[0] == "Russia" and countries[2] == "Kazakhstan"
    services = {service.code: service.name for service in shop.get_services()}
    assert services["tg"] == "Telegram" and services[SERVICE] == "Badoo"
    prices = shop.get_prices(service="tg", country=16)
    assert prices["16"]["tg"]["cost"] > 0
    assert shop.get_prices_v2(service="tg", country=16)["16"]["tg"]
    assert shop.get_prices_v3(service="tg", country=16)["16"]["tg"]
    quotes = shop.find_prices(service="tg", min_count=1, max_price=50)
    assert len(quotes) > 100 and all(quote.service == "tg" and quote.cost > 0 for quote in quotes)


def activation():
    order = shop.get_number(
        SERVICE, country=COUNTRY, max_price=50, provider_ids=[1, 2], except_provider_ids=[3],
        phone_exception=["3860", "3861"])
    assert order.phone_number.startswith("386")
    assert shop.ready(order.activation_id) == "ACCESS_READY"
    assert shop.get_status(order.activation_id).status == "STATUS_WAIT_CODE"
    sms(order, "Your Badoo code is 471142")
    assert shop.wait_for_code(order.activation_id, interval_ms=50, timeout_ms=10_000).code == "471142"
    told = shop.get_status_v2(order.activation_id)
    assert told["sms"]["code"] == "471142" and told["sms"]["text"] == "Your Badoo code is 471142"
    assert shop.request_another_code(order.activation_id) == "ACCESS_RETRY_GET"
    status = shop.get_status(order.activation_id)
    assert (status.status, status.code) == ("STATUS_WAIT_RETRY", "471142")
    # That shop has a list where others have one within an object.
    command("PUT", "/handler", {"active": "bare"})
    try:
        active = {row.activation_id: row for row in shop.get_active_activations()}
    finally:
        command("PUT", "/handler", {"active": "list"})
    assert active[order.activation_id].service_code == SERVICE
    assert active[order.activation_id].country_code == str(COUNTRY)
    assert shop.complete(order.activation_id) == "ACCESS_ACTIVATION"
    assert shop.get_status(order.activation_id).status == "STATUS_CANCEL"


def changes():
    order = shop.get_number(SERVICE, country=COUNTRY)
    assert shop.cancel(order.activation_id, -1) == "ACCESS_CANCEL", "the other code for giving back"
    other = shop.get_number(SERVICE, country=COUNTRY)
    assert shop.set_status(other.activation_id, 8) == "ACCESS_CANCEL"
    assert shop.call("getBalance").startswith("ACCESS_BALANCE:")


def refusals():
    refused("BAD_SERVICE", shop.get_number, "nosuch", country=COUNTRY)
    refused("WRONG_MAX_PRICE", shop.get_number, SERVICE, country=COUNTRY, max_price=0.0001)
    refused("NO_ACTIVATION", shop.complete, 1)
    refused("BAD_KEY", client("0" * 32).get_balance)
    poor = command("POST", "/accounts", {})["token"]
    refused("NO_BALANCE", client(poor).get_number, SERVICE, country=COUNTRY)
    stock(0)
    try:
        refused("NO_NUMBERS", shop.get_number_v2, SERVICE, country=COUNTRY)
    finally:
        stock(100_000)
    command("PUT", "/settings", {"early_cancel_ms": 120_000})
    try:
        order = shop.get_number(SERVICE, country=COUNTRY)
        refused("EARLY_CANCEL_DENIED", shop.cancel, order.activation_id)
    finally:
        command("PUT", "/settings", {"early_cancel_ms": 0})
    assert shop.cancel(order.activation_id) == "ACCESS_CANCEL"


def main():
    stock(100_000)
    command("PUT", "/arrival", {"country": "slovenia", "product": "badoo", "mode": "manual"})
    failures = 0
    for story in (account, catalogue, activation, changes, refusals):
        try:
            story()
            print(f"ok   {story.__name__}")
        except BaseException:
            failures += 1
            print(f"FAIL {story.__name__}")
            traceback.print_exc()
    books = command("GET", "/books?limit=0")
    print("ok   books" if books["balanced"] else "FAIL books: the sandbox made or lost money")
    return failures + (0 if books["balanced"] else 1)


if __name__ == "__main__":
    sys.exit(1 if main() else 0)
