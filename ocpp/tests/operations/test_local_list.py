"""Local lists: what is sent, in which parts and versions, and what an answer means for the next."""

from typing import Any

import pytest
from django.utils import timezone

from accounts.models import RFID
from ocpp import operations
from ocpp.choices import CommandState, LocalListState
from ocpp.domain import commands, local_list
from ocpp.domain.errors import Conflict
from ocpp.models import Charger, Command, LocalList
from ocpp.tests.commanding import make_charger
from ocpp.tests.factories import NOON

A, B, C = "AAAAAAAA", "BBBBBBBB", "CCCCCCCC"
OK, NO = {"status": "Accepted"}, {"status": "Blocked"}


@pytest.fixture
def charger(db: None) -> Charger:
    for uid, allowed in ((B, False), (A, True)):
        RFID.objects.create(rfid=uid, allowed=allowed)
    return make_charger()


def _limits(charger: Charger, **limits: Any) -> None:
    config = {key: {"value": str(value), "readonly": True} for key, value in limits.items()}
    Charger.objects.filter(pk=charger.pk).update(config=config)


def _send(charger: Charger, update_type: str = "Differential") -> tuple[str, int, dict[str, Any]]:
    """Queue a list; kind, version and entries of the message that goes out."""
    operations.send_local_list(charger, update_type=update_type)
    return _claim(charger)


def _claim(charger: Charger) -> tuple[str, int, dict[str, Any]]:
    command = commands.claim_next(charger.pk, 1, timezone.now())
    assert command is not None
    return command.payload["update_type"], command.payload["version"], command.payload["entries"]


def _answer(status: str) -> LocalList:
    command = Command.objects.get(state=CommandState.SENT)
    assert commands.answered(command.pk, command.epoch or 0, {"status": status}, timezone.now())
    return LocalList.objects.all()[0]


def _nothing_waits(charger: Charger) -> bool:
    return commands.claim_next(charger.pk, 1, timezone.now()) is None


def test_a_full_list_has_all_cards(charger: Charger) -> None:
    assert _send(charger, "Full") == ("Full", 1, {A: OK, B: NO})
    row = _answer("Accepted")
    assert (row.state, row.version, row.entries) == (LocalListState.ACCEPTED, 1, {A: OK, B: NO})
    assert row.finished is not None
    charger.refresh_from_db()
    assert charger.local_list_version == 1
    assert _nothing_waits(charger)


def test_no_cards_make_an_empty_list(db: None) -> None:
    charger = make_charger()
    assert _send(charger, "Full") == ("Full", 1, {})
    assert _answer("Accepted").state == LocalListState.ACCEPTED


def test_the_first_list_is_full_and_the_next_has_what_changed(charger: Charger) -> None:
    assert _send(charger)[0] == "Full"
    _answer("Accepted")
    RFID.objects.filter(rfid=B).update(allowed=True)
    RFID.objects.filter(rfid=A).delete()
    RFID.objects.create(rfid=C)
    assert _send(charger) == ("Differential", 2, {A: None, B: OK, C: OK})
    row = _answer("Accepted")
    assert (row.update_type, row.entries) == ("Differential", {B: OK, C: OK})


def test_where_nothing_changed_nothing_is_sent(charger: Charger) -> None:
    _send(charger)
    _answer("Accepted")
    with pytest.raises(Conflict, match=r"CP1 has all cards as they are \(version 1\)"):
        operations.send_local_list(charger, update_type="Differential")
    assert _send(charger, "Full") == ("Full", 2, {A: OK, B: NO})


def test_a_mismatch_makes_the_next_one_full(charger: Charger) -> None:
    _send(charger)
    _answer("Accepted")
    RFID.objects.create(rfid=C)
    assert _send(charger)[0] == "Differential"
    assert _answer("VersionMismatch").state == LocalListState.VERSION_MISMATCH
    assert _send(charger) == ("Full", 3, {A: OK, B: NO, C: OK})
    _answer("Accepted")
    RFID.objects.filter(rfid=C).delete()
    assert _send(charger) == ("Differential", 4, {C: None})


