"""What staff decide about a charger."""

import pytest

from ocpp.choices import Registration
from ocpp.domain import registration
from ocpp.models import Charger


@pytest.mark.django_db
@pytest.mark.parametrize("decision", list(Registration))
def test_a_charger_that_is_decided_about_is_no_discovery_any_more(decision: Registration) -> None:
    charger = Charger.objects.create(charger_id="CP1", discovered=True, name="kept")
    Charger.objects.update(name="newer")
    registration.decide(charger, decision)
    charger.refresh_from_db()
    assert (charger.registration, charger.discovered) == (decision, False)
    assert charger.name == "newer"
