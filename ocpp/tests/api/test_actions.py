"""Commanding chargers, from the request to the reply of the charge point."""

import json
import threading
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from pytest_django import Settings

from accounts.models import User
from ocpp.api import actions
from ocpp.choices import CommandState, TransactionState
from ocpp.domain import commands
from ocpp.models import Command
from ocpp.tests.api.conftest import Act, make_transaction
from ocpp.tests.commanding import (
    Reply,
    answers,
    hangs_up,
    keeps_silent,
    make_charger,
    refuses,
    session_of,
)

ACCEPTED = {"status": "Accepted"}


def _detail(response: Any, status: int) -> str:
    assert response.status_code == status, response.content
    body = json.loads(response.content)
    assert isinstance(body["detail"], str)
    detail: str = body["detail"]
    return detail


# --- replies -------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_remote_stop_carries_the_reply(act: Act, staff: User) -> None:
    charger = make_charger()
    transaction = make_transaction(charger)
    with session_of(charger, answers(ACCEPTED)) as session:
        response = act("CP1", {"action": "remote_stop"})
    command = Command.objects.get()
    assert response.status_code == 200
    assert json.loads(response.content) == {
        "command": command.pk,
        "state": "answered",
        "answer": ACCEPTED,
    }
    assert session.taken[0].payload == {"transaction_id": transaction.pk}
    assert command.created_by == staff


@pytest.mark.django_db(transaction=True)
def test_a_rejection_is_a_reply(act: Act) -> None:
    charger = make_charger()
    with session_of(charger, answers({"status": "Rejected"})):
        response = act("CP1", {"action": "reset", "type": "Hard"})
    assert response.status_code == 200
    assert json.loads(response.content)["answer"] == {"status": "Rejected"}


@pytest.mark.django_db(transaction=True)
def test_the_configuration_comes_in_the_reply_and_is_kept(act: Act) -> None:
    charger = make_charger()
    reported = {
        "configuration": {"HeartbeatInterval": {"value": "300", "readonly": False}},
        "unknown_keys": ["Nothing"],
    }
    with session_of(charger, answers(reported)):
        response = act(
            "CP1", {"action": "get_configuration", "keys": ["HeartbeatInterval", "Nothing"]}
        )
    assert json.loads(response.content)["answer"] == reported
    charger.refresh_from_db()
    assert charger.config == reported["configuration"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("reply", "status", "state", "detail"),
    [
        (refuses("NotSupported", "not here"), 502, "error", "CP1 refused: NotSupported not here"),
        (hangs_up, 502, "failed", "The connection of CP1 was lost before it answered."),
        (keeps_silent, 504, "timeout", "CP1 did not answer within 30 s."),
    ],
)
def test_without_a_reply_it_says_why(
    act: Act, by_token: Client, reply: Reply, status: int, state: str, detail: str
) -> None:
    charger = make_charger()
    with session_of(charger, reply):
        response = act("CP1", {"action": "reset"})
    assert _detail(response, status) == detail
    body = json.loads(response.content)
    command = Command.objects.get()
    assert (body["command"], body["state"]) == (command.pk, state)
    if state == "error":
        assert (body["error_code"], body["error_description"]) == ("NotSupported", "not here")
    assert response["Location"] == f"/ocpp/chargers/CP1/commands/{command.pk}/"
    assert by_token.get(response["Location"]).json()["state"] == state


@pytest.mark.django_db(transaction=True)
def test_a_charger_that_takes_its_time_gets_504_and_may_still_answer(
    act: Act, by_token: Client
) -> None:
    charger = make_charger()
    with session_of(charger, None):
        response = act("CP1", {"action": "reset"}, "?wait_s=0.3")
    assert "has not answered yet" in _detail(response, 504)
    command = Command.objects.get()
    commands.answered(command.pk, 1, ACCEPTED, datetime.now(UTC))
    later = by_token.get(response["Location"]).json()
    assert (later["state"], later["answer"], later["late"]) == ("answered", ACCEPTED, False)


@pytest.mark.django_db(transaction=True)
def test_nobody_has_to_wait(act: Act) -> None:
    make_charger("a/ñ")
    response = act("a%2F%C3%B1", {"action": "clear_cache"}, "?wait_s=0")
    assert response.status_code == 202
    command = Command.objects.get()
    body = json.loads(response.content)
    assert (body["command"], body["state"]) == (command.pk, "queued")
    assert response["Location"] == f"/ocpp/chargers/a/%C3%B1/commands/{command.pk}/"