@pytest.mark.parametrize("status", ["Failed", "NotSupported"])
def test_a_list_that_was_not_taken_changed_nothing(charger: Charger, status: str) -> None:
    _send(charger)
    _answer("Accepted")
    RFID.objects.create(rfid=C)
    _send(charger)
    assert _answer(status).state == status
    assert _send(charger) == ("Differential", 3, {C: OK})


@pytest.mark.parametrize("end", ["timed_out", "refused", "lost"])
def test_after_an_unknown_end_the_next_one_is_full(charger: Charger, end: str) -> None:
    _send(charger)
    _answer("Accepted")
    RFID.objects.create(rfid=C)
    _send(charger)
    command = Command.objects.get(state=CommandState.SENT)
    if end == "timed_out":
        commands.timed_out(command.pk, 1, timezone.now())
    elif end == "refused":
        commands.refused(command.pk, 1, "InternalError", "", timezone.now())
    else:
        commands.connection_lost(charger.pk, 1, timezone.now())
    assert _send(charger)[:2] == ("Full", 3)


def test_a_list_that_never_went_out_changed_nothing(charger: Charger) -> None:
    _send(charger)
    _answer("Accepted")
    RFID.objects.create(rfid=C)
    command = operations.send_local_list(charger, update_type="Differential")
    Command.objects.filter(pk=command.pk).update(expires=timezone.now())
    assert _send(charger)[:2] == ("Differential", 3)


def test_one_is_on_its_way_at_a_time(charger: Charger) -> None:
    _send(charger)
    with pytest.raises(Conflict, match="A list is on its way to CP1"):
        operations.send_local_list(charger)
    _answer("Failed")
    assert _send(charger)[1] == 2


def test_a_version_that_differs_makes_the_next_one_full(charger: Charger) -> None:
    _send(charger)
    _answer("Accepted")
    RFID.objects.create(rfid=C)
    command = operations.get_local_list_version(charger)
    commands.claim_next(charger.pk, 1, timezone.now())
    commands.answered(command.pk, 1, {"list_version": 40}, timezone.now())
    charger.refresh_from_db()
    assert charger.local_list_version == 40
    assert _send(charger)[:2] == ("Full", 41)


def test_a_version_out_of_all_bounds_is_not_counted_from(charger: Charger) -> None:
    Charger.objects.update(local_list_version=10**17)
    assert _send(charger)[:2] == ("Full", 1)


# --- limits --------------------------------------------------------------------------------


def test_a_long_list_goes_out_in_parts(charger: Charger) -> None:
    _limits(charger, SendLocalListMaxLength=1)
    RFID.objects.create(rfid=C)
    assert _send(charger, "Full") == ("Full", 1, {A: OK})
    assert _answer("Accepted").state == LocalListState.SENDING
    with pytest.raises(Conflict, match="on its way"):
        operations.send_local_list(charger)
    assert _claim(charger) == ("Differential", 2, {B: NO})
    _answer("Accepted")
    assert _claim(charger) == ("Differential", 3, {C: OK})
    row = _answer("Accepted")
    assert (row.state, row.version, row.parts_accepted) == (LocalListState.ACCEPTED, 3, 3)
    charger.refresh_from_db()
    assert charger.local_list_version == 3
    assert _nothing_waits(charger)
    RFID.objects.filter(rfid__in=[A, C]).delete()
    assert _send(charger) == ("Differential", 4, {A: None})
    _answer("Accepted")
    assert _claim(charger) == ("Differential", 5, {C: None})


def test_where_a_part_fails_the_rest_is_not_sent_and_the_next_list_is_full(
    charger: Charger,
) -> None:
    _limits(charger, SendLocalListMaxLength=1)
    _send(charger, "Full")
    _answer("Accepted")
    _claim(charger)
    assert _answer("Failed").state == LocalListState.FAILED
    assert _nothing_waits(charger)
    assert _send(charger)[:2] == ("Full", 3)


