"""What anybody may know of one charger."""

import pytest

from ocpp.choices import Registration
from ocpp.domain.queries import landing
from ocpp.models import Charger, Connector

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
