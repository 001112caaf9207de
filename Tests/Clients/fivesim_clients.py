"""Drives every method of pyfivesim, a client nobody here wrote, against a running sandbox, unchanged.

Reads SANDBOX_URL and FIVESIM_API_KEY from the environment, prints a line for each method of each of its two clients,
and exits non-zero when one of them fails. Needs the package `pyfivesim`; with `phonenumbers` installed the numbers are
validated too. Nothing that others may rely on is changed: messages are scripted for this script's own orders, and
accounts that are to run dry are its own.
"""

import asyncio
import inspect
import os
import sys
import traceback

import httpx
from pyfivesim import PyFiveSimAsync, PyFiveSimSync
from pyfivesim import exceptions
from pyfivesim.clients.base import FiveSimBaseClient
from pyfivesim.models.user.orders import OrderSMS

SANDBOX = os.environ.get("SANDBOX_URL", "http://127.0.0.1:8090").rstrip("/")
KEY = os.environ.get("FIVESIM_API_KEY", "sandbox-development")
BASE = f"{SANDBOX}/5sim/v1"

control = httpx.Client(base_url=f"{SANDBOX}/_control", timeout=10)


def command(method, path, body=None):
    """Speaks to the sandbox's controls."""
    answer = control.request(method, path, json=body)
    answer.raise_for_status()
    return answer.json() if answer.content else None


def send_sms(order, text):
    command("POST", f"/orders/{order.id}/sms", {"text": text})


def own_account(**wish):
    return command("POST", "/accounts", wish)["token"]


def manual(country, product):
    """No message comes by itself for this pair any more."""
    command("PUT", "/arrival", {"country": country, "product": product, "mode": "manual"})


# The pair this script buys; not one that a demonstration is likely to wait for.
COUNTRY, PRODUCT = "slovenia", "badoo"


