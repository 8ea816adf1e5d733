"""What anybody may know of one charger."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from ocpp.choices import Registration, ReservationState
from ocpp.domain.queries import landing
from ocpp.models import Charger, Connector, Reservation

pytestmark = pytest.mark.django_db


def test_a_charger_is_found_by_its_id_in_any_case() -> None:
    made = Charger.objects.create(charger_id="CP-ñ/1")
    for spelling in ("CP-ñ/1", "cp-Ñ/1"):
        found = landing.find(spelling, staff=False)
        assert found is not None
        assert found.charger == made


@pytest.mark.parametrize("unknown", ["", "CP2", "a\x00b", "x" * 49])
def test_there_is_nothing_to_know_of_an_unknown_charger(unknown: str) -> None:
    Charger.objects.create(charger_id="CP1")
    assert landing.find(unknown, staff=True) is None


@pytest.mark.parametrize("registration", [Registration.PENDING, Registration.REJECTED])
def test_only_staff_know_of_a_charger_that_is_not_accepted(registration: Registration) -> None:
    Charger.objects.create(charger_id="CP1", registration=registration)
    assert landing.find("CP1", staff=False) is None
    assert landing.find("CP1", staff=True) is not None


def test_its_connectors_come_in_order_and_without_sessions() -> None:
    charger = Charger.objects.create(charger_id="CP1", owner="host/1/word")
    for number in (2, 1, 0):
        Connector.objects.create(charger=charger, connector_id=number, status="Available")
    found = landing.find("CP1", staff=False)
    assert found is not None
    assert [row.number for row in found.connectors] == [1, 2]
    assert all(row.session is None for row in found.connectors)


def _state_of_connector_1() -> str:
    found = landing.find("CP1", staff=False)
    assert found is not None
    return str(found.connectors[0].state.word)


@pytest.mark.parametrize(
    ("status", "reservation", "shown"),
    [
        ("Available", None, "Available"),
        # As the charge point itself says.
        ("Reserved", None, "Reserved"),
        # The charge point accepted it and did not say so.
        ("Available", {}, "Reserved"),
        ("Charging", {}, "Charging"),
        ("Available", {"state": ReservationState.PENDING}, "Available"),
        ("Available", {"state": ReservationState.CANCELLED}, "Available"),
        ("Available", {"connector_id": 2}, "Available"),
        ("Available", {"connector_id": 0}, "Reserved"),
        ("Available", {"expires": timedelta(seconds=-1)}, "Available"),
    ],
)
def test_a_reserved_connector_is_not_offered(
    status: str, reservation: dict[str, Any] | None, shown: str
) -> None:
    charger = Charger.objects.create(charger_id="CP1", owner="host/1/word")
    Connector.objects.create(charger=charger, connector_id=1, status=status)
    if reservation is not None:
        values: dict[str, Any] = {"connector_id": 1, "state": ReservationState.ACTIVE} | reservation
        lasts = values.pop("expires", timedelta(hours=1))
        Reservation.objects.create(
            charger=charger, id_tag="A", expires=timezone.now() + lasts, **values
        )
    assert _state_of_connector_1() == shown
    assert Connector.objects.get().status == status


@pytest.mark.parametrize("whole", ["Faulted", "Unavailable"])
def test_nothing_is_offered_while_the_charger_as_a_whole_is_down(whole: str) -> None:
    charger = Charger.objects.create(charger_id="CP1", owner="host/1/word")
    for number, status in enumerate([whole, "Available", "Charging"]):
        Connector.objects.create(charger=charger, connector_id=number, status=status)
    found = landing.find("CP1", staff=False)
    assert found is not None
    assert [row.number for row in found.connectors] == [0, 1, 2]
    assert [row.state.tone.value for row in found.connectors] == ["broken", "broken", "busy"]
