"""The review queue over REST: read, repaired once, recorded."""

from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from accounts.models import Account, User
from ocpp.models import OrphanStop, Repair, Transaction
from ocpp.tests.api.conftest import token_client
from ocpp.tests.factories import Reporter, at, make_driver

URL = "/ocpp/reviews/"


@pytest.fixture
def clerk(staff: User) -> Client:
    """Staff who may see transactions and repair them."""
    names = ["view_transaction", "add_repair"]
    staff.user_permissions.set(Permission.objects.filter(codename__in=names))
    return token_client(staff)


@pytest.fixture
def account(db: None) -> Account:
    return make_driver()


@pytest.fixture
def found(reporter: Reporter, account: Account) -> Transaction:
    """A session whose meter ran backwards."""
    started, _ = reporter.start(meter=99_000)
    reporter.stop(started.pk, meter=2000)
    started.refresh_from_db()
    return started


def _repair(client: Client, row: Transaction, **body: Any) -> Any:
    return client.post(f"{URL}{row.pk}/repair/", body, content_type="application/json")


def test_the_queue_is_read(clerk: Client, reporter: Reporter, found: Transaction) -> None:
    reporter.stop(7777, meter=6, time=at(90))
    answer = clerk.get(URL).json()
    assert (answer["count"], answer["limit"], answer["offset"]) == (1, 50, 0)
    (told,) = answer["transactions"]
    assert (told["transaction_id"], told["charger_id"], told["seen"]) == (found.pk, "CP1", 0)
    assert (told["energy_wh"], told["billed_wh"], told["needs_review"]) == (0, 0, True)
    assert "The meter went from 99000 to 2000 Wh" in told["why"][0]
    rolled = {"energy_wh": 3000, "why": "if the register rolled over at 100000 Wh"}
    assert rolled in told["suggestions"]
    (orphan,) = answer["orphans"]
    assert (orphan["charger_id"], orphan["transaction_id_sent"], orphan["meter"]) == (
        "CP1",
        7777,
        6,
    )
    assert clerk.get(URL + "?offset=1").json()["transactions"] == []
    assert clerk.get(URL + "?limit=0").status_code == 400


def test_energy_is_corrected_once(
    clerk: Client, found: Transaction, account: Account, staff: User
) -> None:
    body = {"repair": "energy", "energy_wh": 3000, "reason": "it rolled over"}
    answer = _repair(clerk, found, **body, seen=0)
    assert answer.status_code == 200
    told = answer.json()
    made = Repair.objects.get()
    assert (told["done"], told["repair"], told["author"]) == (True, made.pk, "staff")
    assert (told["before"]["billed_wh"], told["after"]["billed_wh"]) == (0, 3000)
    assert _repair(clerk, found, **body).json()["done"] is False
    assert _repair(clerk, found, **body, seen=0).status_code == 409
    account.refresh_from_db()
    assert (account.settled_wh, Repair.objects.count(), made.author) == (3000, 1, staff)


def test_every_repair_is_offered(
    clerk: Client, reporter: Reporter, found: Transaction, account: Account
) -> None:
    assert _repair(clerk, found, repair="accept").json()["done"]
    assert _repair(clerk, found, repair="write_off", reason="a courtesy").json()["done"]
    assert _repair(clerk, found, repair="assign", account=None, reason="nobody").json()["done"]
    told = _repair(clerk, found, repair="assign", account=account.pk, reason="hers").json()
    assert told["after"]["account"] == account.pk
    running, _ = reporter.start(meter=5, time=at(70))
    assert _repair(clerk, running, repair="close").json()["after"]["state"] == "lost"
    for meter in (6, 7):
        # With another card, so it fits nothing by itself.
        reporter.stop(7777, meter=meter, time=at(90), tag="BEEF0002")
    first, second = OrphanStop.objects.order_by("pk")
    told = _repair(clerk, running, repair="attach", orphan=first.pk).json()
    assert (told["kind"], told["after"]["state"]) == ("attach", "completed")
    path = f"{URL}orphans/{second.pk}/dismiss/"
    body = {"reason": "a test"}
    assert clerk.post(path, body, content_type="application/json").json()["done"]
    assert not clerk.post(path, body, content_type="application/json").json()["done"]


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        ({}, "repair: must be one of: accept, energy, write_off, close, attach, assign."),
        ({"repair": ["accept"]}, "repair: must be one of"),
        ({"repair": "energy", "reason": "x"}, "energy_wh: must be a whole number."),
        ({"repair": "energy", "reason": "x", "energy_wh": 1.5}, "energy_wh: must be a whole"),
        ({"repair": "energy", "reason": "x", "energy_wh": True}, "energy_wh: must be a whole"),
        ({"repair": "energy", "energy_wh": 1}, "reason: is needed"),
        ({"repair": "accept", "reason": 7}, "reason: must be a text."),
        ({"repair": "accept", "seen": "0"}, "seen: must be a whole number."),
        ({"repair": "assign", "reason": "x"}, "account: is needed"),
        ({"repair": "assign", "reason": "x", "account": 99999}, "account: there is no such"),
        ({"repair": "accept", "card": 1}, "card: is not known here."),
    ],
)
def test_a_wrong_request_is_told_what_is_wrong(
    clerk: Client, found: Transaction, body: dict[str, Any], detail: str
) -> None:
    answer = _repair(clerk, found, **body)
    assert answer.status_code == 400
    assert answer.json()["detail"].startswith(detail)
    assert not Repair.objects.exists()


def test_it_is_for_staff_with_the_permission(
    client: Client, driver: User, by_token: Client, clerk: Client, found: Transaction
) -> None:
    assert client.get(URL).status_code == 401
    assert token_client(driver).get(URL).status_code == 403
    other = token_client(User.objects.create_user("other", is_staff=True))
    assert other.get(URL).status_code == 403
    assert _repair(other, found, repair="accept").status_code == 403
    path = f"{URL}orphans/1/dismiss/"
    assert other.post(path, {"reason": "x"}, content_type="application/json").status_code == 403
    body = {"reason": "x", "more": 1}
    assert clerk.post(path, body, content_type="application/json").status_code == 400
    del body["more"]
    assert clerk.post(path, body, content_type="application/json").status_code == 404
    absent = f"{URL}{10**30}/repair/"
    body = {"repair": "accept"}
    assert clerk.post(absent, body, content_type="application/json").status_code == 404
    assert not Repair.objects.exists()
