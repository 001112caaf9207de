"""Drives every call of textverified, TextVerified's own client, against a running sandbox, unchanged.

Reads SANDBOX_URL, TEXTVERIFIED_API_KEY and TEXTVERIFIED_EMAIL from the environment, prints a line for each story, and
exits non-zero when one of them fails. Needs the package `textverified`. Messages are scripted for this script's own
orders, and its account is its own.
"""

import datetime
import json
import os
import sys
import traceback
import urllib.request

import textverified
from textverified import NumberType, RentalDuration, ReservationCapability, ReservationState, ReservationType

SANDBOX = os.environ.get("SANDBOX_URL", "http://127.0.0.1:8090").rstrip("/")
KEY = os.environ.get("TEXTVERIFIED_API_KEY", "sandbox-development")
EMAIL = os.environ.get("TEXTVERIFIED_EMAIL", "sandbox@example.com")
BASE = f"{SANDBOX}/textverified"


def command(method, path, body=None):
    """Speaks to the sandbox's controls."""
    request = urllib.request.Request(
        f"{SANDBOX}/_control/textverified{path}", method=method,
        data=None if body is None else json.dumps(body).encode(), headers={"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        content = answer.read()
    return json.loads(content) if content else None


def make(key=KEY):
    return textverified.TextVerified(api_key=key, api_username=EMAIL, base_url=BASE)


own = command("POST", "/accounts", {"balance": 500})["token"]
client = make(own)
# A service that a demonstration is not likely to wait for.
SERVICE = "badoo"


def manual():
    command("PUT", "/arrival", {"country": "usa", "product": SERVICE, "mode": "manual"})


def send(order, text, **more):
    command("POST", f"/orders/{order.id}/sms", {"text": text, **more})


def buy(**more):
    wish = {"service_name": SERVICE, "capability": ReservationCapability.SMS, **more}
    return client.verifications.create(**wish)


def refused(body, error=Exception):
    try:
        body()
    except error as raised:
        return raised
    raise AssertionError("it was not refused")


# ---- stories


def account():
    me = client.account.me()
    assert me.username and me.current_balance > 0
    assert client.account.balance == me.current_balance
    order = buy()
    assert round(me.current_balance - client.account.balance, 6) == order.total_cost
    assert client.verifications.cancel(order)
    assert client.account.balance == me.current_balance


def services():
    codes = client.services.area_codes()
    assert codes and all(len(code.area_code) == 3 and code.state for code in codes)
    names = client.services.list(NumberType.MOBILE, ReservationType.VERIFICATION)
    assert any(row.service_name == SERVICE and row.capability == ReservationCapability.SMS for row in names)
    assert any(row.capability == ReservationCapability.VOICE for row in names)
    stock = client.services.verification_inventory(
        number_type=NumberType.MOBILE, service_name=SERVICE, capability=ReservationCapability.SMS)
    assert stock.available_quantity > 0
    rentals = client.services.list(NumberType.MOBILE, ReservationType.RENEWABLE)
    assert any(row.service_name == "allservices" for row in rentals)


def pricing():
    wish = dict(
        service_name=SERVICE, carrier=False, number_type=NumberType.MOBILE, capability=ReservationCapability.SMS)
    plain = client.verifications.pricing(area_code=False, **wish)
    chosen = client.verifications.pricing(area_code=True, **wish)
    assert 0 < plain.price < chosen.price and plain.service_name == SERVICE
    rental = client.reservations.pricing(
        service_name="allservices", area_code=False, number_type=NumberType.MOBILE,
        capability=ReservationCapability.SMS, always_on=True, call_forwarding=False, is_renewable=False,
        duration=RentalDuration.SEVEN_DAY)
    assert rental.price > plain.price


def verification():
    order = buy()
    assert order.state == ReservationState.VERIFICATION_PENDING and len(order.number) == 10
    assert order.cancel.can_cancel and not order.reactivate.can_reactivate and order.reuse.reusable_until is None
    assert (order.ends_at - order.created_at).total_seconds() > 60
    send(order, "Your Badoo code is 471142")
    done = client.verifications.details(order)
    assert done.state == ReservationState.VERIFICATION_COMPLETED and not done.cancel.can_cancel
    texts = list(client.sms.list(order))
    assert [text.parsed_code for text in texts] == ["471142"] and texts[0].sms_content.startswith("Your")
    assert texts[0].to_value == order.number and not texts[0].encrypted
    refused(lambda: client.verifications.cancel(order))


def sealed():
    order = buy()
    send(order, "nobody reads this", encrypted=True)
    send(order, "Your code is 482913", code=None)
    secret, plain = list(client.sms.list(order))
    assert secret.encrypted and secret.sms_content is None and secret.parsed_code is None
    assert plain.parsed_code is None and plain.sms_content == "Your code is 482913"


def incoming():
    order = buy()
    send(order, "Your Badoo code is 471143", delay_ms=1500)
    since = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(minutes=1)
    for text in client.sms.incoming(order, timeout=20, polling_interval=0.5, since=since):
        assert text.parsed_code == "471143"
        return
    raise AssertionError("nothing came in")


def listing():
    command("PUT", "/behaviour", {"page_size": 2})
    bought = {buy().id for _ in range(5)}
    rows = list(client.verifications.list())
    assert bought <= {row.id for row in rows} and len({row.id for row in rows}) == len(rows)
    command("PUT", "/behaviour", {"page_size": 25})


def report():
    order = buy()
    assert client.verifications.report(order)
    state = client.verifications.details(order).state
    assert state in (ReservationState.VERIFICATION_REPORTED, ReservationState.VERIFICATION_REFUNDED)
    refused(lambda: client.verifications.report(order))


def again():
    order = buy()
    refused(lambda: client.verifications.reuse(order))
    send(order, "Your Badoo code is 471144")
    assert client.verifications.details(order).reuse.reusable_until
    assert client.verifications.reuse(order)
    newest = next(iter(client.verifications.list()))
    assert newest.number == order.number and newest.id != order.id
    assert client.verifications.details(order).state == ReservationState.VERIFICATION_REUSED
    send(newest, "Your Badoo code is 471145")
    assert client.verifications.details(newest.id).reactivate.can_reactivate
    assert client.verifications.reactivate(newest)


def refusals():
    dear = refused(lambda: buy(max_price=0.0001), textverified.TextVerifiedError)
    assert dear.error_code == "MaxPriceExceeded"
    unknown = refused(lambda: buy(service_name="nosuchservice"), textverified.TextVerifiedError)
    assert unknown.error_code == "InvalidService"
    poor = make(command("POST", "/accounts", {})["token"])
    broke = refused(
        lambda: poor.verifications.create(service_name=SERVICE, capability=ReservationCapability.SMS),
        textverified.TextVerifiedError)
    assert broke.error_code == "InsufficientBalance"
    refused(lambda: make("not-a-key").account.me())


def calls():
    order = client.verifications.create(service_name="telegram", capability=ReservationCapability.VOICE)
    command("POST", f"/orders/{order.id}/call", {"text": "Your code is four eight two one"})
    rows = list(client.calls.list(order))
    assert rows and rows[-1].recording_uri.startswith(SANDBOX) and rows[-1].to_value == order.number
    with urllib.request.urlopen(rows[-1].recording_uri, timeout=10) as answer:
        assert answer.headers["Content-Type"] == "audio/wav" and answer.read(4) == b"RIFF"
    # Not for general use, and this client looks for the token where the documents do not have it.
    client.calls.open_call_session(order)


def rent(**more):
    wish = dict(
        allow_back_order_reservations=False, always_on=True, duration=RentalDuration.SEVEN_DAY, is_renewable=False,
        number_type=NumberType.MOBILE, service_name="allservices", capability=ReservationCapability.SMS)
    sale = client.reservations.create(**{**wish, **more})
    for _ in range(100):
        if sale.state.value in ("succeeded", "failed"):
            break
        command("POST", "/clock", {"advance_ms": 200})
        sale = client.sales.get(sale)
    assert sale.state.value == "succeeded" and sale.total > 0
    return sale


def nonrenewable():
    sale = rent()
    place = sale.reservations[0]
    rental = client.reservations.details(place)
    assert rental.state == ReservationState.NONRENEWABLE_ACTIVE and rental.sale_id == sale.id
    assert rental.id in {row.id for row in client.reservations.list_nonrenewable()}
    send(rental, "Your code is 4711")
    assert [text.parsed_code for text in client.sms.list(rental)] == ["4711"]
    assert client.reservations.update_nonrenewable(rental, user_notes="a note", mark_all_sms_read=True)
    assert client.reservations.extend_nonrenewable(extension_duration=RentalDuration.THREE_DAY, rental_id=rental.id)
    longer = client.reservations.nonrenewable_details(rental)
    assert (longer.ends_at - rental.ends_at).days == 3
    assert client.reservations.check_health(rental).line_number == rental.number
    assert sale.id in {row.id for row in client.sales.list()}
    other = client.reservations.details(rent().reservations[0])
    assert other.refund.can_refund and client.reservations.refund_nonrenewable(other)
    refused(lambda: client.reservations.refund_nonrenewable(rental))


def renewable():
    sale = rent(is_renewable=True, duration=RentalDuration.THIRTY_DAY)
    rental = client.reservations.renewable_details(sale.reservations[0].id)
    assert rental.state == ReservationState.RENEWABLE_ACTIVE and rental.is_included_for_next_renewal
    assert rental.id in {row.id for row in client.reservations.list_renewable()}
    assert client.reservations.update_renewable(rental, include_for_renewal=True, user_notes="a note")
    cycle = client.billing_cycles.get(rental.billing_cycle_id)
    assert cycle.id in {row.id for row in client.billing_cycles.list()}
    assert client.billing_cycles.update(cycle, reminders_enabled=False, nickname="mine")
    assert client.billing_cycles.preview(cycle)
    assert client.billing_cycles.renew(cycle)
    assert [invoice.is_paid_for for invoice in client.billing_cycles.invoices(cycle)] == [True]
    refused(lambda: client.reservations.renew_overdue(rental))
    other = client.reservations.details(rent(is_renewable=True, duration=RentalDuration.THIRTY_DAY).reservations[0])
    assert client.reservations.refund_renewable(other)


def backorder():
    command("PUT", "/behaviour", {"rentals": "backorder", "back_order_ms": 1000})
    try:
        sale = rent(allow_back_order_reservations=True)
    finally:
        command("PUT", "/behaviour", {"rentals": "served"})
    order = client.reservations.backorder(sale.back_order_reservations[0])
    command("POST", "/clock", {"advance_ms": 1500})
    order = client.reservations.backorder(order)
    assert order.status.value == "fulfilled" and client.reservations.details(order.reservation_id).number


def waking():
    rental = client.reservations.details(rent(always_on=False).reservations[0])
    wake = client.wake_requests.create(rental)
    assert wake.is_scheduled and client.wake_requests.get(wake).id == wake.id
    assert client.wake_requests.estimate_usage_window(rental)


def token():
    """A token ends; this client goes by its own clock and not by the 401, so that another one has to log in."""
    client.account.me()
    command("POST", "/clock", {"advance_ms": 900_000})
    refused(client.account.me)
    assert make(own).account.me().username


STORIES = [
    account, services, pricing, verification, sealed, incoming, listing, report, again, refusals, calls, nonrenewable,
    renewable, backorder, waking, token,
]


def main():
    manual()
    failures = 0
    for story in STORIES:
        try:
            story()
            print(f"ok   textverified {story.__name__}")
        except Exception:
            failures += 1
            print(f"FAIL textverified {story.__name__}")
            traceback.print_exc()
    balanced = command("GET", "/books?limit=0")["balanced"]
    print("ok   books" if balanced else "FAIL books: the sandbox made or lost money")
    return failures + (0 if balanced else 1)


if __name__ == "__main__":
    sys.exit(1 if main() else 0)
