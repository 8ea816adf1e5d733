"""Reservations and charging profiles over REST, to the row that the reply moves."""

from typing import Any

import pytest

from ocpp.choices import ProfileState, ReservationState
from ocpp.models import ChargingProfile, Command, Reservation
from ocpp.tests.api.conftest import Act
from ocpp.tests.commanding import answers, make_charger, session_of

PROFILE: dict[str, Any] = {
    "action": "set_charging_profile",
    "connector_id": 1,
    "purpose": "TxDefaultProfile",
    "kind": "Relative",
    "unit": "A",
    "periods": [{"start": 0, "limit": 16.3}, {"start": 60, "limit": 6, "phases": 1}],
}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("status", "state"),
    [("Accepted", ReservationState.ACTIVE), ("Unavailable", ReservationState.REFUSED)],
)
def test_a_reservation_is_made(act: Act, status: str, state: str) -> None:
    with session_of(make_charger(), answers({"status": status})):
        response = act("CP1", {"action": "reserve", "id_tag": "A", "minutes": 30})
    assert response.status_code == 200
    assert response.json()["answer"] == {"status": status}
    assert Reservation.objects.get().state == state


@pytest.mark.django_db(transaction=True)
def test_a_profile_is_installed(act: Act) -> None:
    with session_of(make_charger(), answers({"status": "Accepted"})):
        response = act("CP1", PROFILE)
    assert response.status_code == 200, response.content
    made = ChargingProfile.objects.get()
    assert made.state == ProfileState.INSTALLED
    assert [period["limit"] for period in made.periods] == ["16.3", "6.0"]


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        ({"action": "reserve", "id_tag": "A"}, "minutes: Give either minutes or expires."),
        (
            PROFILE | {"periods": [{"start": 0, "limit": 16.33}]},
            "periods[0].limit: has more than one decimal.",
        ),
        (PROFILE | {"periods": {"start": 0, "limit": 16}}, "periods: must be a list."),
        (PROFILE | {"valid_from": "2026-05-01"}, "valid_from: must be a time with its zone"),
        (PROFILE | {"transaction_id": 5}, "transaction_id: is only for a TxProfile."),
    ],
)
def test_a_wrong_request_is_told_what_is_wrong(
    db: None, act: Act, body: dict[str, Any], detail: str
) -> None:
    make_charger()
    response = act("CP1", body)
    assert response.status_code == 400
    assert response.json()["detail"].startswith(detail)
    assert not Command.objects.exists()