@pytest.mark.django_db(transaction=True)
def test_when_too_many_wait_one_more_does_not(act: Act, monkeypatch: pytest.MonkeyPatch) -> None:
    make_charger()
    full = threading.BoundedSemaphore(1)
    full.acquire()
    monkeypatch.setattr(actions, "_waiting", full)
    assert act("CP1", {"action": "clear_cache"}).status_code == 202
    full.release()
    assert act("CP1", {"action": "clear_cache"}, "?wait_s=0.1").status_code == 504
    assert full.acquire(blocking=False), "the place was given back"


@pytest.mark.django_db(transaction=True)
def test_requests_wait_side_by_side(act: Act) -> None:
    """Three chargers of which each replies only when all three have been asked."""
    together = threading.Barrier(3, timeout=10)

    def reply(command: Command, epoch: int) -> None:
        together.wait()
        commands.answered(command.pk, epoch, ACCEPTED, datetime.now(UTC))

    statuses: list[int] = []

    def ask(cid: str) -> None:
        try:
            statuses.append(act(cid, {"action": "clear_cache"}).status_code)
        finally:
            connection.close()

    chargers = [make_charger(f"CP{number}") for number in range(3)]
    # A reply that waits must not hold SQLite's only write transaction.
    sessions = [session_of(charger, _outside_of_transactions(reply)) for charger in chargers]
    for session in sessions:
        session.__enter__()
    threads = [threading.Thread(target=ask, args=(c.charger_id,)) for c in chargers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=20)
    for session in sessions:
        session.__exit__(None, None, None)
    assert statuses == [200, 200, 200]


def _outside_of_transactions(reply: Reply) -> Reply:
    def begin(command: Command, epoch: int) -> None:
        def work() -> None:
            try:
                reply(command, epoch)
            finally:
                connection.close()

        threading.Thread(target=work).start()

    return begin


# --- refusals ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        ({}, "action: must be one of: "),
        ({"action": "explode"}, "action: must be one of: "),
        ({"action": None}, "action: must be one of:"),
        ({"action": ["reset"]}, "action: must be one of:"),
        ({"action": "reset", "type": "Warm"}, "type: must be one of: Soft, Hard."),
        ({"action": "remote_start"}, "id_tag: is required."),
        ({"action": "unlock", "connector_id": True}, "connector_id: must be a whole number."),
        ({"action": "reset", "user": 1}, "user: is not an argument of reset, which takes: type."),
        ({"action": "reset", "charger": "CP2"}, "charger: is not an argument of reset"),
        ('{"action": "reset"', "The body is not JSON."),
        ("[" * 100_000, "The body is not JSON."),
        ('{"action": "unlock", "connector_id": NaN}', "The body is not JSON."),
        ('{"action": "unlock", "connector_id": 1' + "0" * 5000 + "}", "The body is not JSON."),
        (b"\xff\xfe{", "The body is not JSON."),
        ("[]", "The body must be a JSON object"),
        ('"reset"', "The body must be a JSON object"),
        (
            '{"action": "remote_start", "id_tag": "a\\u0000"}',
            "id_tag: holds a character that is not allowed.",
        ),
        (
            '{"action": "remote_start", "id_tag": "\\ud800"}',
            "id_tag: holds a character that is not allowed.",
        ),
    ],
)
def test_a_wrong_request_is_told_what_is_wrong(db: None, act: Act, body: Any, detail: str) -> None:
    make_charger()
    assert _detail(act("CP1", body), 400).startswith(detail)
    assert not Command.objects.exists()


def test_a_disconnected_charger_gets_409(db: None, act: Act) -> None:
    make_charger(connected=False)
    assert _detail(act("CP1", {"action": "reset"}), 409).startswith("CP1 is not connected.")
    assert not Command.objects.exists()


def test_without_a_transaction_stopping_gets_409(db: None, act: Act) -> None:
    make_transaction(make_charger(), state=TransactionState.COMPLETED)
    detail = _detail(act("CP1", {"action": "remote_stop"}), 409)
    assert detail == "CP1 has no active transaction."


