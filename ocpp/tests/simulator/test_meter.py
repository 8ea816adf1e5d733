"""The meter counts whole watt-hours, and never more than the connector can deliver."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocpp.simulator.meter import MEASURANDS, Meter

HOUR_MS = 3_600_000


@given(
    power_w=st.integers(100, 350_000),
    register_wh=st.integers(0, 10**9),
    steps=st.lists(st.integers(0, HOUR_MS), max_size=8),
)
def test_never_backwards_and_never_too_much(power_w, register_wh, steps):
    meter = Meter(power_w, register_wh, seed="CP1")
    meter.begin()
    last = meter.register_wh
    assert last == register_wh
    for step in steps:
        meter.advance(step)
        assert last <= meter.register_wh <= last + power_w * step // HOUR_MS + 1
        assert 0 <= meter.power_w() <= power_w
        assert 0 <= meter.soc_percent <= 100
        last = meter.register_wh


@given(st.lists(st.integers(1, 90), max_size=60))
def test_how_time_is_cut_makes_no_difference(seconds):
    """Fractions of a Wh are kept, not rounded away at each sample."""
    whole, pieces = Meter(11_000, seed="CP1"), Meter(11_000, seed="CP1")
    whole.begin()
    pieces.begin()
    whole.advance(sum(seconds) * 1000)
    for second in seconds:
        pieces.advance(second * 1000)
    assert whole.register_wh == pieces.register_wh


def test_ramp_plateau_and_taper():
    meter = Meter(50_000, seed="CP1")
    meter.begin()
    assert meter.power_w() < 10_000
    meter.advance(30_000)
    assert 49_000 <= meter.power_w() <= 50_000
    meter.advance(3 * HOUR_MS)
    assert meter.power_w() < 5_000
    assert meter.soc_percent >= 98


def test_nothing_flows_without_a_vehicle():
    meter = Meter(11_000, 500)
    meter.advance(HOUR_MS)
    assert (meter.power_w(), meter.register_wh) == (0, 500)
    meter.begin()
    meter.advance(60_000)
    meter.end()
    before = meter.register_wh
    meter.advance(HOUR_MS)
    assert before == meter.register_wh > 500


@pytest.mark.parametrize(("power_w", "phases"), [(3_700, ["L1"]), (22_000, ["L1", "L2", "L3"])])
def test_phases_follow_the_power(power_w, phases):
    meter = Meter(power_w, seed="CP1")
    sample = meter.sample("Sample.Periodic", ["Current.Import"])
    assert [value["phase"] for value in sample] == phases


def test_only_what_is_asked_for_is_sampled():
    meter = Meter(3_700)
    assert meter.sample("Trigger", []) == []
    assert {v["measurand"] for v in meter.sample("Trigger", MEASURANDS)} == set(MEASURANDS)
    (energy,) = meter.sample("Trigger", MEASURANDS[:1])
    assert energy == {
        "context": "Trigger",
        "value": "0",
        "measurand": "Energy.Active.Import.Register",
        "unit": "Wh",
        "format": "Raw",
        "location": "Outlet",
    }