class Drive:
    """The story of every method, told once for both kinds of client."""

    def __init__(self, kind, make):
        self.kind = kind
        self.make = make
        self.client = make(KEY)
        self.called = set()

    async def call(self, method, *arguments, client=None, **named):
        self.called.add(method)
        result = getattr(client or self.client, method)(*arguments, **named)
        return await result if inspect.isawaitable(result) else result

    async def refused(self, error, method, *arguments, client=None, **named):
        """The call must raise exactly that error."""
        try:
            await self.call(method, *arguments, client=client, **named)
        except error as raised:
            assert type(raised) is error, f"{type(raised).__name__} instead of {error.__name__}"
            return raised
        raise AssertionError(f"{method} did not raise {error.__name__}")

    async def buy(self, **named):
        named = {"product": PRODUCT, "country": COUNTRY, **named}
        return await self.call("buy_number", **named)

    # ---- user

    async def get_user_profile(self):
        before = await self.call("get_user_profile")
        order = await self.buy()
        during = await self.call("get_user_profile")
        assert round(before.balance - during.balance, 6) == order.price, "a purchase takes its price"
        assert round(during.frozen_balance - before.frozen_balance, 6) == order.price, "and freezes it"
        assert during.last_order.service == PRODUCT and during.last_order.country == COUNTRY
        assert during.total_active_orders == before.total_active_orders + 1
        await self.call("action_with_order", "cancel", order.id)
        after = await self.call("get_user_profile")
        assert after.balance == before.balance and after.frozen_balance == before.frozen_balance
        assert after.default_country.iso == "ru" and after.default_operator.name is None

    async def get_user_orders(self):
        first, second = await self.buy(), await self.buy()
        page = await self.call("get_user_orders", "activation", limit=2, order="id", reverse=True)
        assert [order.id for order in page.data] == [second.id, first.id]
        assert page.total >= 2 and page.statuses and {"Name": PRODUCT} in page.product_names
        older = await self.call("get_user_orders", "activation", limit=1, offset=1, order="id", reverse=True)
        assert older.data.id == first.id, "one row comes back as the row itself"
        for order in (first, second):
            await self.call("action_with_order", "cancel", order.id)
        hosting = await self.call("get_user_orders", "hosting", limit=5)
        assert hosting.total >= 0

    async def get_user_payments(self):
        page = await self.call("get_user_payments", limit=10, order="id", reverse=True)
        rows = page.data if isinstance(page.data, list) else [page.data]
        assert rows[0].type == "charge" and rows[0].provider == "admin" and page.total >= 1
        assert page.types[0].name == "charge" and page.providers[0].name == "admin"

    async def get_user_price_limits(self):
        assert await self.call("action_with_user_price_limits", "create", PRODUCT, 3.5)
        limits = await self.call("get_user_price_limits")
        assert [limit.price for limit in limits if limit.product == PRODUCT] == [3.5]

    async def action_with_user_price_limits(self):
        assert await self.call("action_with_user_price_limits", "create", PRODUCT, 3.5)
        assert await self.call("action_with_user_price_limits", "update", PRODUCT, 0.0001)
        await self.refused(exceptions.FiveSimNoFreePhones, "buy_number", PRODUCT, COUNTRY)
        assert await self.call("action_with_user_price_limits", "delete", PRODUCT)
        assert not await self.call("action_with_user_price_limits", "delete", PRODUCT), "it is gone"

    # ---- guest

    async def get_countries_list(self):
        countries = {country.name: country for country in await self.call("get_countries_list")}
        assert len(countries) >= 150, len(countries)
        assert countries["england"].iso == "gb" and countries["england"].prefix == "+44"
        assert countries["russia"].text_ru == "Россия" and "beeline" in countries["russia"].available_operators
        assert all(country.available_operators for country in countries.values())

    async def get_available_products(self):
        products = {product.name: product for product in await self.call("get_available_products", "england", "any")}
        assert products["telegram"].category == "activation" and products["telegram"].price > 0
        assert products["1day"].category == "hosting"
        await self.refused(exceptions.FiveSimInvalidCountry, "get_available_products", "atlantis", "any")

    async def get_prices(self):
        country = await self.call("get_prices", country="england")
        assert country.name == "england" and len(country.products) > 100
        both = await self.call("get_prices", country="england", product="telegram")
        assert both and all(operator.operator_info.price > 0 for operator in both)
        product = await self.call("get_prices", product="telegram")
        assert product.name == "telegram" and len(product.countries) > 100
        everything = await self.call("get_prices")
        assert len(everything) >= 150 and sum(len(country.products) for country in everything) > 10_000
        await self.refused(exceptions.FiveSimInvalidCountry, "get_prices", country="atlantis")
        await self.refused(exceptions.FiveSimInvalidProduct, "get_prices", product="nosuchproduct")

    # ---- orders

    async def buy_number(self):
        order = await self.buy(reuse=True, voice=True, ref="ref", max_price=50)
        assert order.status == "RECEIVED" and order.sms is None and order.price > 0
        assert order.country == COUNTRY and order.product == PRODUCT and order.phone.startswith("+386")
        assert (order.expires_at - order.created_at).total_seconds() > 60
        valid_number(order.phone)
        forwarded = await self.buy(forwarding_number="79991112233")
        named = await self.buy(operator=order.operator)
        assert named.operator == order.operator and len({order.phone, forwarded.phone, named.phone}) == 3
        anywhere = await self.call("buy_number", "telegram")
        for each in (order, forwarded, named, anywhere):
            await self.call("action_with_order", "cancel", each.id)
        await self.refused(exceptions.FiveSimNoFreePhones, "buy_number", PRODUCT, "atlantis")
        await self.refused(exceptions.FiveSimNoFreePhones, "buy_number", PRODUCT, COUNTRY, max_price=0.0001)
        await self.refused(exceptions.FiveSimInvalidProduct, "buy_number", "nosuchproduct", COUNTRY)
        await self.refused(exceptions.FiveSimInvalidOperator, "buy_number", PRODUCT, COUNTRY, "nosuchpool")
        await self.refused(
            exceptions.FiveSimNotEnoughBalance, "buy_number", PRODUCT, COUNTRY, client=self.make(own_account()))
        await self.refused(
            exceptions.FiveSimNoEnoughRating, "buy_number", PRODUCT, COUNTRY,
            client=self.make(own_account(balance=10, rating=0)))
        await self.refused(
            exceptions.FiveSimInvalidAPIKey, "buy_number", PRODUCT, COUNTRY, client=self.make("not-a-key"))

    async def get_order_info(self):
        order = await self.buy()
        assert (await self.call("get_order_info", order.id)).sms is None
        send_sms(order, "Your Badoo code is 471142")
        one = await self.call("get_order_info", order.id)
        assert isinstance(one.sms, OrderSMS) and one.sms.code == "471142" and one.sms.text.startswith("Your")
        send_sms(order, "Your Badoo code is 471143")
        two = await self.call("get_order_info", order.id)
        assert [message.code for message in two.sms] == ["471142", "471143"], "the newest is last"
        await self.call("action_with_order", "finish", order.id)
        await self.refused(exceptions.FiveSimOrderNotFound, "get_order_info", 1)

    async def action_with_order(self):
        cancelled = await self.buy()
        assert (await self.call("action_with_order", "cancel", cancelled.id)).status == "CANCELED"
        banned = await self.buy()
        assert (await self.call("action_with_order", "ban", banned.id)).status == "BANNED"
        empty = await self.buy()
        assert (await self.call("action_with_order", "finish", empty.id)).status == "CANCELED", "the client's own turn"
        finished = await self.buy()
        send_sms(finished, "Your Badoo code is 471142")
        raised = await self.refused(exceptions.FiveSimUnknownError, "action_with_order", "cancel", finished.id)
        assert raised.data == "order has sms"
        done = await self.call("action_with_order", "finish", finished.id)
        assert done.status == "FINISHED" and done.sms.code == "471142"
        await self.refused(exceptions.FiveSimOrderNotFound, "action_with_order", "ban", 1)

    async def reuse_number(self):
        order = await self.buy(reuse=True)
        send_sms(order, "Your Badoo code is 471142")
        await self.call("action_with_order", "finish", order.id)
        assert await self.call("reuse_number", PRODUCT, order.phone.removeprefix("+"))
        page = await self.call("get_user_orders", "activation", limit=1, order="id", reverse=True)
        assert page.data.phone == order.phone and page.data.id != order.id
        await self.call("action_with_order", "cancel", page.data.id)
        assert not await self.call("reuse_number", PRODUCT, "38631000000"), "nobody bought that one"

    # ---- rentals: this client refuses them itself, so the provider's answers are looked at without it

    async def rent_number(self):
        try:
            await self.call("rent_number", "3hours")
            raise AssertionError("the client rents after all: drive it")
        except NotImplementedError:
            pass
        order = plain("user/buy/hosting/england/any/3hours").json()
        assert order["status"] == "RECEIVED" and order["sms"] is None and "forwarding" not in order
        refusal = plain(f"user/cancel/{order['id']}")
        assert refusal.status_code == 400 and refusal.text == "hosting order"

    async def get_rental_info(self):
        try:
            await self.call("get_rental_info", 1)
            raise AssertionError("the client reads inboxes after all: drive it")
        except NotImplementedError:
            pass
        order = plain("user/buy/hosting/england/any/3hours").json()
        command("POST", f"/orders/{order['id']}/sms", {"text": "Your code is 4711", "sender": "Somebody"})
        inbox = plain(f"user/sms/inbox/{order['id']}").json()
        assert inbox["Total"] >= 1 and inbox["Data"][-1]["code"] == "4711" and inbox["Data"][-1]["sender"] == "Somebody"

    # ---- vendor

    async def get_vendor_profile(self):
        assert (await self.call("get_vendor_profile")).email.endswith("@example.com")

    async def get_vendor_wallets(self):
        assert (await self.call("get_vendor_wallets")).fkwallet > 0

    async def get_vendor_orders(self):
        assert (await self.call("get_vendor_orders", "activation", limit=5)).total == 0

    async def get_vendor_payments(self):
        assert (await self.call("get_vendor_payments", limit=5)).total == 0

    async def create_vendor_withdraw(self):
        assert await self.call("create_vendor_withdraw", "4111", "visa", 1.0, "payeer")
        assert not await self.call("create_vendor_withdraw", "4111", "visa", 1e9, "payeer"), "more than there is"

    async def run(self):
        methods = sorted(FiveSimBaseClient.__abstractmethods__)
        failures = 0
        for method in methods:
            try:
                await getattr(self, method)()
                assert method in self.called, "the story never called the method"
                print(f"ok   {self.kind} {method}")
            # The library's errors do not descend from Exception.
            except BaseException:
                failures += 1
                print(f"FAIL {self.kind} {method}")
                traceback.print_exc()
        return failures


def plain(path):
    return httpx.get(f"{BASE}/{path}", headers={"Authorization": f"Bearer {KEY}"}, timeout=10)


def valid_number(text):
    try:
        import phonenumbers
    except ImportError:
        return
    assert phonenumbers.is_valid_number(phonenumbers.parse(text)), f"{text} is no valid number"


async def main():
    manual(COUNTRY, PRODUCT)
    failures = 0
    for kind, client in (("sync", PyFiveSimSync), ("async", PyFiveSimAsync)):
        failures += await Drive(kind, lambda key, client=client: client(api_key=key, base_url=BASE)).run()
    books = command("GET", "/books?limit=0")
    print("ok   books" if books["balanced"] else "FAIL books: the sandbox made or lost money")
    return failures + (0 if books["balanced"] else 1)


if __name__ == "__main__":
    sys.exit(1 if asyncio.run(main()) else 0)
