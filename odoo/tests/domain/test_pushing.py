"""Each session becomes one line, whatever is lost on the way."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from accounts.domain import balance
from accounts.models import Account, User
from ocpp.models import SessionCost, Transaction
from odoo.domain import pushing, syncing
from odoo.models import Instance, Partner, PushedSession, SyncRun
from odoo.tests.conftest import STOP, MakeSession
from odoo.tests.server import Cut, Odoo


@pytest.fixture
def customer(server: Odoo, instance: Instance, driver: Account) -> int:
    """The driver's contact in Odoo, which is known here."""
    number = server.add("res.partner", name="Ana")
    Partner.objects.create(instance=instance, external_id=number, user=driver.user)
    return number


def push(instance: Instance) -> SyncRun:
    (run,) = syncing.sync(instance, push=True, pull=False)
    return run


def try_all_again() -> None:
    PushedSession.objects.update(next_try=None)


def test_a_session_becomes_a_line_of_the_order_of_its_month(
    instance: Instance,
    server: Odoo,
    driver: Account,
    customer: int,
    make_session: MakeSession,
) -> None:
    first = make_session(driver)
    second = make_session(driver, net="0.10")
    april = make_session(driver, stop=STOP + timedelta(days=30))
    assert push(instance).done == 3

    orders = server.rows("sale.order")
    assert [(row["client_order_ref"], row["partner_id"]) for row in orders] == [
        (f"EV1-2026-03-P{customer}/1", customer),
        (f"EV1-2026-04-P{customer}/1", customer),
    ]
    lines = server.rows("sale.order.line")
    assert [(row["order_id"], row["price_unit"], row["product_uom_qty"]) for row in lines] == [
        (orders[0]["id"], 123.45, 1),
        (orders[0]["id"], 0.1, 1),
        (orders[1]["id"], 123.45, 1),
    ]
    # In the time of the node's settings.
    assert lines[0]["name"] == (f"EV1-S{first.pk}: Charging at North, 2026-03-10 11:00, 12.345 kWh")
    noted = PushedSession.objects.get(transaction=second)
    assert (noted.order_id, noted.line_id, noted.net) == (
        orders[0]["id"],
        lines[1]["id"],
        Decimal("0.10"),
    )
    assert PushedSession.objects.get(transaction=april).sent is not None


def test_what_was_sent_is_not_sent_again(
    instance: Instance, server: Odoo, driver: Account, customer: int, make_session: MakeSession
) -> None:
    make_session(driver)
    push(instance)
    server.calls.clear()
    assert push(instance).done == 0
    assert server.calls == []


@pytest.mark.parametrize("model", ["sale.order", "sale.order.line"])
def test_an_answer_that_is_lost_makes_nothing_twice(
    instance: Instance,
    server: Odoo,
    driver: Account,
    customer: int,
    make_session: MakeSession,
    model: str,
) -> None:
    session = make_session(driver)

    def cut(called: str, method: str) -> None:
        if (called, method) == (model, "create"):
            server.after = lambda *_args: None
            raise Cut

    server.after = cut
    run = push(instance)
    assert run.done == 0
    assert "127.0.0.1" in run.problem
    assert len(server.rows(model)) == 1
    assert push(instance).done == 1
    assert len(server.rows("sale.order")) == len(server.rows("sale.order.line")) == 1
    assert PushedSession.objects.get(transaction=session).sent is not None


def test_number_12_is_not_number_1(
    instance: Instance, server: Odoo, driver: Account, customer: int, make_session: MakeSession
) -> None:
    """References are prefixes of others only up to their colon, and orders up to their slash."""
    session = make_session(driver)
    other = server.add("sale.order", client_order_ref=f"EV1-2026-03-P{customer}0/1")
    server.add("sale.order.line", order_id=other, name=f"EV1-S{session.pk}0: x", price_unit=1.0)
    assert push(instance).done == 1
    assert len(server.rows("sale.order")) == len(server.rows("sale.order.line")) == 2


def test_a_confirmed_order_is_left_alone(
    instance: Instance, server: Odoo, driver: Account, customer: int, make_session: MakeSession
) -> None:
    make_session(driver)
    push(instance)
    (order,) = server.rows("sale.order")
    server.change("sale.order", order["id"], state="sale")
    make_session(driver)
    assert push(instance).done == 1
    assert [row["client_order_ref"][-2:] for row in server.rows("sale.order")] == ["/1", "/2"]


