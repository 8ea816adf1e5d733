"""Every list and page: it opens, costs the same for few and many, and facts are final."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from ocpp.models import (
    Anomaly,
    Charger,
    Command,
    Connector,
    DataTransfer,
    Message,
    MeterReading,
    Transaction,
)
from ocpp.tests.admin.conftest import make_charger

FACTS: list[Any] = [Anomaly, Command, Connector, DataTransfer, Message, MeterReading, Transaction]
ALL: list[Any] = [Charger, *FACTS]


def name_of(model: Any) -> str:
    return model.__name__.lower()


def url(model: Any, rest: str = "") -> str:
    return f"/admin/ocpp/{name_of(model)}/{rest}"


def opened(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, answer
    return answer.content.decode()


@pytest.mark.parametrize("model", ALL, ids=name_of)
def test_a_list_takes_as_many_queries_for_many_as_for_few(boss: Client, model: Any) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            opened(boss, url(model))
        return len(captured)

    make_charger(0)
    few = queries()
    for number in range(1, 12):
        make_charger(number)
    assert queries() == few
    assert few <= 7


@pytest.mark.parametrize("model", ALL, ids=name_of)
def test_a_page_opens_for_who_may_change_and_who_may_look(
    boss: Client, viewer: Client, model: Any
) -> None:
    make_charger(1)
    path = url(model, f"{model.objects.get(**_first(model)).pk}/change/")
    opened(boss, path)
    opened(viewer, path)
    opened(viewer, url(model))


def test_of_a_connector_its_power_alone_can_be_changed(boss: Client, viewer: Client) -> None:
    make_charger(1)
    connector = Connector.objects.get(connector_id=1)
    path = url(Connector, f"{connector.pk}/change/")
    assert viewer.post(path, {"max_power_w": "7400"}).status_code == 403
    assert "whole number" in boss.post(path, {"max_power_w": "x"}).content.decode()
    told = {"max_power_w": "22000", "status": "Faulted", "connector_id": "7"}
    assert boss.post(path, told).status_code == 302
    changed = Connector.objects.get(pk=connector.pk)
    assert (changed.max_power_w, changed.status, changed.connector_id) == (22000, "Available", 1)
    assert boss.get(url(Connector, "add/")).status_code == 403
    assert boss.post(url(Connector, f"{connector.pk}/delete/")).status_code == 403


def _first(model: Any) -> dict[str, int]:
    return {"connector_id": 1} if model is Connector else {}


@pytest.mark.parametrize("model", [one for one in FACTS if one is not Connector], ids=name_of)
def test_facts_can_be_neither_added_nor_changed_nor_deleted(boss: Client, model: Any) -> None:
    make_charger(1)
    row = model.objects.filter(**_first(model)).get()
    before = model.objects.filter(pk=row.pk).values().get()
    assert boss.get(url(model, "add/")).status_code == 403
    for page in (f"{row.pk}/change/", f"{row.pk}/delete/"):
        assert boss.post(url(model, page), {"post": "yes"}).status_code == 403
    boss.post(url(model), {"action": "delete_selected", "_selected_action": row.pk, "post": "yes"})
    assert model.objects.filter(pk=row.pk).values().get() == before


@pytest.mark.parametrize("model", ALL, ids=name_of)
@pytest.mark.parametrize("text", ["CP1", "driver", "1", "%", "'\"", "ñ x y"])
def test_searching_works(boss: Client, model: Any, text: str) -> None:
    make_charger(1)
    opened(boss, url(model, f"?q={text}"))


@pytest.mark.parametrize("model", [Message, MeterReading], ids=name_of)
def test_endless_lists_are_searched_by_the_exact_id(boss: Client, model: Any) -> None:
    for number in (1, 11):
        make_charger(number)
    html = opened(boss, url(model, "?q=cp1"))
    assert "CP1<" in html
    assert "CP11<" not in html


@pytest.mark.parametrize(
    ("model", "query", "found"),
    [
        (Charger, "?connected=1", 1),
        (Charger, "?connected=0", 1),
        (Charger, "?connected=x", 2),
        (Charger, "?status=Faulted", 2),
        (Charger, "?status=Charging", 0),
        (Charger, "?registration__exact=Accepted", 2),
        (Connector, "?status=Faulted", 2),
        (Connector, "?status=Nonsense", 4),
        (Transaction, "?state__exact=active", 2),
        (Transaction, "?start_time__year=2026", 2),
        (MeterReading, "?q=CP1&measurand=Energy.Active.Import.Register", 1),
        (MeterReading, "?q=CP1&measurand=Voltage", 0),
        # Over all chargers it would read the whole table, so it is not offered there.
        (MeterReading, "?measurand=Voltage", 2),
        (Message, "?direction__exact=out", 2),
        (Message, "?q=CP1&outcome=error", 0),
        (Message, "?q=CP1&outcome=none", 0),
        (Anomaly, "?kind__exact=clock", 2),
        (Command, "?state__exact=queued", 2),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_filters_choose(boss: Client, model: Any, query: str, found: int) -> None:
    make_charger(1, owner="host/1/word")
    make_charger(2)
    answer = boss.get(url(model, query))
    assert answer.status_code == 200
    assert answer.context["cl"].result_count == found


def test_a_filter_of_one_charger_is_offered_only_there(boss: Client) -> None:
    charger = make_charger(1)
    assert "By measurand" not in opened(boss, url(MeterReading))
    assert "By measurand" in opened(boss, url(MeterReading, "?q=CP1"))
    one = f"?charger__id__exact={charger.pk}"
    assert "By outcome" in opened(boss, url(Message, one))


def test_the_readings_of_a_transaction_are_a_link_away(boss: Client) -> None:
    make_charger(2)
    make_charger(1)
    transaction = Transaction.objects.get(charger__charger_id="CP1")
    answer = boss.get(url(Transaction, f"{transaction.pk}/change/"))
    html = answer.content.decode()
    start = html.index("/admin/ocpp/meterreading/?")
    link = html[start : html.index('"', start)].replace("&amp;", "&")
    listed = boss.get(link)
    assert listed.status_code == 200
    assert [row.transaction_id for row in listed.context["cl"].result_list] == [transaction.pk]


def test_endless_lists_are_counted_to_a_bound(
    boss: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ocpp.admin.facts.BoundedPaginator.MOST", 3)
    for number in range(5):
        make_charger(number)
    with CaptureQueriesContext(connection) as captured:
        answer = boss.get(url(Message))
    assert answer.context["cl"].result_count == 3
    counts = [q["sql"] for q in captured if "COUNT" in q["sql"] and "ocpp_message" in q["sql"]]
    assert len(counts) == 1
    assert "LIMIT 3" in counts[0]


def test_secrets_are_shown_nowhere(boss: Client) -> None:
    charger = make_charger(1)
    Charger.objects.update(config={"WifiPassword": {"value": "c0ffee", "readonly": False}})
    for row in (charger, Message.objects.get(), Command.objects.get()):
        for page in ("", f"{row.pk}/change/"):
            assert "c0ffee" not in opened(boss, url(type(row), page))


def test_text_of_a_charge_point_is_escaped(boss: Client) -> None:
    make_charger(1)
    nasty = "<script>alert(1)</script>"
    Charger.objects.update(name=nasty, vendor=nasty, config={"x": {"value": nasty}})
    Connector.objects.update(status="<i>x", info=nasty)
    Transaction.objects.update(id_tag=nasty)
    Message.objects.update(action=nasty, request=nasty, answer=nasty)
    Anomaly.objects.update(detail=nasty)
    DataTransfer.objects.update(data=nasty, vendor_id=nasty)
    for model in ALL:
        row = model.objects.filter(**_first(model)).get()
        for page in ("", f"{row.pk}/change/"):
            html = opened(boss, url(model, page))
            assert "<script>alert" not in html
            assert "<i>x" not in html
