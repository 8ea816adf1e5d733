"""The list of chargers follows what happens; so do the numbers on the index."""

import pytest
from django.test import Client

from ocpp.admin import charger_cells
from ocpp.models import Charger, Connector
from ocpp.tests.admin.conftest import NOON, clerk, make_charger

LIST = "/admin/ocpp/charger/"
CELLS = f"{LIST}live/"


def test_the_list_has_what_it_asks_with(viewer: Client) -> None:
    charger = make_charger(1)
    html = viewer.get(LIST).content.decode()
    for name in ("connection", "connectors", "heartbeat"):
        assert (
            f'data-live-cell="{name}" data-live-charger="CP1" data-pk="{charger.pk}"'
            f' data-src="{CELLS}"' in html
        )
    assert "ocpp/live.js" in html
    assert "ocpp/charger_cells.js" in html
    assert "data-live-note" in html
    assert f"/admin/ocpp/transaction/?charger__id__exact={charger.pk}" in html


def test_the_cells_are_as_things_are_now(viewer: Client) -> None:
    one, other = make_charger(1), make_charger(2)
    told = viewer.get(CELLS, {"pk": [one.pk, other.pk]}).json()
    assert told.keys() == {str(one.pk), str(other.pk)}
    assert "Offline" in told[str(one.pk)]["connection"]
    Charger.objects.filter(pk=one.pk).update(owner="host/1/word", last_heartbeat=NOON)
    Connector.objects.filter(charger=one, connector_id=1).update(status="Charging")
    answer = viewer.get(CELLS, {"pk": one.pk})
    assert "no-store" in answer["Cache-Control"]
    cells = answer.json()[str(one.pk)]
    assert "Connected" in cells["connection"]
    assert "Charging" in cells["connectors"]
    assert "2026" in cells["heartbeat"]
    # Just what the list itself shows.
    page = viewer.get(LIST).content.decode()
    assert all(f">{html}</div>" in page for html in cells.values())


def test_what_a_charger_calls_itself_is_escaped(viewer: Client) -> None:
    Charger.objects.create(charger_id='A"><script>x', id_key="k")
    assert "<script>x" not in viewer.get(LIST).content.decode()


@pytest.mark.parametrize("keys", [["x"], ["-1"], ["9" * 30], ["²"], []])
def test_what_is_no_key_is_passed_over(viewer: Client, keys: list[str]) -> None:
    assert viewer.get(CELLS, {"pk": keys}).json() == {}


def test_so_many_at_once_and_no_more(viewer: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = [make_charger(number).pk for number in (1, 2, 3)]
    monkeypatch.setattr(charger_cells, "MOST", 2)
    assert len(viewer.get(CELLS, {"pk": keys}).json()) == 2


def test_whoever_may_not_look_is_told_nothing(db: None) -> None:
    client = clerk("view_transaction")
    assert client.get(CELLS).status_code == 403
    assert client.get(f"{LIST}overview/").status_code == 403
    assert Client().get(CELLS).status_code == 302


def test_the_numbers_of_the_index_are_a_part_that_is_asked_for_again(viewer: Client) -> None:
    make_charger(1, owner="host/1/word")
    part = viewer.get(f"{LIST}overview/")
    assert "Chargers connected" in part.content.decode()
    assert "<html" not in part.content.decode()
    index = viewer.get("/admin/").content.decode()
    assert f'data-live-src="{LIST}overview/" data-live-charger="*"' in index
    assert part.content.decode().strip() in index
