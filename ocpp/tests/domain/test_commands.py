"""The command queue: who may queue what, one claim, one end, and what an answer teaches."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from model_bakery import baker
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from accounts.models import User
from ocpp import store
from ocpp.choices import FINISHED_COMMAND_STATES, CommandState, Registration
from ocpp.domain import commands
from ocpp.domain.errors import Conflict, NotConnected, TooMany
from ocpp.models import Charger, Command
from ocpp.tests.commanding import make_charger

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _at_noon() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def charger(db: None) -> Charger:
    return make_charger()


def _sent(
    charger: Charger, action: str = "reset", payload: dict[str, Any] | None = None
) -> Command:
    commands.queue(charger, action, payload if payload is not None else {"type": "Soft"})
    command = commands.claim_next(charger.pk, charger.epoch, NOW)
    assert command is not None
    return command


# --- queueing ------------------------------------------------------------------------------


def test_a_queued_command_is_complete(charger: Charger) -> None:
    user = baker.make(User)
    command = commands.queue(charger, "reset", {"type": "Hard"}, user=user)
    command.refresh_from_db()
    assert command.state == CommandState.QUEUED
    assert (command.action, command.payload) == ("reset", {"type": "Hard"})
    assert command.created_by == user
    assert command.expires == NOW + timedelta(minutes=5)


def test_its_time_to_live_can_be_set(charger: Charger) -> None:
    command = commands.queue(charger, "reset", {}, time_to_live_s=60)
    assert command.expires == NOW + timedelta(seconds=60)


def test_the_session_is_woken_on_commit_and_not_before(
    charger: Charger,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    woken: list[int] = []
    monkeypatch.setattr(store, "wake", woken.append)
    with django_capture_on_commit_callbacks() as callbacks:
        commands.queue(charger, "reset", {})
    assert woken == []
    for callback in callbacks:
        callback()
    assert woken == [charger.pk]


def test_a_disconnected_charger_is_told_nothing(db: None) -> None:
    charger = make_charger(connected=False)
    with pytest.raises(NotConnected, match="CP1 is not connected"):
        commands.queue(charger, "reset", {})
    assert not Command.objects.exists()


def test_the_row_tells_whether_it_is_connected_not_the_object(charger: Charger) -> None:
    Charger.objects.update(owner="")
    with pytest.raises(NotConnected):
        commands.queue(charger, "reset", {})


def test_a_rejected_charger_is_told_nothing(db: None) -> None:
    charger = make_charger(registration=Registration.REJECTED)
    with pytest.raises(Conflict, match="CP1 is rejected"):
        commands.queue(charger, "get_configuration", {"keys": None})


@pytest.mark.parametrize(
    ("action", "payload"),
    [
        ("remote_start", {"id_tag": "A"}),
        ("remote_stop", {"transaction_id": 1}),
        ("change_configuration", {"key": "AuthorizationKey", "value": "secret"}),
    ],
)
def test_a_pending_charger_gets_no_transaction_and_no_secret(
    db: None, action: str, payload: dict[str, Any]
) -> None:
    charger = make_charger(registration=Registration.PENDING)
    with pytest.raises(Conflict, match="waits for approval"):
        commands.queue(charger, action, payload)


def test_a_pending_charger_may_be_configured(db: None) -> None:
    charger = make_charger(registration=Registration.PENDING)
    commands.queue(charger, "change_configuration", {"key": "HeartbeatInterval", "value": "60"})
    commands.queue(charger, "trigger_message", {"requested_message": "BootNotification"})
    assert Command.objects.count() == 2


def test_fifty_wait_and_no_more(charger: Charger) -> None:
    for _ in range(50):
        commands.queue(charger, "clear_cache", {})
    with pytest.raises(TooMany, match="50 commands wait for CP1"):
        commands.queue(charger, "clear_cache", {})
    assert Command.objects.count() == 50
    other = make_charger("CP2")
    commands.queue(other, "clear_cache", {})


def test_the_overdue_do_not_fill_the_queue(charger: Charger, settings: Settings) -> None:
    settings.OCPP_COMMAND_QUEUE = 2
    commands.queue(charger, "clear_cache", {}, time_to_live_s=10)
    commands.queue(charger, "clear_cache", {}, time_to_live_s=10)
    with time_machine.travel(NOW + timedelta(seconds=11), tick=False):
        commands.queue(charger, "clear_cache", {})


# --- claiming ------------------------------------------------------------------------------


def test_the_oldest_is_claimed_first_and_once(charger: Charger) -> None:
    first = commands.queue(charger, "reset", {"type": "Soft"})
    second = commands.queue(charger, "clear_cache", {})
    claimed = commands.claim_next(charger.pk, 1, NOW)
    assert claimed == first
    assert claimed.payload == {"type": "Soft"}
    stored = Command.objects.get(pk=first.pk)
    assert (stored.state, stored.sent, stored.epoch) == (CommandState.SENT, NOW, 1)
    assert len(stored.message_id) == 36
    assert claimed.message_id == stored.message_id
    assert commands.claim_next(charger.pk, 1, NOW) == second
    assert commands.claim_next(charger.pk, 1, NOW) is None


def test_an_older_connection_claims_nothing(db: None) -> None:
    charger = make_charger(epoch=7)
    commands.queue(charger, "clear_cache", {})
    assert commands.claim_next(charger.pk, 6, NOW) is None
    assert commands.claim_next(charger.pk, 7, NOW) is not None


def test_another_chargers_command_is_not_claimed(charger: Charger) -> None:
    other = make_charger("CP2")
    commands.queue(other, "clear_cache", {})
    assert commands.claim_next(charger.pk, 1, NOW) is None


def test_an_overdue_command_expires_and_the_next_is_claimed(charger: Charger) -> None:
    old = commands.queue(charger, "reset", {}, time_to_live_s=10)
    new = commands.queue(charger, "clear_cache", {})
    later = NOW + timedelta(seconds=10)
    assert commands.claim_next(charger.pk, 1, later) == new
    old.refresh_from_db()
    assert (old.state, old.finished, old.sent) == (CommandState.EXPIRED, later, None)


# --- the end -------------------------------------------------------------------------------


def _announced(
    capture: DjangoCaptureOnCommitCallbacks, command: Command, deed: Callable[[], Any]
) -> bool:
    event = store.waiter(command.pk)
    with capture(execute=True):
        deed()
    done = event.is_set()
    store.discard_waiter(command.pk, event)
    return done


def test_an_answer_ends_it_once(
    charger: Charger, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    command = _sent(charger)
    accepted = {"status": "Accepted"}
    assert _announced(
        django_capture_on_commit_callbacks,
        command,
        lambda: commands.answered(command.pk, 1, accepted, NOW),
    )
    command.refresh_from_db()
    assert (command.state, command.response, command.finished) == (
        CommandState.ANSWERED,
        accepted,
        NOW,
    )
    assert not commands.answered(command.pk, 1, {"status": "Rejected"}, NOW)
    assert not commands.timed_out(command.pk, 1, NOW)
    command.refresh_from_db()
    assert (command.state, command.response) == (CommandState.ANSWERED, accepted)


def test_the_answer_of_another_connection_counts_for_nothing(
    charger: Charger, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    command = _sent(charger)
    assert not _announced(
        django_capture_on_commit_callbacks,
        command,
        lambda: commands.answered(command.pk, 2, {"status": "Accepted"}, NOW),
    )
    command.refresh_from_db()
    assert command.state == CommandState.SENT


def test_a_refusal_is_kept_with_its_words(charger: Charger) -> None:
    command = _sent(charger)
    assert commands.refused(command.pk, 1, "NotSupported", "no such thing", NOW)
    command.refresh_from_db()
    assert command.state == CommandState.ERROR
    assert (command.error_code, command.error_description) == ("NotSupported", "no such thing")


def test_a_late_answer_is_kept_beside_the_state(charger: Charger) -> None:
    command = _sent(charger)
    assert commands.timed_out(command.pk, 1, NOW)
    assert commands.answered_late(command.pk, 1, {"status": "Accepted"}, NOW)
    assert not commands.answered_late(command.pk, 1, {"status": "Rejected"}, NOW)
    command.refresh_from_db()
    assert (command.state, command.late) == (CommandState.TIMEOUT, True)
    assert command.response == {"status": "Accepted"}


def test_a_late_answer_belongs_to_the_connection_it_was_sent_on(charger: Charger) -> None:
    command = _sent(charger)
    commands.timed_out(command.pk, 1, NOW)
    assert not commands.answered_late(command.pk, 2, {"status": "Accepted"}, NOW)


def test_a_lost_connection_fails_what_was_sent_on_it_alone(charger: Charger) -> None:
    sent = _sent(charger)
    queued = commands.queue(charger, "clear_cache", {})
    other = _sent(make_charger("CP2"))
    assert commands.connection_lost(charger.pk, 0, NOW) == 0
    assert commands.connection_lost(charger.pk, 1, NOW) == 1
    states = dict(Command.objects.values_list("pk", "state"))
    assert states == {
        sent.pk: CommandState.FAILED,
        queued.pk: CommandState.QUEUED,
        other.pk: CommandState.SENT,
    }


def test_at_a_start_what_no_connection_holds_has_failed(db: None) -> None:
    gone = _sent(make_charger("GONE"))
    Charger.objects.filter(charger_id="GONE").update(owner="")
    back = _sent(make_charger("BACK"))
    Charger.objects.filter(charger_id="BACK").update(epoch=2)
    held = _sent(make_charger("HELD"))
    overdue = commands.queue(make_charger("SLOW"), "reset", {}, time_to_live_s=0)
    assert commands.fail_all_sent(NOW) == 3
    states = dict(Command.objects.values_list("pk", "state"))
    assert states == {
        gone.pk: CommandState.FAILED,
        back.pk: CommandState.FAILED,
        held.pk: CommandState.SENT,
        overdue.pk: CommandState.EXPIRED,
    }


def test_only_the_overdue_of_the_charger_asked_for_expire(charger: Charger) -> None:
    mine = commands.queue(charger, "reset", {}, time_to_live_s=0)
    other = commands.queue(make_charger("CP2"), "reset", {}, time_to_live_s=0)
    fresh = commands.queue(charger, "reset", {})
    assert commands.expire_overdue(NOW, charger.pk) == 1
    states = dict(Command.objects.values_list("pk", "state"))
    assert states[mine.pk] == CommandState.EXPIRED
    assert states[other.pk] == states[fresh.pk] == CommandState.QUEUED
    assert commands.expire_overdue(NOW) == 1


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    events=st.lists(
        st.tuples(
            st.sampled_from(
                ["claim", "answered", "refused", "timed_out", "late", "lost", "expire", "start"]
            ),
            st.sampled_from([1, 1, 2]),
        ),
        max_size=12,
    )
)
def test_a_command_has_exactly_one_end(db: None, events: list[tuple[str, int]]) -> None:
    """Whatever happens in whatever order: once it has ended, only a late answer is added."""
    with transaction.atomic():
        charger = make_charger("PROP")
        command = commands.queue(charger, "reset", {"type": "Soft"})
        overdue = NOW + timedelta(minutes=6)
        deeds: dict[str, Callable[[int], Any]] = {
            "claim": lambda epoch: commands.claim_next(charger.pk, epoch, NOW),
            "answered": lambda epoch: commands.answered(command.pk, epoch, {"n": 1}, NOW),
            "refused": lambda epoch: commands.refused(command.pk, epoch, "X", "", NOW),
            "timed_out": lambda epoch: commands.timed_out(command.pk, epoch, NOW),
            "late": lambda epoch: commands.answered_late(command.pk, epoch, {"n": 2}, NOW),
            "lost": lambda epoch: commands.connection_lost(charger.pk, epoch, NOW),
            "expire": lambda epoch: commands.expire_overdue(overdue, charger.pk),
            "start": lambda epoch: commands.fail_all_sent(NOW),
        }
        ended = ""
        for name, epoch in events:
            was_sent = command.state == CommandState.SENT
            result = deeds[name](epoch)
            command.refresh_from_db()
            if ended:
                assert command.state == ended
                assert not result or name == "late"
            elif command.state in FINISHED_COMMAND_STATES:
                ended = command.state
                assert command.finished is not None
                assert was_sent or ended == CommandState.EXPIRED
            assert not command.late or ended == CommandState.TIMEOUT
        transaction.set_rollback(True)


# --- secrets -------------------------------------------------------------------------------


@pytest.mark.parametrize("end", ["answered", "refused", "timed_out", "lost"])
def test_a_secret_is_forgotten_when_it_has_served(charger: Charger, end: str) -> None:
    secret = {"key": "AuthorizationKey", "value": "0123456789abcdef"}
    command = _sent(charger, "change_configuration", secret)
    assert command.payload == secret
    match end:
        case "answered":
            commands.answered(command.pk, 1, {"status": "Accepted"}, NOW)
        case "refused":
            commands.refused(command.pk, 1, "InternalError", "", NOW)
        case "timed_out":
            commands.timed_out(command.pk, 1, NOW)
        case "lost":
            commands.connection_lost(charger.pk, 1, NOW)
    command.refresh_from_db()
    assert command.payload == {"key": "AuthorizationKey", "value": "***"}
    charger.refresh_from_db()
    assert "0123456789abcdef" not in str(charger.config)


def test_a_secret_that_is_never_sent_is_forgotten_too(charger: Charger) -> None:
    secret = {"key": "AuthorizationKey", "value": "0123456789abcdef"}
    command = commands.queue(charger, "change_configuration", secret, time_to_live_s=0)
    commands.expire_overdue(NOW)
    command.refresh_from_db()
    assert command.payload["value"] == "***"


# --- what an answer teaches ----------------------------------------------------------------


def _configuration(charger: Charger) -> dict[str, Any]:
    charger.refresh_from_db()
    config: dict[str, Any] = charger.config
    return config


def test_all_keys_replace_what_was_known(charger: Charger) -> None:
    Charger.objects.update(config={"Old": {"value": "1", "readonly": False}})
    command = _sent(charger, "get_configuration", {"keys": None})
    answer = {
        "configuration": {
            "HeartbeatInterval": {"value": "300", "readonly": False},
            "AuthorizationKey": {"value": "0123456789abcdef", "readonly": False},
        },
        "unknown_keys": [],
    }
    commands.answered(command.pk, 1, answer, NOW)
    assert _configuration(charger) == {
        "HeartbeatInterval": {"value": "300", "readonly": False},
        "AuthorizationKey": {"value": None, "readonly": False},
    }
    command.refresh_from_db()
    assert command.response is not None
    assert command.response["configuration"]["HeartbeatInterval"]["value"] == "300"
    assert command.response["configuration"]["AuthorizationKey"]["value"] == "***"


def test_some_keys_are_laid_over_what_was_known(charger: Charger) -> None:
    known = {"value": "1", "readonly": True}
    Charger.objects.update(config={"Kept": known, "Gone": known, "Changed": known})
    command = _sent(charger, "get_configuration", {"keys": ["Gone", "Changed"]})
    changed = {"value": "2", "readonly": False}
    commands.answered(
        command.pk, 1, {"configuration": {"Changed": changed}, "unknown_keys": ["Gone"]}, NOW
    )
    assert _configuration(charger) == {"Kept": known, "Changed": changed}


def test_a_late_answer_teaches_too(charger: Charger) -> None:
    command = _sent(charger, "get_configuration", {"keys": None})
    commands.timed_out(command.pk, 1, NOW)
    entry = {"value": "9", "readonly": True}
    commands.answered_late(command.pk, 1, {"configuration": {"A": entry}}, NOW)
    assert _configuration(charger) == {"A": entry}


@pytest.mark.parametrize(
    ("status", "value"),
    [("Accepted", "60"), ("Rejected", "300"), ("RebootRequired", "300"), ("NotSupported", "300")],
)
def test_a_changed_key_is_known_when_it_was_accepted(
    charger: Charger, status: str, value: str
) -> None:
    Charger.objects.update(config={"HeartbeatInterval": {"value": "300", "readonly": False}})
    command = _sent(charger, "change_configuration", {"key": "HeartbeatInterval", "value": "60"})
    commands.answered(command.pk, 1, {"status": status}, NOW)
    assert _configuration(charger) == {"HeartbeatInterval": {"value": value, "readonly": False}}


# --- at the same time ----------------------------------------------------------------------


def _together(deed: Callable[[], Any], count: int) -> list[Any]:
    """What `deed` returns or raises in `count` threads that begin at one moment."""
    results: list[Any] = []
    barrier = threading.Barrier(count)

    def work() -> None:
        try:
            barrier.wait(timeout=10)
            results.append(deed())
        except Exception as error:
            results.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    return results


@pytest.mark.django_db(transaction=True)
def test_of_claims_at_the_same_time_one_wins() -> None:
    charger = make_charger()

    def claim() -> Command | None:
        with transaction.atomic():
            return commands.claim_next(charger.pk, 1, NOW)

    for _ in range(5):
        command = commands.queue(charger, "clear_cache", {})
        claims = _together(claim, 4)
        assert [c for c in claims if c is not None] == [command]


@pytest.mark.django_db(transaction=True)
def test_of_ends_at_the_same_time_one_wins() -> None:
    charger = make_charger()
    ends = [
        lambda pk: commands.answered(pk, 1, {"status": "Accepted"}, NOW),
        lambda pk: commands.timed_out(pk, 1, NOW),
        lambda pk: bool(commands.connection_lost(charger.pk, 1, NOW)),
    ]
    for _ in range(5):
        command = _sent(charger)
        rest = iter(ends)

        def end(pk: int = command.pk, rest: Any = rest) -> bool:
            chosen = next(rest)
            with transaction.atomic():
                return bool(chosen(pk))

        assert sorted(_together(end, 3)) == [False, False, True]


@pytest.mark.django_db(transaction=True)
def test_the_queue_is_never_longer_than_its_limit(settings: Settings) -> None:
    settings.OCPP_COMMAND_QUEUE = 3
    charger = make_charger()
    results = _together(lambda: commands.queue(charger, "clear_cache", {}), 8)
    assert sum(isinstance(result, TooMany) for result in results) == 5
    assert Command.objects.count() == 3
