"""What is plotted of a charger's meters."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from ocpp.domain.queries import series
from ocpp.domain.queries.series import Kind, Series, Told
from ocpp.domain.queries.windows import Window
from ocpp.models import Charger, MeterReading, QuarterHour
from ocpp.tests.factories import NOON

MINUTE = timedelta(minutes=1)


def reading(charger: Charger, minute: float, measurand: str, value: float, **facts: Any) -> None:
    MeterReading.objects.create(
        charger=charger,
        timestamp=NOON + minute * MINUTE,
        measurand=measurand,
        value=Decimal(str(value)),
        **({"connector_id": 1} | facts),
    )


def told(charger: Charger, minutes: int = 60) -> Told:
    return series.of(charger, Window(NOON, NOON + minutes * MINUTE))


def only(charger: Charger, minutes: int = 60) -> Series:
    (found,) = told(charger, minutes).series
    return found


def values(found: Series, kind: Kind) -> dict[str, list[float]]:
    return {line.label: [float(value) for _, value in line.points] for line in found.lines[kind]}


def test_each_measurand_is_a_line_for_each_phase(charger: Charger) -> None:
    for minute in (0, 10):
        reading(charger, minute, "Voltage", 230 + minute, unit="V", phase="L1-N")
        reading(charger, minute, "Voltage", 231, unit="V", phase="L2-N")
        reading(charger, minute, "SoC", 50 + minute, unit="Percent", location="EV")
        reading(charger, minute, "Temperature", 30, unit="Celsius", location="Body")
        reading(charger, minute, "Current.Import", 16, unit="A", location="Outlet")
    reading(charger, -1, "Voltage", 1, unit="V")
    reading(charger, 60, "Voltage", 1, unit="V")
    found = only(charger)
    assert values(found, Kind.VOLTAGE) == {"L1-N": [230, 240], "L2-N": [231, 231]}
    assert values(found, Kind.SOC) == {"EV": [50, 60]}
    assert values(found, Kind.TEMPERATURE) == {"Body": [30, 30]}
    assert values(found, Kind.CURRENT) == {"": [16, 16]}


def test_power_is_that_of_all_phases(charger: Charger) -> None:
    for phase in ("L1", "L2", "L3"):
        reading(charger, 0, "Power.Active.Import", 1000, unit="W", phase=phase)
    reading(charger, 1, "Power.Active.Import", 2500, unit="W")
    reading(charger, 1, "Power.Active.Import", 900, unit="W", phase="L1")
    reading(charger, 2, "Power.Active.Import", 9999, unit="W", location="Inlet")
    reading(charger, 3, "Power.Active.Import", 7, unit="horses")
    assert values(only(charger), Kind.POWER) == {"": [3000, 2500]}


def test_connectors_are_apart(charger: Charger) -> None:
    for number in (2, 1):
        reading(charger, 0, "SoC", number, unit="Percent", connector_id=number)
    assert [one.number for one in told(charger).series] == [1, 2]


def test_many_points_become_means(charger: Charger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(series, "MOST_POINTS", 3)
    for minute in range(9):
        reading(charger, minute, "SoC", minute, unit="Percent")
    assert values(only(charger), Kind.SOC) == {"": [1, 4, 7]}


def test_too_many_readings_are_cut_and_it_is_said(
    charger: Charger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(series, "MOST_READINGS", 2)
    for minute in range(4):
        reading(charger, minute, "SoC", minute, unit="Percent")
    found = told(charger)
    assert values(found.series[0], Kind.SOC) == {"": [2, 3]}
    assert found.cut == NOON + 2 * MINUTE


def quarter(charger: Charger, minute: int, energy_wh: int, **facts: Any) -> None:
    QuarterHour.objects.create(
        charger=charger,
        start=NOON + minute * MINUTE,
        energy_wh=energy_wh,
        **({"connector_id": 1} | facts),
    )


def test_a_long_window_reads_no_readings(charger: Charger, django_assert_num_queries: Any) -> None:
    reading(charger, 0, "SoC", 1, unit="Percent")
    quarter(charger, 0, 250, power_mean_w=1000, power_max_w=2000, samples=3)
    with django_assert_num_queries(1):
        found = only(charger, 24 * 60)
    assert values(found, Kind.POWER) == {"mean": [1000], "highest": [2000]}
    assert Kind.SOC not in found.lines
    assert [(bar.begin, bar.energy_wh) for bar in found.energy] == [(NOON, 250)]


@pytest.mark.parametrize(
    ("hours", "bars"),
    [(24, [100, 200, 400]), (7 * 24, [300, 400]), (31 * 24, [700])],
)
def test_energy_is_summed_by_quarters_hours_or_days(
    charger: Charger, hours: int, bars: list[int]
) -> None:
    for minute, energy in ((0, 100), (45, 200), (60, 400)):
        quarter(charger, minute, energy)
    end = NOON + timedelta(hours=2)
    (found,) = series.of(charger, Window(end - timedelta(hours=hours), end)).series
    assert [bar.energy_wh for bar in found.energy] == bars
