"""Drives every method of herosms, a client nobody here wrote, against a running sandbox, unchanged.

Reads SANDBOX_URL and HERO_API_KEY from the environment, prints a line for each method of each of its two clients, and
exits non-zero when one of them fails. Needs the package `herosms`. Messages are scripted for this script's own orders.
"""

import asyncio
import inspect
import os
import sys
import traceback

import httpx
from herosms import HeroSMSClient, SyncHeroSMSClient, WebhookSMSIncoming, exceptions

SANDBOX = os.environ.get("SANDBOX_URL", "http://127.0.0.1:8090").rstrip("/")
KEY = os.environ.get("HERO_API_KEY", "fedcba9876543210fedcba9876543210")
BASE = f"{SANDBOX}/hero/stubs/handler_api.php"

control = httpx.Client(base_url=f"{SANDBOX}/_control/hero", timeout=10)

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


def options(key=KEY):
    # The synchronous client runs each call in an event loop of its own, and a connection kept from an earlier one is of
    # no use in the next: its own parameter for the transport turns that off.
    transport = httpx.AsyncClient(limits=httpx.Limits(max_keepalive_connections=0), timeout=30)
    return {"api_key": key, "base_url": BASE, "retry_wait": 0.1, "poll_interval": 0.1, "http_client": transport}


async def settled(value):
    return await value if inspect.isawaitable(value) else value


