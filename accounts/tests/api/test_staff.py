"""What staff change by the API goes by the rules of the pages."""

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from accounts.models import RFID, Account, Credit, User
from accounts.tests.api.conftest import allow

JSON: Any = {"content_type": "application/json"}


@pytest.fixture
def staff(clerk: User) -> Client:
    models = ("account", "rfid", "credit", "vehicle")
    return allow(
        clerk, *(f"{deed}_{name}" for deed in ("view", "add", "change") for name in models)
    )


def test_credits_are_granted_with_their_author(ana: Account, staff: Client) -> None:
    made = staff.post(f"/accounts/{ana.pk}/credits/", {"amount_kwh": "-5.125"}, **JSON)
    assert made.status_code == 201
    told = made.json()
    assert (told["amount_kwh"], told["created_by"], told["user"]) == ("-5.125", "clerk", "ana")
    assert staff.get(f"/accounts/{ana.pk}/").json()["balance_kwh"] == "14.875"


@pytest.mark.parametrize("amount", ["0", "0.0001", "1e12", "NaN", "Infinity", "x", None, [], True])
def test_amounts_that_are_none(ana: Account, staff: Client, amount: object) -> None:
    answer = staff.post(f"/accounts/{ana.pk}/credits/", {"amount_kwh": amount}, **JSON)
    assert answer.status_code == 400
    assert answer.json()["detail"].startswith("amount_kwh: ")
    assert Credit.objects.count() == 1


@pytest.mark.parametrize("number", ["0", "999", str(2**63), "9" * 40])
def test_no_such_account(staff: Client, number: str) -> None:
    for url in (f"/accounts/{number}/", f"/accounts/{number}/statements/"):
        assert staff.get(url).status_code == 404
    answer = staff.post(f"/accounts/{number}/credits/", {"amount_kwh": "1"}, **JSON)
    assert answer.status_code == 404


def test_a_card_is_added_and_changed(ana: Account, staff: Client) -> None:
    body = {"rfid": "04:a2:b3:c4", "user": "ana", "group": "fleet", "max_session_kwh": "40"}
    made = staff.post("/accounts/cards/", body, **JSON)
    assert made.status_code == 201
    told = made.json()
    assert (told["rfid"], told["user"], told["group"]) == ("04A2B3C4", "ana", "FLEET")
    assert staff.post("/accounts/cards/", body, **JSON).status_code == 409
    url = f"/accounts/cards/{told['id']}/"
    told = staff.patch(url, {"allowed": False, "block_reason": "Stolen"}, **JSON).json()
    assert (told["allowed"], told["block_reason"], told["user"]) == (False, "Stolen", "ana")
    told = staff.patch(url, {"allowed": True, "user": None}, **JSON).json()
    assert (told["allowed"], told["block_reason"], told["user"]) == (True, "", None)
    found = staff.get("/accounts/cards/?rfid=04-a2-b3-c4").json()["items"]
    assert [one["id"] for one in found] == [told["id"]]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"rfid": "xyz"}, "rfid: A card identifier has"),
        ({"rfid": "CAFE0009", "user": "nobody"}, "user: there is no user"),
        ({"rfid": "CAFE0009", "max_concurrent": 0}, "max_concurrent: "),
        ({"rfid": "CAFE0009", "colour": "red"}, "colour: is not known here."),
        ({"rfid": "CAFE0009", "block_reason": "\x00"}, "block_reason: has characters"),
        ({"rfid": "CAFE0009", "block_reason": "\ud800"}, "block_reason: "),
        ({}, "rfid: is required."),
    ],
)
def test_cards_that_are_none(staff: Client, body: dict[str, object], said: str) -> None:
    answer = staff.post("/accounts/cards/", body, **JSON)
    assert answer.status_code == 400
    assert answer.json()["detail"].startswith(said)
    assert not RFID.objects.exists()


def test_an_account_is_opened_and_limited(clerk: User, staff: Client) -> None:
    opened = staff.post("/accounts/", {"user": "clerk"}, **JSON).json()
    url = f"/accounts/{opened['id']}/"
    changes = {"max_session_kwh": "40", "allowed_hours": "Mo-Fr 08:00-18:00"}
    told = staff.patch(url, changes, **JSON).json()
    assert Decimal(told["max_session_kwh"]) == 40
    assert told["allowed_hours"]
    assert staff.post("/accounts/", {"user": "clerk"}, **JSON).json()["id"] == opened["id"]
    wrong = staff.patch(url, {"allowed_hours": "never"}, **JSON)
    assert wrong.status_code == 400
    assert wrong.json()["detail"].startswith("allowed_hours: ")


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"{", "application/json", 400),
        (b"[]", "application/json", 400),
        (b"{}", "text/plain", 415),
        (b'{"rfid": "' + b"A" * 300_000 + b'"}', "application/json", 413),
    ],
)
def test_bodies_that_are_none(staff: Client, body: bytes, content_type: str, status: int) -> None:
    answer = staff.post("/accounts/cards/", body, content_type=content_type)
    assert answer.status_code == status
    assert answer.json()["detail"]
