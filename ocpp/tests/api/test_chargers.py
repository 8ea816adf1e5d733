"""Reading chargers."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from model_bakery import baker

from accounts.models import Account
from ocpp.choices import TransactionState
from ocpp.models import Charger, Connector, Message
from ocpp.tests.api.conftest import NOW, make_transaction
from ocpp.tests.commanding import make_charger


def _get(client: Client, url: str) -> Any:
    response = client.get(url)
    assert response.status_code == 200, response.content
    assert "no-store" in response["Cache-Control"]
    return response.json()


def _message(charger: Charger, request: Any, answer: Any = None, **fields: Any) -> Message:
    made: Message = baker.make(
        Message,
        charger=charger,
        direction="out",
        request=request if isinstance(request, str) else json.dumps(request),
        answer=json.dumps(answer) if answer else "",
        time=NOW,
        **fields,
    )
    return made


# --- the list ------------------------------------------------------------------------------


def test_the_list_shows_every_charger_and_its_state(by_token: Client) -> None:
    charger = make_charger("CP2", name="Garage", last_heartbeat=NOW, latitude="25.68")
    make_charger("CP1", connected=False)
    for number, status in ((2, "Charging"), (0, "Available"), (1, "Available")):
        baker.make(Connector, charger=charger, connector_id=number, status=status)
    make_transaction(charger, state=TransactionState.COMPLETED)
    active = make_transaction(charger, connector_id=2, id_tag="A", energy_wh=1500)

    answer = _get(by_token, "/ocpp/chargers/")
    assert [c["charger_id"] for c in answer["chargers"]] == ["CP1", "CP2"]
    assert (answer["count"], answer["limit"], answer["offset"]) == (2, 1000, 0)
    first, second = answer["chargers"]
    assert (first["connected"], first["last_heartbeat"]) == (False, None)
    assert (first["connectors"], first["active_transactions"]) == ([], [])
    assert (second["connected"], second["name"]) == (True, "Garage")
    assert second["last_heartbeat"] == "2026-05-01T12:00:00Z"
    assert second["latitude"] == 25.68
    statuses = [(c["connector_id"], c["status"]) for c in second["connectors"]]
    assert statuses == [(0, "Available"), (1, "Available"), (2, "Charging")]
    (transaction,) = second["active_transactions"]
    assert transaction["transaction_id"] == active.pk
    assert (transaction["connector_id"], transaction["energy_wh"]) == (2, 1500)


def test_the_list_comes_in_pages(by_token: Client) -> None:
    for number in range(5):
        make_charger(f"CP{number}")
    answer = _get(by_token, "/ocpp/chargers/?limit=2&offset=3")
    assert (answer["count"], answer["limit"], answer["offset"]) == (5, 2, 3)
    assert [c["charger_id"] for c in answer["chargers"]] == ["CP3", "CP4"]
    assert _get(by_token, "/ocpp/chargers/?offset=5")["chargers"] == []


@pytest.mark.parametrize(
    ("query", "detail"),
    [
        ("limit=0", "limit: must be at least 1."),
        ("limit=1001", "limit: must be at most 1000."),
        ("limit=many", "limit: must be a whole number."),
        ("offset=-1", "offset: must be at least 0."),
        ("limit=x&offset=-1", "limit: must be a whole number. offset: must be at least 0."),
    ],
)
def test_a_page_that_cannot_be_is_named(by_token: Client, query: str, detail: str) -> None:
    response = by_token.get(f"/ocpp/chargers/?{query}")
    assert (response.status_code, response.json()) == (400, {"detail": detail})


def test_the_list_takes_the_same_queries_for_one_charger_and_for_many(by_token: Client) -> None:
    def fill(count: int) -> None:
        for number in range(count):
            charger = make_charger(f"CP{count}-{number}")
            baker.make(Connector, charger=charger, connector_id=1)
            make_transaction(charger)
            make_transaction(charger, connector_id=2)

    _get(by_token, "/ocpp/chargers/")
    queries = []
    for count in (1, 12):
        fill(count)
        with CaptureQueriesContext(
            connection,
        ) as captured:
            _get(by_token, "/ocpp/chargers/")
        queries.append(len(captured))
    # The token; two for permissions; how many there are; chargers, connectors, transactions.
    assert queries == [7, 7]


# --- one charger ---------------------------------------------------------------------------


def test_one_charger_with_everything_that_is_known(by_token: Client) -> None:
    charger = make_charger(
        vendor="Acme",
        serial_number="S1",
        last_path="/ws/ocpp/CP1/",
        require_rfid=True,
        config={"HeartbeatInterval": {"value": "300", "readonly": False}},
        last_meter_values={"connectorId": 1, "meterValue": []},
    )
    baker.make(Connector, charger=charger, connector_id=1, status="Charging")
    account = baker.make(Account)
    active = make_transaction(charger, account=account, id_tag="04A2", energy_wh=250)
    make_transaction(charger, connector_id=2, state=TransactionState.COMPLETED)

    answer = _get(by_token, "/ocpp/chargers/CP1/")
    assert answer["charger_id"] == "CP1"
    assert (answer["connected"], answer["require_rfid"]) == (True, True)
    assert (answer["vendor"], answer["serial_number"]) == ("Acme", "S1")
    assert answer["last_path"] == "/ws/ocpp/CP1/"
    assert answer["config"] == {"HeartbeatInterval": {"value": "300", "readonly": False}}
    assert answer["last_meter_values"] == {"connectorId": 1, "meterValue": []}
    assert [c["status"] for c in answer["connectors"]] == ["Charging"]
    assert [t["transaction_id"] for t in answer["active_transactions"]] == [active.pk]
    transaction = answer["transaction"]
    assert transaction["transaction_id"] == active.pk
    assert transaction["account_id"] == account.pk
    assert (transaction["id_tag"], transaction["energy_wh"]) == ("04A2", 250)
    assert (transaction["meter_start"], transaction["meter_stop"]) == (1000, None)
    assert transaction["start_time"] == "2026-05-01T12:00:00Z"
    assert not {"owner", "epoch", "remote_address"} & answer.keys()


def test_without_a_current_transaction_the_last_one_is_shown(by_token: Client) -> None:
    charger = make_charger()
    assert _get(by_token, "/ocpp/chargers/CP1/")["transaction"] is None
    make_transaction(charger, state=TransactionState.COMPLETED)
    last = make_transaction(charger, connector_id=2, state=TransactionState.COMPLETED)
    answer = _get(by_token, "/ocpp/chargers/CP1/")
    assert answer["transaction"]["transaction_id"] == last.pk
    assert answer["active_transactions"] == []


def test_the_log_has_the_newest_hundred_messages(by_token: Client) -> None:
    charger = make_charger()
    _message(make_charger("CP2"), [2, "other", "Heartbeat", {}])
    for number in range(102):
        _message(
            charger,
            [2, str(number), "Heartbeat", {}],
            [3, str(number), {}],
            action="Heartbeat",
            message_id=str(number),
            answer_time=NOW + timedelta(seconds=1),
        )
    log = _get(by_token, "/ocpp/chargers/CP1/")["log"]
    assert [entry["message_id"] for entry in log] == [str(n) for n in range(101, 1, -1)]
    assert log[0] == {
        "time": "2026-05-01T12:00:00Z",
        "direction": "out",
        "action": "Heartbeat",
        "message_id": "101",
        "request": [2, "101", "Heartbeat", {}],
        "answer": [3, "101", {}],
        "error_code": "",
        "answer_time": "2026-05-01T12:00:01Z",
    }


def test_the_log_keeps_secrets_to_itself(by_token: Client) -> None:
    charger = make_charger(config={"AuthorizationKey": {"value": "hunter2", "readonly": False}})
    change = {"key": "AuthorizationKey", "value": "hunter2"}
    _message(charger, [2, "1", "ChangeConfiguration", change])
    _message(charger, [2, "2", "GetConfiguration", {}], [3, "2", {"configurationKey": [change]}])
    _message(charger, '[2,"3","ChangeConfiguration",{"key":"AuthorizationKey","value":"hunter2"')
    long = change | {"padding": "x" * 20000}
    _message(charger, [2, "4", "ChangeConfiguration", long])
    answer = _get(by_token, "/ocpp/chargers/CP1/")
    assert "hunter2" not in json.dumps(answer)
    assert answer["config"]["AuthorizationKey"] == {"value": "***", "readonly": False}
    assert answer["log"][-1]["request"][3] == {"key": "AuthorizationKey", "value": "***"}


@pytest.mark.parametrize(
    "text", ["", "not JSON", '[2,"1","X",NaN]', '[2,"1","X",' + "[" * 5000, "x" * 20000]
)
def test_what_is_not_json_is_shown_as_text(by_token: Client, text: str) -> None:
    _message(make_charger(), text)
    shown = _get(by_token, "/ocpp/chargers/CP1/")["log"][0]["request"]
    if not text:
        assert shown is None
    elif len(text) > 16384:
        assert shown == text[:16384] + "…"
    else:
        assert shown == text


@pytest.mark.parametrize(
    ("cid", "url"),
    [
        ("CP1", "cp1"),
        ("CP ñ#?1", "CP%20%C3%B1%23%3F1"),
        ("a/b", "a%2Fb"),
        ("a/b", "a/b"),
        ("100%", "100%25"),
        ("C" * 48, "C" * 48),
    ],
)
def test_an_id_may_be_any_text(by_token: Client, cid: str, url: str) -> None:
    make_charger(cid)
    assert _get(by_token, f"/ocpp/chargers/{url}/")["charger_id"] == cid


@pytest.mark.parametrize("url", ["CP2", "C" * 49, "CP1%00", "%ff%fe"])
def test_an_unknown_charger_is_not_found(by_token: Client, url: str) -> None:
    make_charger()
    response = by_token.get(f"/ocpp/chargers/{url}/")
    assert response.status_code == 404
    assert response.json()["detail"].startswith("There is no charger ")


@pytest.mark.parametrize(
    ("url", "allowed"), [("/ocpp/chargers/", "GET"), ("/ocpp/chargers/CP1/", "GET, PATCH")]
)
def test_what_else_one_cannot_do_there(by_token: Client, url: str, allowed: str) -> None:
    for method in {"POST", "PUT", "PATCH", "DELETE"} - set(allowed.split(", ")):
        response = by_token.generic(method, url)
        assert response.status_code == 405
        assert response["Allow"] == allowed
        assert response.json() == {"detail": f"{method} is not possible here. Use: {allowed}."}


def test_it_answers_in_the_callers_language(by_token: Client) -> None:
    response = by_token.get("/ocpp/chargers/", headers={"Accept-Language": "es"})
    assert response["Content-Language"] == "es"