class Drive:
    """The story of every method, told once for both kinds of client."""

    def __init__(self, kind, make):
        self.kind = kind
        self.make = make
        self.client = make(**options())

    async def call(self, method, *arguments, **named):
        target = self.client
        for name in method.split("."):
            target = getattr(target, name)
        return await settled(target(*arguments, **named))

    async def buy(self, **named):
        return await self.call("activations.create", **{"service": SERVICE, "country": COUNTRY, **named})

    @staticmethod
    def sms(order, text):
        command("POST", f"/orders/{order.activation_id}/sms", {"text": text})

    async def refused(self, error, method, *arguments, **named):
        try:
            await self.call(method, *arguments, **named)
        except error as raised:
            return raised
        raise AssertionError(f"{method} did not raise {error.__name__}")

    async def account(self):
        before = await self.call("get_balance")
        order = await self.buy(max_price=50)
        during = await self.call("get_balance")
        assert round(before.amount - during.amount, 4) == round(order.cost, 4), "a purchase takes its price"
        await settled(order.cancel())
        assert (await self.call("get_balance")).amount == before.amount, "a cancellation gives it back"

    async def catalogue(self):
        countries = {country.id: country.eng for country in await self.call("get_countries")}
        assert len(countries) > 140 and countries[222] == "Russia" and 0 not in countries
        services = {service.code: service.name for service in await self.call("get_services", country=COUNTRY)}
        assert services["tg"] == "Telegram" and services[SERVICE] == "Badoo"
        operators = await self.call("get_operators", country=16)
        assert "vodafone" in operators["16"]
        prices = await self.call("get_prices", service="tg", country=16)
        assert prices["16"]["tg"].cost > 0 and prices["16"]["tg"].count > 0
        for named in ({"by_rank": True}, {"free_price": True}):
            top = await self.call("get_top_countries", service="tg", **named)
            assert top["0"]["price"] > 0

    async def activation(self):
        order = await self.buy()
        assert order.phone.startswith("+386") or order.phone.startswith("386")
        assert await self.call("get_status_v1", order.activation_id) == "STATUS_WAIT_CODE"
        self.sms(order, "Your Badoo code is 471142")
        status = await settled(order.wait_for_sms(timeout=10))
        assert status.sms.code == "471142" and status.sms.text == "Your Badoo code is 471142"
        assert await self.call("get_status_v1", order.activation_id) == "STATUS_OK:471142"
        await settled(order.request_sms())
        assert await self.call("get_status_v1", order.activation_id) == "STATUS_WAIT_RETRY:471142"
        self.sms(order, "Your Badoo code is 471143")
        assert [sms.code for sms in await settled(order.get_all_sms())] == ["471142", "471143"]
        assert len(await self.call("activations.get_sms", order.activation_id)) == 2
        await settled(order.complete())
        assert await self.call("get_status_v1", order.activation_id) == "STATUS_CANCEL"

    async def lists(self):
        order, other = await self.buy(), await self.buy()
        for method in ("get_active_activations", "activations.list_active", "activations.get_active_activations"):
            rows = {row.activation_id: row for row in await self.call(method)}
            assert rows[order.activation_id].service_code == SERVICE, method
            assert rows[order.activation_id].country_code == COUNTRY and other.activation_id in rows
        await self.call("activations.cancel", order.activation_id)
        self.sms(other, "Your Badoo code is 471142")
        await self.call("activations.finish", other.activation_id)
        for method in ("get_history", "activations.get_history"):
            rows = {int(row.id): row for row in await self.call(method, size=20)}
            assert rows[order.activation_id].cost == 0 and rows[other.activation_id].cost > 0, method

    async def attached(self):
        order = await self.buy()
        attach = self.client.attach_activation if self.kind == "sync" else self.client.activations.attach
        self.sms(order, "Your Badoo code is 471142")
        again = attach(activation_id=order.activation_id, phone_number=order.phone)
        assert (await settled(again.wait_for_sms(timeout=10))).sms.code == "471142"
        await settled(again.complete())
        assert await settled(again.get_reactivation_price()) > 0
        renewed = await settled(again.reactivate())
        assert renewed.activation_id != order.activation_id and renewed.phone == order.phone
        await settled(renewed.cancel())

    async def rentals(self):
        assert (await self.call("get_rent_availability", service=SERVICE, country=COUNTRY))["count"] > 0
        rented = await self.call("rent_number", service=SERVICE, country=COUNTRY, duration=4)
        assert rented.activation_id > 0 and rented.phone

    async def refusals(self):
        await self.refused(exceptions.BadRequestError, "activations.create", service="nosuch", country=COUNTRY)
        await self.refused(exceptions.ActivationNotFoundError, "get_status_v1", 1)
        stock(0)
        try:
            # The upstream says so in bare text with 200, which this client takes for a sale unless it is asked for
            # the text.
            assert await self.buy(response_format="raw") == "NO_NUMBERS"
        finally:
            stock(100_000)
        order = await self.buy()
        self.sms(order, "Your Badoo code is 471142")
        await self.refused(exceptions.ConflictError, "activations.cancel", order.activation_id)
        await settled(order.complete())
        stranger = Drive(self.kind, lambda **named: self.make(**{**named, "api_key": "0" * 32}))
        await stranger.refused(exceptions.AuthenticationError, "get_balance")
        poor = command("POST", "/accounts", {})["token"]
        pauper = Drive(self.kind, lambda **named: self.make(**{**named, "api_key": poor}))
        await pauper.refused(
            exceptions.InsufficientFundsError, "activations.create", service=SERVICE, country=COUNTRY)

    async def run(self):
        failures = 0
        for story in (
            "account", "catalogue", "activation", "lists", "attached", "rentals", "refusals",
        ):
            try:
                await getattr(self, story)()
                print(f"ok   {self.kind} {story}")
            except BaseException:
                failures += 1
                print(f"FAIL {self.kind} {story}")
                traceback.print_exc()
        return failures


def drive_sync():
    """The synchronous client must not run inside another event loop: the story's own is given up for each call."""

    def make(**named):
        return SyncHeroSMSClient(**named)

    return run_without_loop(Drive("sync", make).run())


def run_without_loop(coroutine):
    # Nothing in it ever waits, for every call of the synchronous client returns a value.
    try:
        coroutine.send(None)
    except StopIteration as done:
        return done.value
    raise AssertionError("the synchronous story waited for something")


def webhook():
    event = WebhookSMSIncoming.model_validate({
        "activationId": "1", "service": SERVICE, "text": "t", "code": None, "country": COUNTRY,
        "receivedAt": "2026-02-16 12:36:59",
    })
    assert event.code is None
    print("ok   webhook")


def main():
    stock(100_000)
    command("PUT", "/arrival", {"country": "slovenia", "product": "badoo", "mode": "manual"})
    failures = asyncio.run(Drive("async", HeroSMSClient).run()) + drive_sync()
    webhook()
    books = command("GET", "/books?limit=0")
    print("ok   books" if books["balanced"] else "FAIL books: the sandbox made or lost money")
    return failures + (0 if books["balanced"] else 1)


if __name__ == "__main__":
    sys.exit(1 if main() else 0)
