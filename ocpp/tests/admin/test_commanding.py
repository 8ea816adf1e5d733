"""Commands from the admin, and what it says of their outcomes."""

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from ocpp import store
from ocpp.admin import commanding
from ocpp.choices import CommandState, Registration
from ocpp.domain import commands
from ocpp.models import Charger, Command, Connector, Transaction
from ocpp.tests.admin.conftest import NOON

pytestmark = pytest.mark.django_db(transaction=True)

Answer = Callable[[Command], None]


class Session:
    """A live connection whose charge point answers each command at once."""

    def __init__(self, charger: Charger, answer: Answer | None) -> None:
        self.charger_pk, self.epoch, self.answer = charger.pk, charger.epoch, answer
        self.told: list[tuple[str, dict[str, Any]]] = []

    def wake(self) -> None:
        while command := commands.claim_next(self.charger_pk, self.epoch, timezone.now()):
            self.told.append((command.action, command.payload))
            if self.answer is not None:
                self.answer(command)

    def refresh(self) -> None: ...

    def booted(self) -> None: ...

    def dismiss(self) -> None: ...


def says(**response: Any) -> Answer:
    """A charge point that answers with this."""

    def answer(command: Command) -> None:
        assert command.epoch is not None
        commands.answered(command.pk, command.epoch, response, timezone.now())

    return answer


def refuses(command: Command) -> None:
    """A charge point that answers with a CALLERROR."""
    assert command.epoch is not None
    commands.refused(command.pk, command.epoch, "NotSupported", "no such thing", timezone.now())


def connect(charger_id: str, answer: Answer | None, connectors: int = 1) -> Session:
    charger = Charger.objects.create(charger_id=charger_id, owner="host/1/word", epoch=1)
    for number in range(1, connectors + 1):
        Connector.objects.create(charger=charger, connector_id=number, status="Available")
    session = Session(charger, answer)
    store.add(session)
    return session


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(commanding, "WAIT_S", 0.05)
    yield
    store.sessions.clear()


