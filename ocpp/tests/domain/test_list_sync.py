"""Local lists that are kept up to date by themselves: for whom, when, and what after a failure."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import RFID
from ocpp import operations
from ocpp.choices import CommandState, ListProblem, ListUpkeep
from ocpp.domain import cards_version, commands, configuration, list_sync
from ocpp.domain.chargers import OWNER
from ocpp.models import Charger, Command, LocalList, LocalListSync
from ocpp.tests.commanding import make_charger

A, B = "AAAAAAAA", "BBBBBBBB"
ACCEPTED = {"status": "Accepted"}


def _mine(charger_id: str = "CP1", **facts: Any) -> Charger:
    """A charger whose connection this process holds."""
    facts = {"local_list_upkeep": ListUpkeep.ALWAYS, **facts}
    charger = make_charger(charger_id, **facts)
    Charger.objects.filter(pk=charger.pk).update(owner=OWNER)
    charger.owner = OWNER
    return charger


@pytest.fixture
def charger(db: None) -> Charger:
    RFID.objects.create(rfid=A)
    return _mine()


def _round(after: timedelta = timedelta(0)) -> int:
    return list_sync.synchronise(timezone.now() + after)


def _told(charger: Charger, now: datetime | None = None) -> list[tuple[str, Any]]:
    """What the charger is sent meanwhile: action, and of a list kind and entries."""
    sent = []
    epoch = Charger.objects.get(pk=charger.pk).epoch
    while (command := commands.claim_next(charger.pk, epoch, now or timezone.now())) is not None:
        given = command.payload
        what = (given["update_type"], given["entries"]) if given else None
        sent.append((command.action, what))
    return sent


def _answer(response: dict[str, Any]) -> None:
    command = Command.objects.get(state=CommandState.SENT)
    assert commands.answered(command.pk, command.epoch or 0, response, timezone.now())


def _sync(charger: Charger) -> LocalListSync:
    return LocalListSync.objects.get(charger=charger)


def _in_order(charger: Charger) -> None:
    """The charge point has told that its list is empty, and accepted all cards."""
    _round()
    assert _told(charger) == [("get_local_list_version", None)]
    _answer({"list_version": 0})
    _round()
    assert _told(charger)[0][1][0] == "Full"
    _answer(ACCEPTED)
    _round()
    assert _round() == 0


def test_it_is_asked_for_its_version_then_sent_all_and_then_what_changes(
    charger: Charger,
) -> None:
    _in_order(charger)
    RFID.objects.create(rfid=B)
    RFID.objects.filter(rfid=A).update(allowed=False)
    assert list_sync.anything_due(timezone.now())
    _round()
    changes = {A: {"status": "Blocked"}, B: {"status": "Accepted"}}
    assert _told(charger) == [("send_local_list", ("Differential", changes))]
    assert _round() == 0  # it is on its way
    _answer(ACCEPTED)
    _round()
    assert not list_sync.anything_due(timezone.now())
    assert Command.objects.count() == 3


def test_many_changes_are_one_message(charger: Charger) -> None:
    _in_order(charger)
    for number in range(20):
        RFID.objects.create(rfid=f"{number:08}")
    _round()
    assert len(_told(charger)) == 1


def test_what_changes_while_a_list_is_on_its_way_is_sent_after_it(charger: Charger) -> None:
    _in_order(charger)
    RFID.objects.create(rfid=B)
    _round()
    assert len(_told(charger)) == 1
    RFID.objects.filter(rfid=A).delete()
    _answer(ACCEPTED)
    _round()
    assert _told(charger) == [("send_local_list", ("Differential", {A: None}))]


def test_a_change_that_makes_no_difference_sends_nothing(charger: Charger) -> None:
    _in_order(charger)
    RFID.objects.get().save()
    assert _round() == 1
    assert _told(charger) == []
    assert _round() == 0


def test_a_new_connection_is_asked_and_one_that_has_kept_its_list_left_alone(
    charger: Charger,
) -> None:
    _in_order(charger)
    Charger.objects.update(epoch=2)
    _round()
    assert _told(charger) == [("get_local_list_version", None)]
    _answer({"list_version": 1})
    _round()
    assert _told(charger) == []
    assert _round() == 0


def test_one_that_has_lost_its_list_is_sent_all_of_it(charger: Charger) -> None:
    _in_order(charger)
    Charger.objects.update(epoch=2)
    _round()
    _told(charger)
    _answer({"list_version": 0})
    _round()
    assert _told(charger) == [("send_local_list", ("Full", {A: {"status": "Accepted"}}))]


def test_what_changed_while_it_was_away_is_sent_when_it_is_back(charger: Charger) -> None:
    _in_order(charger)
    Charger.objects.update(owner="")
    RFID.objects.create(rfid=B)
    assert _round() == 0
    Charger.objects.update(owner=OWNER, epoch=2)
    _round()
    _told(charger)
    _answer({"list_version": 1})
    _round()
    assert _told(charger)[0][1] == ("Differential", {B: {"status": "Accepted"}})


# --- for whom ----------------------------------------------------------------------------------


def _config(**values: str) -> dict[str, Any]:
    return {key: {"value": value, "readonly": False} for key, value in values.items()}


@pytest.mark.parametrize(
    ("upkeep", "told", "kept"),
    [
        ("auto", None, False),
        ("auto", "true", True),
        ("auto", " True", True),
        ("auto", "false", False),
        ("always", "false", True),
        ("always", None, True),
        ("manual", "true", False),
    ],
)
def test_staff_decide_or_else_what_the_charge_point_tells(
    db: None, upkeep: str, told: str | None, kept: bool
) -> None:
    charger = _mine(local_list_upkeep=upkeep)
    if told is not None:
        report = _config(LocalAuthListEnabled=told)
        configuration.record_report(charger.pk, report, complete=True)
    assert (_round() == 1) is kept
    assert bool(_told(charger)) is kept


def test_one_that_has_accepted_a_list_is_kept_up_to_date_from_then_on(db: None) -> None:
    charger = _mine(local_list_upkeep="auto")
    operations.send_local_list(charger)
    _told(charger)
    _answer(ACCEPTED)
    assert _round() == 0  # it has told enough on this connection
    RFID.objects.create(rfid=A)
    _round()
    assert _told(charger)[0][1][0] == "Differential"


@pytest.mark.parametrize("against", ["manual", "switched off"])
def test_but_not_against_its_own_word_or_that_of_staff(db: None, against: str) -> None:
    upkeep = "manual" if against == "manual" else "auto"
    charger = _mine(local_list_upkeep=upkeep)
    if against == "switched off":
        configuration.record_change(charger.pk, "LocalAuthListEnabled", "false")
    operations.send_local_list(charger)
    _told(charger)
    _answer(ACCEPTED)
    RFID.objects.create(rfid=A)
    assert _round() == 0


def test_switching_its_list_off_ends_it_and_on_begins_it_again(charger: Charger) -> None:
    Charger.objects.update(local_list_upkeep="auto")
    configuration.record_change(charger.pk, "LocalAuthListEnabled", "false")
    assert not LocalListSync.objects.exists()
    configuration.record_change(charger.pk, "LocalAuthListEnabled", "true")
    assert LocalListSync.objects.exists()


def test_saving_the_charger_puts_the_choice_of_staff_into_effect(charger: Charger) -> None:
    charger.local_list_upkeep = ListUpkeep.MANUAL
    charger.save()
    assert not LocalListSync.objects.exists()
    charger.local_list_upkeep = ListUpkeep.ALWAYS
    charger.save()
    assert LocalListSync.objects.exists()


@pytest.mark.parametrize("facts", [{"registration": "Pending"}, {"owner": "elsewhere/1/x"}])
def test_others_are_not_looked_at(charger: Charger, facts: dict[str, str]) -> None:
    Charger.objects.update(**facts)
    assert _round() == 0


# --- failures ----------------------------------------------------------------------------------


def _send_change(charger: Charger, **change: Any) -> None:
    _in_order(charger)
    RFID.objects.create(rfid=B)
    _round()
    assert len(_told(charger)) == 1


def test_a_mismatch_is_answered_with_the_whole_list_at_once_and_then_patiently(
    charger: Charger,
) -> None:
    _send_change(charger)
    _answer({"status": "VersionMismatch"})
    _round()
    assert _told(charger)[0][1][0] == "Full"
    _answer({"status": "VersionMismatch"})
    _round()
    assert _told(charger) == []
    row = _sync(charger)
    assert (row.problem, row.attempts) == (ListProblem.VERSION_MISMATCH, 2)
    assert _round(timedelta(minutes=4)) == 0
    assert _round(timedelta(minutes=6)) == 1
    assert _told(charger)[0][1][0] == "Full"


def test_failures_are_tried_again_after_ever_longer_pauses(charger: Charger) -> None:
    _send_change(charger)
    now = timezone.now()
    for pause in (*list_sync.PAUSES, list_sync.PAUSES[-1]):
        _answer({"status": "Failed"})
        list_sync.synchronise(now)
        assert _sync(charger).next_try == now + pause
        assert list_sync.synchronise(now + pause - timedelta(seconds=1)) == 0
        now += pause
        assert list_sync.synchronise(now) == 1
        assert _told(charger)[0][0] == "send_local_list"
    assert _sync(charger).problem == ListProblem.FAILED
    _answer(ACCEPTED)
    list_sync.synchronise(now)
    row = _sync(charger)
    assert (row.problem, row.attempts, row.next_try) == ("", 0, None)


def test_one_without_lists_is_left_alone_for_a_day(charger: Charger) -> None:
    _send_change(charger)
    _answer({"status": "NotSupported"})
    _round()
    assert _sync(charger).problem == ListProblem.NOT_SUPPORTED
    RFID.objects.create(rfid="CCCCCCCC")
    Charger.objects.update(epoch=2)
    assert _round(timedelta(hours=23)) == 0


def test_one_that_says_it_has_no_list_is_sent_none(charger: Charger) -> None:
    _round()
    _told(charger)
    _answer({"list_version": -1})
    _round()
    RFID.objects.create(rfid=B)
    _round()
    assert _told(charger) == []
    assert _sync(charger).problem == ListProblem.NOT_SUPPORTED
    assert _round() == 0


@pytest.mark.parametrize(
    ("code", "problem", "pause"),
    [
        ("NotImplemented", ListProblem.NOT_SUPPORTED, list_sync.PAUSES[-1]),
        ("NotSupported", ListProblem.NOT_SUPPORTED, list_sync.PAUSES[-1]),
        ("InternalError", ListProblem.REFUSED, list_sync.PAUSES[0]),
        ("", ListProblem.NO_ANSWER, list_sync.PAUSES[0]),
    ],
)
def test_one_that_does_not_tell_its_version_is_asked_again_later(
    charger: Charger, code: str, problem: str, pause: timedelta
) -> None:
    _round()
    _told(charger)
    command = Command.objects.get()
    now = timezone.now()
    if code:
        commands.refused(command.pk, 1, code, "", now)
    else:
        commands.timed_out(command.pk, 1, now)
    list_sync.synchronise(now)
    assert _sync(charger).problem == problem
    assert list_sync.synchronise(now + pause - timedelta(seconds=1)) == 0
    assert list_sync.synchronise(now + pause) == 1
    assert _told(charger) == [("get_local_list_version", None)]


def test_a_connection_that_ends_meanwhile_is_no_answer(charger: Charger) -> None:
    _send_change(charger)
    commands.connection_lost(charger.pk, 1, timezone.now())
    _round()
    assert _sync(charger).problem == ListProblem.NO_ANSWER


def test_more_cards_than_it_stores_are_told_once_and_tried_when_its_limit_changes(
    charger: Charger,
) -> None:
    configuration.record_change(charger.pk, "LocalAuthListMaxLength", "1")
    _in_order(charger)
    RFID.objects.create(rfid=B)
    _round()
    assert _sync(charger).problem == ListProblem.TOO_MANY_CARDS
    assert _round() == 0
    configuration.record_change(charger.pk, "LocalAuthListMaxLength", "2")
    _round()
    assert _told(charger)[0][1] == ("Differential", {B: {"status": "Accepted"}})


def test_a_list_in_parts_is_waited_for_to_its_end(charger: Charger) -> None:
    _in_order(charger)
    configuration.record_change(charger.pk, "SendLocalListMaxLength", "1")
    _round()
    RFID.objects.bulk_create([RFID(rfid=f"0000000{n}") for n in range(3)])
    _round()
    for _ in range(3):
        assert _round() == 0
        assert len(_told(charger)) == 1
        _answer(ACCEPTED)
    _round()
    assert _round() == 0
    assert LocalList.objects.count() == 2


def test_a_full_queue_is_waited_for(charger: Charger, settings: Any) -> None:
    settings.OCPP_COMMAND_QUEUE = 0
    _round()
    assert _told(charger) == []
    assert _sync(charger).problem == ""
    settings.OCPP_COMMAND_QUEUE = 1
    assert _round() == 0
    assert _round(list_sync.BUSY) == 1
    assert len(_told(charger)) == 1


def test_staff_who_save_the_charger_have_it_tried_at_once(charger: Charger) -> None:
    _send_change(charger)
    _answer({"status": "Failed"})
    _round()
    assert _round() == 0
    charger.save()
    assert _round() == 1
    assert len(_told(charger)) == 1


# --- what it costs -----------------------------------------------------------------------------


def test_a_change_of_cards_costs_the_same_whatever_the_number_of_chargers(
    db: None, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(20):
        _mine(f"CP{number}")
    RFID.objects.create(rfid=A)
    before = cards_version.current()
    with django_assert_num_queries(2):
        RFID.objects.create(rfid=B)
    with django_assert_num_queries(2):
        RFID.objects.update(allowed=False)
    assert cards_version.current() == before + 2
    with django_assert_num_queries(2):
        assert list_sync.anything_due(timezone.now())


def test_a_round_has_an_end(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(list_sync, "AT_ONCE", 2)
    for number in range(3):
        _mine(f"CP{number}")
    assert [_round(), _round(), _round()] == [2, 1, 0]
