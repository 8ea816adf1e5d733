"""Reservations: what the charge point's answers make of them, how they are used, when they end."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine

from accounts.models import RFID
from ocpp import operations
from ocpp.choices import AnomalyKind, ReservationState, TransactionState
from ocpp.domain import commands, reservations
from ocpp.models import Charger, Command, Connector, Reservation
from ocpp.tests.commanding import make_charger
from ocpp.tests.factories import NOON, TAG, Reporter, at, make_driver

LATER = NOON + timedelta(seconds=5)


@pytest.fixture(autouse=True)
def _at_noon() -> Any:
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def charger(db: None) -> Charger:
    return make_charger()


@pytest.fixture
def reporter(charger: Charger) -> Reporter:
    return Reporter(charger)


def _send(command: Command) -> Command:
    claimed = commands.claim_next(command.charger_id, 1, NOON)
    assert claimed is not None
    return claimed


def _reserve(charger: Charger, connector: int = 1, tag: str = TAG) -> tuple[Reservation, Command]:
    """A reservation of an hour, on its way to the charge point."""
    command = operations.reserve(charger, id_tag=tag, connector_id=connector, minutes=60)
    return Reservation.objects.latest("pk"), _send(command)


def _active(charger: Charger, connector: int = 1, tag: str = TAG) -> Reservation:
    made, command = _reserve(charger, connector, tag)
    commands.answered(command.pk, 1, {"status": "Accepted"}, LATER)
    return made


def _now(made: Reservation) -> tuple[str, str]:
    made.refresh_from_db()
    return made.state, made.reason


# --- answers -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "state", "reason"),
    [
        ("Accepted", ReservationState.ACTIVE, ""),
        *(
            (word, ReservationState.REFUSED, word)
            for word in ("Faulted", "Occupied", "Rejected", "Unavailable")
        ),
    ],
)
def test_the_answer_moves_it(charger: Charger, status: str, state: str, reason: str) -> None:
    made, command = _reserve(charger)
    assert _now(made) == (ReservationState.PENDING, "")
    commands.answered(command.pk, 1, {"status": status}, LATER)
    assert _now(made) == (state, reason)


def _never_sent(command: Command) -> None:
    Command.objects.filter(pk=command.pk).update(state="queued", epoch=None)
    commands.expire_overdue(NOON + timedelta(hours=1))


def _error(command: Command) -> None:
    commands.refused(command.pk, 1, "NotImplemented", "ReserveNow", LATER)


def _silence(command: Command) -> None:
    commands.timed_out(command.pk, 1, LATER)


def _hang_up(command: Command) -> None:
    commands.connection_lost(command.charger_id, 1, LATER)


@pytest.mark.parametrize(
    ("end", "state", "reason"),
    [
        (_never_sent, ReservationState.REFUSED, "It could not be sent in time"),
        (_error, ReservationState.REFUSED, "NotImplemented ReserveNow"),
        # The charge point may have accepted it all the same.
        (_silence, ReservationState.PENDING, ""),
        (_hang_up, ReservationState.PENDING, ""),
    ],
)
def test_without_an_answer(
    charger: Charger, end: Callable[[Command], None], state: str, reason: str
) -> None:
    made, command = _reserve(charger)
    end(command)
    assert _now(made) == (state, reason)


@pytest.mark.parametrize(
    ("response", "state", "reason"),
    [
        ({"status": "Accepted"}, ReservationState.ACTIVE, ""),
        ({"status": "Occupied"}, ReservationState.REFUSED, "Occupied"),
        ({"error": "InternalError"}, ReservationState.REFUSED, "InternalError"),
    ],
)
def test_a_late_answer_counts(
    charger: Charger, response: dict[str, Any], state: str, reason: str
) -> None:
    made, command = _reserve(charger)
    commands.timed_out(command.pk, 1, LATER)
    commands.answered_late(command.pk, 1, response, LATER)
    assert _now(made) == (state, reason)


@pytest.mark.parametrize(
    ("response", "state", "reason"),
    [
        ({"status": "Accepted"}, ReservationState.CANCELLED, ""),
        (
            {"status": "Rejected"},
            ReservationState.CANCELLED,
            "Rejected: the charge point holds no such reservation",
        ),
    ],
)
def test_cancelled_when_the_charge_point_says_so(
    charger: Charger, response: dict[str, Any], state: str, reason: str
) -> None:
    made, other = _active(charger), _active(charger, 2)
    command = _send(operations.cancel_reservation(charger, reservation_id=made.pk))
    assert _now(made) == (ReservationState.ACTIVE, "")
    commands.answered(command.pk, 1, response, LATER)
    assert _now(made) == (state, reason)
    assert _now(other) == (ReservationState.ACTIVE, "")


def test_an_unanswered_cancellation_changes_nothing(charger: Charger) -> None:
    made = _active(charger)
    command = _send(operations.cancel_reservation(charger, reservation_id=made.pk))
    commands.timed_out(command.pk, 1, LATER)
    commands.answered_late(command.pk, 1, {"error": "GenericError"}, LATER)
    assert _now(made) == (ReservationState.ACTIVE, "")


# --- use -----------------------------------------------------------------------------------


def test_the_transaction_that_names_it_uses_it(charger: Charger, reporter: Reporter) -> None:
    made, other = _active(charger), _active(charger, 2)
    started, _ = reporter.start(tag="other tag", connector=2, reservation=made.pk)
    assert _now(made) == (ReservationState.USED, "")
    assert made.transaction == started
    assert _now(other)[0] == ReservationState.ACTIVE
    assert reporter.anomalies() == []


def test_a_retry_uses_nothing_else(charger: Charger, reporter: Reporter) -> None:
    made, other = _active(charger), _active(charger)
    started, _ = reporter.start()
    again, _ = reporter.start()
    assert again == started
    assert (_now(made)[0], _now(other)[0]) == (ReservationState.USED, ReservationState.ACTIVE)
    assert made.transaction == started


def test_a_reservation_whose_answer_was_lost_can_be_used(
    charger: Charger, reporter: Reporter
) -> None:
    made, command = _reserve(charger)
    commands.timed_out(command.pk, 1, LATER)
    reporter.start(reservation=made.pk)
    assert _now(made)[0] == ReservationState.USED


@pytest.mark.parametrize("number", [-1, 0, 987654, 10**18 - 1])
def test_a_number_that_means_nothing_is_noted(reporter: Reporter, number: int) -> None:
    started, status = reporter.start(reservation=number)
    assert status == "Accepted"
    (anomaly,) = reporter.anomalies()
    assert (anomaly.kind, anomaly.transaction_id) == (AnomalyKind.TRANSACTION, started.pk)
    assert f"reservation {number}" in anomaly.detail


def test_another_chargers_reservation_is_not_used(reporter: Reporter) -> None:
    made = _active(make_charger("CP2"))
    reporter.start(reservation=made.pk)
    assert _now(made)[0] == ReservationState.ACTIVE
    assert len(reporter.anomalies()) == 1


@pytest.mark.parametrize("reserved", [0, 1])
def test_without_a_number_tag_and_connector_tell(
    charger: Charger, reporter: Reporter, reserved: int
) -> None:
    made = _active(charger, reserved)
    started, _ = reporter.start(tag=TAG.lower(), connector=1)
    assert _now(made)[0] == ReservationState.USED
    assert made.transaction == started


def test_its_own_connector_goes_before_any(charger: Charger, reporter: Reporter) -> None:
    any_connector, own = _active(charger, 0), _active(charger, 1)
    reporter.start()
    assert (_now(any_connector)[0], _now(own)[0]) == ("active", "used")


@pytest.mark.parametrize(
    "start",
    [
        {"tag": "BEEF0001"},
        {"connector": 2},
        # Over, by the time at which charging began.
        {"time": at(60), "now": NOON + timedelta(minutes=60)},
        # Begun before it was reserved, and reported later.
        {"time": at(-30)},
    ],
)
def test_a_start_that_does_not_fit_leaves_it(
    charger: Charger, reporter: Reporter, start: dict[str, Any]
) -> None:
    made = _active(charger)
    reporter.start(**start)
    assert _now(made)[0] == ReservationState.ACTIVE


def test_a_start_in_time_that_is_reported_late_uses_it(
    charger: Charger, reporter: Reporter
) -> None:
    made = _active(charger)
    reservations.settle_overdue(NOON + timedelta(hours=2))
    assert _now(made)[0] == ReservationState.EXPIRED
    reporter.start(time=at(59), now=NOON + timedelta(hours=3))
    assert _now(made)[0] == ReservationState.USED


def test_a_refused_start_uses_only_what_it_names(charger: Charger, reporter: Reporter) -> None:
    make_driver(allowed=False)
    made = _active(charger)
    started, status = reporter.start()
    assert (status, started.state) == ("Blocked", TransactionState.REFUSED)
    assert _now(made)[0] == ReservationState.ACTIVE
    reporter.start(meter=1001, reservation=made.pk)
    assert _now(made)[0] == ReservationState.USED


# --- expiry --------------------------------------------------------------------------------


def test_it_expires_without_anybody_doing_anything(charger: Charger) -> None:
    made = _active(charger)
    made.refresh_from_db()
    assert made.state_at(NOON + timedelta(minutes=59)) == ReservationState.ACTIVE
    assert made.state_at(NOON + timedelta(minutes=60)) == ReservationState.EXPIRED
    assert set(reservations.held([charger.pk], NOON)[charger.pk]) == {1}
    assert reservations.held([charger.pk], NOON + timedelta(minutes=60)) == {}


def test_settling_marks_what_is_overdue_and_nothing_else(charger: Charger) -> None:
    pending, _ = _reserve(charger)
    active, used = _active(charger), _active(charger, 2)
    Reservation.objects.filter(pk=used.pk).update(state=ReservationState.USED)
    assert reservations.settle_overdue(NOON + timedelta(minutes=59)) == 0
    assert reservations.settle_overdue(NOON + timedelta(minutes=60)) == 2
    assert reservations.settle_overdue(NOON + timedelta(minutes=60)) == 0
    assert [_now(one)[0] for one in (pending, active, used)] == ["expired", "expired", "used"]


# --- groups --------------------------------------------------------------------------------


def _for_group(charger: Charger, parent: str, connector: int = 1, tag: str = "00") -> Reservation:
    command = operations.reserve(
        charger, id_tag=tag, parent_id_tag=parent, connector_id=connector, minutes=60
    )
    commands.answered(_send(command).pk, 1, {"status": "Accepted"}, LATER)
    return Reservation.objects.latest("pk")


@pytest.mark.parametrize(
    ("parent", "uses"), [("fleet", True), ("FLEET", True), ("other", False), ("", False)]
)
def test_any_card_of_the_group_uses_what_is_reserved_for_it(
    charger: Charger, reporter: Reporter, parent: str, uses: bool
) -> None:
    RFID.objects.create(rfid=TAG, parent=parent)
    made = _for_group(charger, "Fleet")
    started, _ = reporter.start(time=at(10))
    made.refresh_from_db()
    assert (made.transaction == started) is uses


def test_a_reservation_for_no_group_is_not_used_by_cards_of_no_group(
    charger: Charger, reporter: Reporter
) -> None:
    RFID.objects.create(rfid=TAG)
    made = _active(charger, tag="00")
    reporter.start(time=at(10))
    assert _now(made)[0] == ReservationState.ACTIVE


def test_the_groups_name_for_an_id_tag_uses_it_too(charger: Charger, reporter: Reporter) -> None:
    made = _for_group(charger, "Fleet")
    reporter.start(tag="fleet", time=at(10))
    assert _now(made)[0] == ReservationState.USED


def test_ones_own_goes_before_that_of_the_group(charger: Charger, reporter: Reporter) -> None:
    RFID.objects.create(rfid=TAG, parent="FLEET")
    groups = _for_group(charger, "FLEET")
    own = _active(charger, connector=0)
    reporter.start(time=at(10))
    assert (_now(own)[0], _now(groups)[0]) == (ReservationState.USED, ReservationState.ACTIVE)


@pytest.mark.parametrize(
    ("statuses", "kept", "shown"),
    [
        ("AA", {}, "AA"),
        ("AA", {1: 1}, "RA"),
        ("CA", {1: 1, 2: 1}, "CR"),
        # Any connector: none in particular, until no other is left.
        ("AA", {0: 1}, "AA"),
        ("CA", {0: 1}, "CR"),
        ("AA", {0: 2}, "RR"),
        ("AA", {0: 1, 1: 1}, "RR"),
        # The charge point has chosen the one that it keeps.
        ("RA", {0: 1}, "RA"),
        ("RA", {0: 2}, "RR"),
        ("RA", {0: 1, 1: 1}, "RR"),
        ("CC", {0: 3}, "CC"),
    ],
)
def test_what_is_kept_is_shown_as_reserved(
    charger: Charger, statuses: str, kept: dict[int, int], shown: str
) -> None:
    words = {"A": "Available", "R": "Reserved", "C": "Charging"}
    reported = {
        number: Connector(charger=charger, connector_id=number, status=words[letter])
        for number, letter in enumerate(statuses, start=1)
    }
    reported[0] = Connector(charger=charger, connector_id=0, status="Available")
    reservations.mark(reported, Counter(kept))
    assert reported[0].status == "Available"
    assert "".join(reported[n].status[0] for n in (1, 2)) == shown