def test_of_several_transactions_the_candidates_are_named(db: None, act: Act) -> None:
    charger = make_charger()
    first, second = make_transaction(charger), make_transaction(charger, connector_id=2)
    detail = _detail(act("CP1", {"action": "remote_stop"}), 409)
    assert f"{first.pk} (connector 1), {second.pk} (connector 2)" in detail


def test_an_unknown_charger_gets_404(db: None, act: Act) -> None:
    assert _detail(act("CP1", {"action": "reset"}), 404) == "There is no charger CP1."


def test_a_full_queue_gets_429(db: None, act: Act, settings: Settings) -> None:
    settings.OCPP_COMMAND_QUEUE = 1
    make_charger()
    assert act("CP1", {"action": "reset"}, "?wait_s=0").status_code == 202
    detail = _detail(act("CP1", {"action": "reset"}, "?wait_s=0"), 429)
    assert detail == "1 commands wait for CP1 already. Try again later."


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""]
)
def test_anything_but_json_gets_415(db: None, by_token: Client, content_type: str) -> None:
    make_charger()
    response = by_token.generic(
        "POST", "/ocpp/chargers/CP1/action/", '{"action":"reset"}', content_type=content_type
    )
    assert "application/json" in _detail(response, 415)


@pytest.mark.parametrize("size", [300_000, 3_000_000])
def test_a_long_body_gets_413(db: None, act: Act, size: int) -> None:
    make_charger()
    body = {"action": "data_transfer", "vendor_id": "V", "data": "x" * size}
    assert "262144 bytes" in _detail(act("CP1", body), 413)


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_another_method_gets_405(db: None, by_token: Client, method: str) -> None:
    response = by_token.generic(method, "/ocpp/chargers/CP1/action/")
    assert "Use: POST." in _detail(response, 405)
    assert response["Allow"] == "POST"


@pytest.mark.parametrize(
    ("wait", "detail"),
    [
        ("-1", "wait_s: must be at least 0"),
        ("121", "wait_s: must be at most 120"),
        ("nan", "wait_s: "),
        ("soon", "wait_s: must be a number."),
    ],
)
def test_the_wait_has_its_limits(db: None, act: Act, wait: str, detail: str) -> None:
    make_charger()
    response = act("CP1", {"action": "reset"}, f"?wait_s={wait}")
    assert _detail(response, 400).startswith(detail)
    assert not Command.objects.exists()


# --- reading a command ---------------------------------------------------------------------


def test_a_command_can_be_read(db: None, by_token: Client, staff: User) -> None:
    charger = make_charger()
    command = commands.queue(charger, "reset", {"type": "Soft"}, user=staff)
    body = by_token.get(f"/ocpp/chargers/CP1/commands/{command.pk}/").json()
    assert body["command"] == command.pk
    assert (body["action"], body["arguments"]) == ("reset", {"type": "Soft"})
    assert (body["state"], body["asked_by"]) == ("queued", "staff")
    assert (body["sent"], body["finished"], body["answer"]) == (None, None, None)


def test_its_secrets_are_hidden_while_it_waits(db: None, by_token: Client) -> None:
    secret = {"key": "AuthorizationKey", "value": "hunter2"}
    command = commands.queue(make_charger(), "change_configuration", secret)
    body = by_token.get(f"/ocpp/chargers/CP1/commands/{command.pk}/").json()
    assert body["arguments"] == {"key": "AuthorizationKey", "value": "***"}


def test_an_overdue_command_is_shown_as_expired(db: None, by_token: Client) -> None:
    command = commands.queue(make_charger(), "reset", {}, time_to_live_s=0)
    body = by_token.get(f"/ocpp/chargers/CP1/commands/{command.pk}/").json()
    assert body["state"] == CommandState.EXPIRED


@pytest.mark.parametrize("number", ["0", str(2**63), "9" * 400])
def test_an_unknown_command_is_not_found(db: None, by_token: Client, number: str) -> None:
    make_charger()
    response = by_token.get(f"/ocpp/chargers/CP1/commands/{number}/")
    assert f"CP1 has no command {number}." == _detail(response, 404)


def test_another_chargers_command_is_not_found(db: None, by_token: Client) -> None:
    command = commands.queue(make_charger(), "reset", {})
    make_charger("CP2")
    assert by_token.get(f"/ocpp/chargers/CP2/commands/{command.pk}/").status_code == 404