def act(client: Client, model: str, action: str, *pks: int) -> str:
    data = {"action": action, "confirmed": "on", "_selected_action": pks}
    answer = client.post(f"/admin/ocpp/{model}/", data, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize(
    ("action", "told"),
    [
        ("reset_soft", ("reset", {"type": "Soft"})),
        ("reset_hard", ("reset", {"type": "Hard"})),
        ("unlock", ("unlock", {"connector_id": 1})),
        ("set_operative", ("change_availability", {"connector_id": 0, "type": "Operative"})),
        ("set_inoperative", ("change_availability", {"connector_id": 0, "type": "Inoperative"})),
        (
            "trigger_status",
            (
                "trigger_message",
                {"requested_message": "StatusNotification", "connector_id": None},
            ),
        ),
        (
            "trigger_boot",
            ("trigger_message", {"requested_message": "BootNotification", "connector_id": None}),
        ),
        ("get_configuration", ("get_configuration", {"keys": None})),
        ("clear_cache", ("clear_cache", {})),
    ],
)
def test_an_action_commands_each_charger(
    boss: Client, action: str, told: tuple[str, dict[str, Any]]
) -> None:
    sessions = [connect(name, says(status="Accepted")) for name in ("CP1", "CP2")]
    html = act(boss, "charger", action, *(session.charger_pk for session in sessions))
    for session, name in zip(sessions, ("CP1", "CP2"), strict=True):
        assert session.told == [told]
        text = f"{told[0].capitalize()}: {name} answered: Accepted."
        assert f'<li class="success">{text}</li>' in html
    assert {c.created_by.get_username() for c in Command.objects.all() if c.created_by} == {"boss"}


def test_the_outcome_of_each_charger_is_told_for_itself(boss: Client) -> None:
    sessions = [
        connect("YES", says(status="Accepted")),
        connect("NO", says(status="Rejected")),
        connect("BAD", refuses),
        connect("MUTE", None),
    ]
    offline = Charger.objects.create(charger_id="AWAY")
    pks = [*(session.charger_pk for session in sessions), offline.pk]
    html = act(boss, "charger", "reset_soft", *pks)
    assert '<li class="success">Reset: YES answered: Accepted.</li>' in html
    assert '<li class="warning">Reset: NO answered: Rejected.</li>' in html
    assert '<li class="error">Reset: BAD refused: NotSupported no such thing</li>' in html
    assert '<li class="error">AWAY is not connected.' in html
    late = Command.objects.get(charger__charger_id="MUTE")
    assert late.state == CommandState.SENT
    assert f"See command {late.pk} for what becomes of it." in html


def test_stopping_ends_the_only_transaction(boss: Client) -> None:
    session = connect("CP1", says(status="Accepted"))
    assert "has no active transaction" in act(boss, "charger", "remote_stop", session.charger_pk)
    transaction = _transaction(session.charger_pk)
    act(boss, "charger", "remote_stop", session.charger_pk)
    assert session.told == [("remote_stop", {"transaction_id": transaction.pk})]
    _transaction(session.charger_pk, connector_id=2)
    assert "2 active transactions" in act(boss, "charger", "remote_stop", session.charger_pk)


def test_a_transaction_can_be_stopped_from_its_list(boss: Client) -> None:
    session = connect("CP1", says(status="Accepted"), connectors=2)
    _transaction(session.charger_pk)
    second = _transaction(session.charger_pk, connector_id=2)
    act(boss, "transaction", "remote_stop", second.pk)
    assert session.told == [("remote_stop", {"transaction_id": second.pk})]


def _transaction(charger_pk: int, connector_id: int = 1) -> Transaction:
    return Transaction.objects.create(
        charger_id=charger_pk,
        connector_id=connector_id,
        id_tag="AA",
        meter_start=0,
        start_time=NOON,
        start_received=NOON,
        start_raw="",
    )


@pytest.mark.parametrize(
    ("action", "name", "more"),
    [
        ("unlock", "unlock", {}),
        ("set_operative", "change_availability", {"type": "Operative"}),
        ("set_inoperative", "change_availability", {"type": "Inoperative"}),
        ("trigger_status", "trigger_message", {"requested_message": "StatusNotification"}),
    ],
)
def test_one_connector_can_be_commanded(
    boss: Client, action: str, name: str, more: dict[str, str]
) -> None:
    session = connect("CP1", says(status="Unlocked"), connectors=2)
    connector = Connector.objects.get(connector_id=2)
    html = act(boss, "connector", action, connector.pk)
    assert session.told == [(name, {"connector_id": 2, **more})]
    assert "CP1 answered: Unlocked." in html


def test_unlocking_a_charger_with_several_connectors_asks_which(boss: Client) -> None:
    session = connect("CP1", says(status="Unlocked"), connectors=2)
    html = act(boss, "charger", "unlock", session.charger_pk)
    assert "choose one in the list of connectors" in html
    assert session.told == []


def test_many_at_once_have_a_page_of_their_own(
    boss: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commanding, "MOST", 1)
    sessions = [connect(name, says(status="Accepted")) for name in ("CP1", "CP2")]
    html = act(boss, "charger", "reset_soft", *(session.charger_pk for session in sessions))
    assert "2 of 2 ended" in html
    assert [session.told for session in sessions] == [[("reset", {"type": "Soft"})]] * 2
    connectors = Connector.objects.values_list("pk", flat=True)
    html = act(boss, "connector", "unlock", *connectors)
    assert "At most 1 can be commanded at once; 2 are selected." in html


def test_who_may_only_look_cannot_command(viewer: Client) -> None:
    session = connect("CP1", says(status="Accepted"))
    transaction = _transaction(session.charger_pk)
    act(viewer, "charger", "reset_soft", session.charger_pk)
    act(viewer, "connector", "unlock", Connector.objects.get().pk)
    act(viewer, "transaction", "remote_stop", transaction.pk)
    assert session.told == []
    assert not Command.objects.exists()


def test_what_a_charge_point_answers_is_escaped(boss: Client) -> None:
    session = connect("CP1", says(status="<script>alert(1)</script>"))
    html = act(boss, "charger", "clear_cache", session.charger_pk)
    assert "<script>alert" not in html
    assert "&lt;script&gt;" in html


def test_all_chargers_together_are_waited_for_no_longer_than_one(
    boss: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []

    def wait(command: Command, timeout_s: float) -> Command:
        waits.append(timeout_s)
        return command

    monkeypatch.setattr(commanding, "WAIT_S", 5.0)
    monkeypatch.setattr("ocpp.operations.wait", wait)
    clock = iter([100.0, 100.0, 103.0, 106.0])
    monkeypatch.setattr(commanding, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    sessions = [connect(name, None) for name in ("CP1", "CP2", "CP3")]
    deeds = [session.charger_pk for session in sessions]
    act(boss, "charger", "reset_soft", *deeds)
    assert waits == [5.0, 2.0, 0.0]


@pytest.mark.parametrize(
    "action", ["remote_stop", "reset_soft", "reset_hard", "set_inoperative", "unlock", "reject"]
)
def test_what_may_do_harm_is_asked_about_first(boss: Client, action: str) -> None:
    charger = Charger.objects.create(charger_id="CP1", owner="host/1/word")
    asks_first(boss, "charger", action, charger.pk)
    charger.refresh_from_db()
    assert charger.registration == Registration.ACCEPTED


@pytest.mark.parametrize("action", ["unlock", "set_inoperative"])
def test_of_connectors_too(boss: Client, action: str) -> None:
    connect("CP1", None)
    asks_first(boss, "connector", action, Connector.objects.get().pk)


def asks_first(client: Client, model: str, action: str, pk: int) -> None:
    data = {"action": action, "_selected_action": [pk]}
    html = client.post(f"/admin/ocpp/{model}/", data).content.decode()
    assert 'name="confirmed"' in html
    assert f'name="action" value="{action}"' in html
    assert not Command.objects.exists()
