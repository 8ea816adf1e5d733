"""Reserving from here: the row, what is queued, and what is refused before that."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from model_bakery import baker

from accounts.models import User
from ocpp import operations
from ocpp.choices import ReservationState
from ocpp.domain.errors import Conflict, Invalid, NotConnected, NotFound
from ocpp.models import Charger, Command, Reservation
from ocpp.tests.commanding import make_charger
from ocpp.tests.factories import TAG, make_driver

NOW = datetime(2026, 5, 1, 12, 0, 0, 250_000, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _at_noon() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def charger(db: None) -> Charger:
    return make_charger()


def test_a_reservation_is_kept_and_queued(charger: Charger) -> None:
    account = make_driver()
    user = baker.make(User)
    command = operations.reserve(
        charger, id_tag=TAG.lower(), connector_id=2, minutes=30, parent_id_tag="P", user=user
    )
    made = Reservation.objects.get()
    assert command.payload == {
        "reservation_id": made.pk,
        "connector_id": 2,
        "id_tag": TAG.lower(),
        "parent_id_tag": "P",
        "expires": "2026-05-01T12:30:00Z",
    }
    assert (made.charger, made.connector_id, made.id_tag) == (charger, 2, TAG.lower())
    assert (made.state, made.reason, made.transaction) == (ReservationState.PENDING, "", None)
    assert made.expires == datetime(2026, 5, 1, 12, 30, tzinfo=UTC)
    assert made.account == account
    assert made.rfid is not None
    assert made.rfid.rfid == TAG
    assert made.created_by == command.created_by == user


def test_a_tag_of_nobody_can_have_one(charger: Charger) -> None:
    until = "2026-05-01T08:00:00-05:00"
    given = {"id_tag": "somebody", "expires": until}
    operations.OPERATIONS["reserve"].run(charger, given, None)
    made = Reservation.objects.get()
    assert made.expires == datetime(2026, 5, 1, 13, tzinfo=UTC)
    assert (made.connector_id, made.parent_id_tag) == (0, "")
    assert (made.rfid, made.account) == (None, None)


@pytest.mark.parametrize(("minutes", "lives_s"), [(1, 59), (3, 179), (6, 300)])
def test_it_is_sent_while_it_lasts_or_never(charger: Charger, minutes: int, lives_s: int) -> None:
    command = operations.reserve(charger, id_tag="A", minutes=minutes)
    assert command.expires == NOW + timedelta(seconds=lives_s)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"minutes": 5}, "id_tag: is required."),
        ({"id_tag": "A"}, "minutes: Give either minutes or expires."),
        (
            {"id_tag": "A", "minutes": 5, "expires": "2026-05-01T13:00:00Z"},
            "minutes: Give either minutes or expires.",
        ),
        ({"id_tag": "A", "minutes": 0}, "minutes: must be a whole number from 1 to 43200."),
        ({"id_tag": "A", "expires": "2026-05-01T12:00:00Z"}, "expires: lies in the past."),
        ({"id_tag": "A", "expires": "2026-05-01T13:00:00"}, "expires: must be a time with its"),
        ({"id_tag": "A", "expires": "soon"}, "expires: must be a time with its zone"),
        ({"id_tag": "A", "expires": 5}, "expires: must be a time with its zone"),
        ({"id_tag": "A", "expires": "9999-12-31T23:59:59-14:00"}, "expires: must be a time betw"),
        ({"id_tag": "A", "minutes": 5, "parent_id_tag": "P" * 21}, "parent_id_tag: has 21"),
        ({"id_tag": "A", "minutes": 5, "connector_id": -1}, "connector_id: must be a whole"),
    ],
)
def test_it_refuses_before_anything_is_kept(
    charger: Charger, given: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(Invalid) as caught:
        operations.OPERATIONS["reserve"].run(charger, given, None)
    assert str(caught.value).startswith(sentence)
    assert not Reservation.objects.exists()
    assert not Command.objects.exists()


def test_any_connector_only_where_the_charger_does_that(charger: Charger) -> None:
    entry = {"value": "False", "readonly": True}
    Charger.objects.update(config={"ReserveConnectorZeroSupported": entry})
    with pytest.raises(Invalid, match="CP1 does not reserve just any connector"):
        operations.reserve(charger, id_tag="A", minutes=5)
    operations.reserve(charger, id_tag="A", minutes=5, connector_id=1)
    Charger.objects.update(config={"ReserveConnectorZeroSupported": entry | {"value": "true"}})
    operations.reserve(charger, id_tag="A", minutes=5)


def test_without_a_connection_nothing_is_kept(db: None) -> None:
    with pytest.raises(NotConnected):
        operations.reserve(make_charger(connected=False), id_tag="A", minutes=5)
    assert not Reservation.objects.exists()


# --- cancelling ----------------------------------------------------------------------------


def _reservation(charger: Charger, state: ReservationState) -> Reservation:
    return Reservation.objects.create(
        charger=charger, connector_id=1, id_tag="A", state=state, expires=NOW + timedelta(hours=1)
    )


@pytest.mark.parametrize(
    "state", [ReservationState.PENDING, ReservationState.ACTIVE, ReservationState.EXPIRED]
)
def test_what_the_charger_may_hold_can_be_cancelled(
    charger: Charger, state: ReservationState
) -> None:
    made = _reservation(charger, state)
    command = operations.cancel_reservation(charger, reservation_id=made.pk)
    assert command.payload == {"reservation_id": made.pk}


@pytest.mark.parametrize(
    ("state", "word"),
    [
        (ReservationState.REFUSED, "Refused"),
        (ReservationState.CANCELLED, "Cancelled"),
        (ReservationState.USED, "Used"),
    ],
)
def test_what_is_done_with_cannot(charger: Charger, state: ReservationState, word: str) -> None:
    made = _reservation(charger, state)
    with pytest.raises(Conflict, match=f"Reservation {made.pk} of CP1 cannot .*: {word}."):
        operations.cancel_reservation(charger, reservation_id=made.pk)


def test_another_chargers_reservation_is_not_cancelled(charger: Charger) -> None:
    other = _reservation(make_charger("CP2"), ReservationState.ACTIVE)
    with pytest.raises(NotFound, match=f"CP1 has no reservation {other.pk}"):
        operations.cancel_reservation(charger, reservation_id=other.pk)
