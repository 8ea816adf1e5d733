"""What goes on at a charger now, and its lists."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from ocpp.domain.queries import charger as queries
from ocpp.domain.queries import meter_now
from ocpp.models import Charger, Connector, MeterReading
from ocpp.tests.factories import NOON, Reporter

LATER = NOON + timedelta(minutes=30)


def reading(charger: Charger, time: datetime, measurand: str, value: int, **facts: Any) -> None:
    units = {"SoC": "Percent", "Power.Active.Import": "W"}
    MeterReading.objects.create(
        charger=charger,
        timestamp=time,
        measurand=measurand,
        value=value,
        unit=units[measurand],
        **({"connector_id": 1} | facts),
    )


@pytest.fixture
def charging(reporter: Reporter) -> Charger:
    Connector.objects.create(charger=reporter.charger, connector_id=1, status="Charging")
    reporter.start()
    return reporter.charger


def test_the_newest_values_of_a_connector_count(charging: Charger) -> None:
    reading(charging, LATER - timedelta(minutes=1), "Power.Active.Import", 7400)
    reading(charging, LATER - timedelta(minutes=2), "Power.Active.Import", 100)
    reading(charging, LATER - timedelta(minutes=1), "SoC", 61, location="EV")
    (live,) = queries.now_of(charging, LATER)
    assert (live.power_w, live.power_kw, live.soc) == (7400, Decimal("7.4"), 61)


def test_phases_of_one_moment_are_summed(charging: Charger) -> None:
    for phase in ("L1", "L2", "L3"):
        reading(charging, LATER, "Power.Active.Import", 1000, phase=phase)
    reading(charging, LATER - timedelta(minutes=1), "Power.Active.Import", 9, phase="L1")
    (live,) = queries.now_of(charging, LATER)
    assert live.power_w == 3000


def test_what_is_old_says_nothing_of_now(charging: Charger) -> None:
    reading(charging, LATER - meter_now.FRESH - timedelta(seconds=1), "Power.Active.Import", 7400)
    (live,) = queries.now_of(charging, LATER)
    assert live.power_w is None


def test_a_state_of_charge_belongs_to_a_session(charger: Charger) -> None:
    Connector.objects.create(charger=charger, connector_id=1, status="Available")
    reading(charger, LATER, "SoC", 61)
    (live,) = queries.now_of(charger, LATER)
    assert live.soc is None


def test_the_configuration_is_shown_without_secrets(charger: Charger) -> None:
    charger.config = {
        "HeartbeatInterval": {"value": "60", "readonly": False},
        "AuthorizationKey": {"value": "c0ffee", "readonly": False},
        "Odd": "text",
    }
    found = {key.name: (key.value, key.readonly) for key in queries.configuration(charger)}
    assert found["HeartbeatInterval"] == ("60", False)
    assert "c0ffee" not in str(found)
    assert found["Odd"] == ("", False)
    charger.config = ["nonsense"]
    assert queries.configuration(charger) == []
