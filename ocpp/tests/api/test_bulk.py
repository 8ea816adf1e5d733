"""`/ocpp/bulk/`: commanding many chargers at once."""

import json
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.domain import tokens
from accounts.models import ApiToken, User
from ocpp import operations
from ocpp.domain import commands
from ocpp.models import BulkCommand, Command
from ocpp.tests.commanding import make_charger

pytestmark = pytest.mark.django_db


def post(client: Client, body: Any) -> Any:
    return client.post("/ocpp/bulk/", json.dumps(body), content_type="application/json")


def test_many_are_commanded_and_followed(by_token: Client, staff: User) -> None:
    chargers = [make_charger(name) for name in ("CP1", "CP2")]
    make_charger("AWAY", connected=False)
    asked = post(by_token, {"action": "reset", "type": "Hard", "chargers": ["cp1", "CP2", "AWAY"]})
    assert asked.status_code == 202
    told = asked.json()
    assert (told["action"], told["arguments"]) == ("reset", {"type": "Hard"})
    assert told["counts"] == {"waiting": 2, "sent": 0, "done": 0, "declined": 0, "failed": 1}
    assert {command.created_by for command in Command.objects.all()} == {staff}
    place = asked.headers["Location"]
    assert place == f"/ocpp/bulk/{told['bulk']}/"
    claimed = commands.claim_next(chargers[0].pk, 1, timezone.now())
    assert claimed is not None
    commands.answered(claimed.pk, 1, {"status": "Accepted"}, timezone.now())
    told = by_token.get(place).json()
    assert (told["total"], told["ended"], told["finished"]) == (3, 2, False)
    assert [(one["charger_id"], one["outcome"]) for one in told["chargers"]] == [
        ("AWAY", "failed"),
        ("CP1", "done"),
        ("CP2", "waiting"),
    ]
    assert told["chargers"][1]["answer"] == {"status": "Accepted"}
    failed = by_token.get(place, {"outcome": "failed"}).json()["chargers"]
    assert [one["detail"] for one in failed] == [
        "AWAY is not connected. Try again when it is online."
    ]
    assert by_token.get(place, {"limit": 1, "offset": 2}).json()["chargers"][0]["charger_id"] == (
        "CP2"
    )


def test_all_are_those_that_are_accepted(by_token: Client) -> None:
    make_charger("CP1")
    make_charger("CP2", registration="Pending")
    asked = post(by_token, {"action": "clear_cache", "chargers": "all"})
    assert asked.json()["total"] == 1


@pytest.mark.parametrize(
    ("body", "status", "detail"),
    [
        ({"action": "explode", "chargers": "all"}, 400, "action: must be one of"),
        ({"action": "reset"}, 400, "chargers: must be a list of ids, or all."),
        ({"action": "reset", "chargers": []}, 400, "chargers: must name at least one charger."),
        ({"action": "reset", "chargers": [1]}, 400, "chargers: must be a list"),
        ({"action": "reset", "chargers": ["CP1"] * 5001}, 400, "chargers: may be at most 5000."),
        ({"action": "reset", "chargers": ["CP9"]}, 404, "There is no charger CP9."),
        ({"action": "reset", "type": "Warm", "chargers": "all"}, 400, "type: must be one of"),
        ({"action": "reset", "speed": 1, "chargers": "all"}, 400, "speed: is not an argument"),
        ({"action": "reserve", "id_tag": "A", "chargers": "all"}, 400, "minutes: Give either"),
    ],
)
def test_what_is_wrong_reaches_nobody(
    by_token: Client, body: Any, status: int, detail: str
) -> None:
    make_charger("CP1")
    answer = post(by_token, body)
    assert answer.status_code == status
    assert answer.json()["detail"].startswith(detail)
    assert not Command.objects.exists()
    assert not BulkCommand.objects.exists()


def test_who_may(staff: User, driver: User) -> None:
    make_charger("CP1")
    body = {"action": "clear_cache", "chargers": "all"}
    assert post(Client(), body).status_code == 401
    for user, scope in ((driver, ApiToken.Scope.FULL), (staff, ApiToken.Scope.READ)):
        _, text = tokens.create(user, "x", None, scope)
        client = Client(headers={"Authorization": f"Bearer {text}"})
        assert post(client, body).status_code == 403
    assert not Command.objects.exists()


def test_a_session_needs_the_sign_of_this_site(staff: User) -> None:
    make_charger("CP1")
    client = Client(enforce_csrf_checks=True)
    client.force_login(staff)
    assert post(client, {"action": "clear_cache", "chargers": "all"}).status_code == 403
    assert not Command.objects.exists()


def test_what_is_not_there_is_not_found(by_token: Client) -> None:
    draft = BulkCommand.objects.create()
    for number in (draft.pk, 999, 2**70):
        assert by_token.get(f"/ocpp/bulk/{number}/").status_code == 404
    assert by_token.get(f"/ocpp/bulk/{draft.pk}/?outcome=odd").status_code == 400


def test_it_is_described() -> None:
    described = Client().get("/api/openapi.json").json()["paths"]["/ocpp/bulk/"]["post"]
    schema = described["requestBody"]["content"]["application/json"]["schema"]
    assert {form["title"] for form in schema["oneOf"]} == set(operations.OPERATIONS)
    assert all("chargers" in form["required"] for form in schema["oneOf"])