def test_a_late_answer_to_a_part_goes_on_with_the_next(charger: Charger) -> None:
    _limits(charger, SendLocalListMaxLength=1)
    _send(charger, "Full")
    command = Command.objects.get()
    commands.timed_out(command.pk, 1, timezone.now())
    commands.answered_late(command.pk, 1, {"status": "Accepted"}, timezone.now())
    assert _claim(charger) == ("Differential", 2, {B: NO})


def test_a_late_answer_does_not_disturb_a_newer_list(charger: Charger) -> None:
    _limits(charger, SendLocalListMaxLength=1)
    _send(charger, "Full")
    command = Command.objects.get()
    commands.timed_out(command.pk, 1, timezone.now())
    _send(charger, "Full")
    commands.answered_late(command.pk, 1, {"status": "Accepted"}, timezone.now())
    assert _answer("Accepted").state == LocalListState.SENDING
    assert _claim(charger)[:2] == ("Differential", 4)
    assert _nothing_waits(charger)


def test_a_charger_that_has_gone_gets_no_more_parts(charger: Charger) -> None:
    _limits(charger, SendLocalListMaxLength=1)
    _send(charger, "Full")
    Charger.objects.update(owner="")
    row = _answer("Accepted")
    assert (row.state, row.parts_accepted) == (LocalListState.SENDING, 1)
    assert Command.objects.count() == 1
    Charger.objects.update(owner="somewhere")
    assert _send(charger)[:2] == ("Full", 3)


def test_more_cards_than_it_stores_are_refused_with_both_figures(charger: Charger) -> None:
    _limits(charger, LocalAuthListMaxLength=2)
    assert _send(charger)[2] == {A: OK, B: NO}
    _answer("Accepted")
    RFID.objects.create(rfid=C)
    for update_type in ("Full", "Differential"):
        with pytest.raises(Conflict, match="There are 3 cards, and CP1 stores 2 at most"):
            operations.send_local_list(charger, update_type=update_type)
    assert LocalList.objects.count() == 1


@pytest.mark.parametrize("value", ["0", "-1", "many", "", None])
def test_a_limit_that_is_none_is_passed_over(charger: Charger, value: Any) -> None:
    _limits(charger, LocalAuthListMaxLength=value, SendLocalListMaxLength=value)
    assert _send(charger) == ("Full", 1, {A: OK, B: NO})


def test_old_lists_are_forgotten_but_not_the_last_accepted(
    charger: Charger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local_list, "KEPT", 3)
    for status in ("Accepted", "Accepted", "Failed", "Failed", "Failed", "Failed"):
        _send(charger, "Full")
        _answer(status)
    assert list(LocalList.objects.values_list("version", flat=True)) == [6, 5, 4, 2]


def test_a_charger_that_waits_for_approval_is_told_no_cards(charger: Charger) -> None:
    Charger.objects.update(registration="Pending")
    with pytest.raises(Conflict, match="waits for approval"):
        operations.send_local_list(charger)
    assert not LocalList.objects.exists()


# --- what is told of a card ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("facts", "entry"),
    [
        ({"parent": "fleet"}, {"status": "Accepted", "parent": "FLEET"}),
        (
            {"expires": NOON.replace(year=2099), "parent": "fleet"},
            {"status": "Accepted", "expires": "2099-05-01T12:00:00Z", "parent": "FLEET"},
        ),
        (
            {"expires": NOON.replace(year=2020), "parent": "fleet"},
            {"status": "Expired", "expires": "2020-05-01T12:00:00Z"},
        ),
        (
            {"expires": NOON.replace(year=2020), "allowed": False, "parent": "fleet"},
            {"status": "Blocked", "expires": "2020-05-01T12:00:00Z"},
        ),
    ],
)
def test_expiry_and_group_are_told(db: None, facts: dict[str, Any], entry: dict[str, str]) -> None:
    RFID.objects.create(rfid=A, **facts)
    assert _send(make_charger()) == ("Full", 1, {A: entry})


def test_a_change_of_expiry_or_group_is_a_change(charger: Charger) -> None:
    _send(charger)
    _answer("Accepted")
    RFID.objects.filter(rfid=A).update(parent="fleet")
    assert _send(charger) == ("Differential", 2, {A: {"status": "Accepted", "parent": "FLEET"}})
