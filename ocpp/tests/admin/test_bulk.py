"""Commanding the selected chargers: choice, form, the page that follows them, and trying again."""

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from ocpp import operations
from ocpp.admin import bulk as page
from ocpp.domain import commands
from ocpp.models import BulkCommand, Charger, Command
from ocpp.operations import bulk
from ocpp.tests.admin.conftest import clerk
from ocpp.tests.admin.test_command_forms import right
from ocpp.tests.commanding import make_charger

pytestmark = pytest.mark.django_db


def select(client: Client, *chargers: Charger) -> str:
    """Choose chargers in their list; the address of what comes next."""
    data = {"action": "command_selected", "_selected_action": [one.pk for one in chargers]}
    answer = client.post("/admin/ocpp/charger/", data)
    assert answer.status_code == 302
    return str(answer.headers["Location"])


def form_of(place: str, name: str) -> str:
    return place.replace("change/", f"form/{name}/")


def opened(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def answer_of(charger: Charger, **response: Any) -> None:
    claimed = commands.claim_next(charger.pk, 1, timezone.now())
    assert claimed is not None
    commands.answered(claimed.pk, 1, response, timezone.now())


def test_from_the_list_to_the_answers(boss: Client) -> None:
    chargers = [make_charger(name) for name in ("CP1", "CP2")]
    away = make_charger("AWAY", connected=False)
    place = select(boss, *chargers, away)
    html = opened(boss, place)
    assert "<strong>AWAY</strong>, <strong>CP1</strong>, <strong>CP2</strong>" in html
    for name in operations.OPERATIONS:
        assert f'href="{form_of(place, name)}"' in html
    assert 'name="type"' in opened(boss, form_of(place, "reset"))
    answer = boss.post(form_of(place, "reset"), {"type": "Hard"})
    assert (answer.status_code, answer.headers["Location"]) == (302, place)
    assert {c.payload["type"] for c in Command.objects.all()} == {"Hard"}
    html = opened(boss, place)
    assert "1 of 3 ended" in html
    assert "AWAY is not connected." in html
    assert '<noscript><meta http-equiv="refresh"' in html
    answer_of(chargers[0], status="Accepted")
    answer_of(chargers[1], status="<b>No</b>")
    told = boss.get(place.replace("change/", "part/")).json()
    assert told["final"]
    assert "3 of 3 ended" in told["html"]
    assert "CP2 answered: &lt;b&gt;No&lt;/b&gt;." in told["html"]
    for word in ("Done", "Declined", "Failed"):
        assert re.search(rf'class="state [^"]*">\s*<i class="bi[^>]*></i>{word}', told["html"])
    # What was commanded is not commanded again, whoever opens an old tab.
    assert boss.post(form_of(place, "reset"), {"type": "Hard"}).headers["Location"] == place
    assert Command.objects.count() == 2
    assert "Reset" not in opened(boss, "/admin/ocpp/bulkcommand/")
    assert "Restart" in opened(boss, "/admin/ocpp/bulkcommand/")


def test_those_without_success_are_tried_again(boss: Client) -> None:
    good, away = make_charger("GOOD"), make_charger("AWAY", connected=False)
    place = select(boss, good, away)
    boss.post(form_of(place, "reset"), {"type": "Soft"})
    assert "Try the 1 without success again" in opened(boss, place)
    Charger.objects.filter(pk=away.pk).update(owner="somewhere")
    answer = boss.post(place.replace("change/", "retry/"))
    again = BulkCommand.objects.latest("pk")
    assert answer.headers["Location"] == f"/admin/ocpp/bulkcommand/{again.pk}/change/"
    assert Command.objects.get(charger=away).payload == {"type": "Soft"}
    assert "repeats an earlier one" in opened(boss, answer.headers["Location"])
    assert Command.objects.filter(charger=good).count() == 1
    answer_of(away, status="Accepted")
    html = boss.post(f"/admin/ocpp/bulkcommand/{again.pk}/retry/", follow=True).content.decode()
    assert "There is no charger without success to try again." in html
    assert boss.get(place.replace("change/", "retry/")).status_code == 405


def test_a_secret_is_asked_for_again(boss: Client) -> None:
    away = make_charger("AWAY", connected=False)
    place = select(boss, away)
    given = {"key": "AuthorizationKey", "value": "c0ffee"}
    boss.post(form_of(place, "change_configuration"), given)
    assert "c0ffee" not in opened(boss, place)
    answer = boss.post(place.replace("change/", "retry/"), follow=True)
    html = answer.content.decode()
    assert 'value="AuthorizationKey"' in html
    assert re.search(r'<input type="password" name="value"', html)
    assert "***" not in html
    assert BulkCommand.objects.latest("pk").started is None


@pytest.mark.parametrize("name", operations.OPERATIONS)
def test_every_operation_can_be_told_to_many(boss: Client, name: str) -> None:
    chargers = [make_charger(one) for one in ("CP1", "CP2")]
    place = select(boss, *chargers)
    assert boss.get(form_of(place, name)).status_code == 200
    answer = boss.post(form_of(place, name), right(name))
    if answer.status_code == 200:
        assert "errorlist" in answer.content.decode()
        assert not Command.objects.exists()
        return
    told = opened(boss, place)
    assert "of 2 ended" in told


def test_what_is_wrong_is_said_at_the_field(boss: Client) -> None:
    place = select(boss, make_charger("CP1"))
    html = boss.post(form_of(place, "unlock"), {"connector_id": "0"}).content.decode()
    assert re.search(r"errors field-connector_id.*?must be a whole number from 1", html, re.S)
    assert not Command.objects.exists()
    assert boss.get(form_of(place, "explode")).status_code == 404


def test_a_page_of_many_is_short_and_cheap(boss: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def queries(place: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert boss.get(place.replace("change/", "part/")).status_code == 200
        return len(captured)

    few = select(boss, make_charger("X1"))
    boss.post(form_of(few, "clear_cache"), {})
    Charger.objects.bulk_create(
        Charger(charger_id=f"CP{n:04}", id_key=f"cp{n:04}", owner="x/1/y", epoch=1)
        for n in range(999)
    )
    row = bulk.select(Charger.objects.all(), None)
    bulk.start(row, operations.clear_cache, {})
    many = f"/admin/ocpp/bulkcommand/{row.pk}/change/"
    assert queries(many) == queries(few)
    answer = boss.get(many.replace("change/", "part/"))
    assert len(answer.content) < 40_000
    html = answer.json()["html"]
    assert "0 of 1000 ended" in html
    assert html.count("CP00") + html.count("CP01") >= page.PAGE
    assert "1 of 20" in html
    assert "CP0998" in opened(boss, many + "?page=20")
    assert "None." in opened(boss, many + "?show=without-success")


def test_the_page_can_be_limited(boss: Client) -> None:
    place = select(boss, make_charger("GOOD"), make_charger("AWAY", connected=False))
    boss.post(form_of(place, "clear_cache"), {})
    rows = '/change/">{}</a></td>'
    html = opened(boss, place + "?show=without-success")
    assert rows.format("AWAY") in html
    assert rows.format("GOOD") not in html
    assert "?show=without-success" in html  # also what is asked for later
    html = opened(boss, place + "?show=open&page=7")
    assert rows.format("GOOD") in html
    assert opened(boss, place + "?show=odd")


def test_who_may(boss: Client, viewer: Client) -> None:
    charger = make_charger("CP1")
    place = select(boss, charger)
    for path in (place, form_of(place, "reset")):
        assert viewer.get(path).status_code == 403
    assert viewer.post(form_of(place, "reset"), {"type": "Soft"}).status_code == 403
    boss.post(form_of(place, "reset"), {"type": "Soft"})
    assert "1 ended" in opened(viewer, place)
    assert viewer.post(place.replace("change/", "retry/")).status_code == 403
    viewer.post(
        "/admin/ocpp/charger/", {"action": "command_selected", "_selected_action": charger.pk}
    )
    assert BulkCommand.objects.count() == 1
    other = clerk("view_transaction")
    for path in (place, place.replace("change/", "part/"), "/admin/ocpp/bulkcommand/"):
        assert other.get(path).status_code == 403
    assert boss.get("/admin/ocpp/bulkcommand/999999/change/").status_code == 404
    assert boss.get("/admin/ocpp/bulkcommand/x/change/").status_code == 404