def test_a_cost_that_changed_changes_the_line(
    instance: Instance, server: Odoo, driver: Account, customer: int, make_session: MakeSession
) -> None:
    session = make_session(driver)
    push(instance)
    SessionCost.objects.filter(transaction=session).update(net=Decimal("99.99"))
    assert push(instance).done == 1
    assert [row["price_unit"] for row in server.rows("sale.order.line")] == [99.99]
    assert push(instance).done == 0


def test_only_finished_sessions_of_known_customers_are_sent(
    instance: Instance, server: Odoo, driver: Account, customer: int, make_session: MakeSession
) -> None:
    good = make_session(driver)
    stranger = balance.open_account(User.objects.create_user("bob"))
    theirs = make_session(stranger)
    make_session(driver, stop=instance.push_since - timedelta(seconds=1))
    for change in ({"needs_review": True}, {"written_off": True}, {"stop_time": None}):
        Transaction.objects.filter(pk=make_session(driver).pk).update(**change)
    SessionCost.objects.filter(transaction=make_session(driver)).delete()
    assert list(pushing.waiting(instance, timezone.now())) == [good]
    instance.default_partner = customer
    assert list(pushing.waiting(instance, timezone.now())) == [good, theirs]
    instance.save()
    assert push(instance).done == 2
    assert {row["partner_id"] for row in server.rows("sale.order")} == {customer}


def test_what_odoo_refuses_of_one_session_holds_up_no_other(
    instance: Instance, server: Odoo, driver: Account, customer: int, make_session: MakeSession
) -> None:
    lost = balance.open_account(User.objects.create_user("bob"))
    Partner.objects.create(instance=instance, external_id=999_999, user=lost.user)
    bad, good = make_session(lost), make_session(driver)
    run = push(instance)
    assert (run.done, run.failed, run.problem) == (1, 1, "")
    noted = PushedSession.objects.get(transaction=bad)
    assert noted.problem.startswith("Odoo says: The operation cannot be completed")
    assert noted.tries == 1
    assert PushedSession.objects.get(transaction=good).sent is not None
    # Not before its pause is over.
    assert push(instance).failed == 0
    try_all_again()
    assert push(instance).failed == 1
    noted.refresh_from_db()
    assert noted.tries == 2
    assert noted.next_try is not None
    assert noted.next_try - timezone.now() > timedelta(minutes=29)
    # Somebody puts it right in Odoo.
    server.tables["res.partner"][999_999] = {"name": "Bob"}
    try_all_again()
    assert push(instance).done == 1
    noted.refresh_from_db()
    assert (noted.problem, noted.tries) == ("", 0)


def test_after_many_refusals_in_a_row_it_ends(
    instance: Instance, server: Odoo, driver: Account, customer: int, make_session: MakeSession
) -> None:
    server.denied.add(("sale.order.line", "create"))
    for _ in range(8):
        make_session(driver)
    run = push(instance)
    assert (run.done, run.failed) == (0, 5)
    assert "may not do this in Odoo" in run.problem
    server.denied.clear()
    assert push(instance).done == 3
    try_all_again()
    assert push(instance).done == 5
    assert len(server.rows("sale.order.line")) == 8


def test_another_currency_is_not_mixed(
    instance: Instance, server: Odoo, driver: Account, customer: int, make_session: MakeSession
) -> None:
    server.currency = "USD"
    session = make_session(driver)
    assert push(instance).failed == 1
    noted = PushedSession.objects.get(transaction=session)
    assert noted.problem == "The order in Odoo is in USD, the session in MXN."
    assert server.rows("sale.order.line") == []


def test_without_the_product_nothing_is_made(
    instance: Instance, server: Odoo, driver: Account, customer: int, make_session: MakeSession
) -> None:
    make_session(driver)
    instance.product = "NOPE"
    instance.save()
    run = push(instance)
    assert "no product with the internal reference NOPE" in run.problem
    assert server.rows("sale.order") == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"password": "wrong"}, "knows no user"),
        ({"database": "nope"}, "has no database nope"),
        ({"url": "http://10.1.2.3"}, "may not be reached"),
    ],
)
def test_an_odoo_that_cannot_be_used_ends_the_run(
    instance: Instance,
    driver: Account,
    customer: int,
    make_session: MakeSession,
    change: dict[str, str],
    said: str,
) -> None:
    make_session(driver)
    for field, value in change.items():
        setattr(instance, field, value)
    instance.save()
    run = push(instance)
    assert (run.done, run.failed) == (0, 0)
    assert said in run.problem
    # It was not the session's fault.
    assert not PushedSession.objects.exists()
