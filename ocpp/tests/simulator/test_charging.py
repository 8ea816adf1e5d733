"""Charging profiles of a simulated charge point: put together, obeyed, told (OCPP 1.6, 3.13)."""

from datetime import UTC, datetime, timedelta

import pytest

from ocpp.simulator.charging import Period, Profile, Profiles
from ocpp.tests.simulator.conftest import running
from ocpp.tests.simulator.test_calls import charging, waiting

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
HOUR = 3600
SCHEDULE = {"chargingRateUnit": "W", "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 6000}]}


def profile(number=1, *, limit=5000, **fields):
    """A profile for connector 1, of one period unless said otherwise."""
    values = {
        "connector_id": 1,
        "id": number,
        "level": 0,
        "purpose": "TxDefaultProfile",
        "kind": "Absolute",
        "unit": "W",
        "periods": (Period(0, limit, None),),
        "start": NOON,
    }
    return Profile(**values | fields)


def plan(*profiles, first=NOON, seconds=HOUR, begun=None, connector_id=1):
    """What they allow together, at most 11 kW on three phases."""
    stored = Profiles(connectors=1)
    for one in profiles:
        assert stored.install(one, transaction_id=5) == "Accepted"
    return stored.plan(connector_id, first, seconds, begun=begun, phases=3, most_w=11_000)


def test_nothing_is_no_limit():
    assert plan() == [(0, 11_000)]


def test_periods_follow_each_other():
    periods = (Period(0, 5000, None), Period(600, 7000, None), Period(1200, 20_000, None))
    assert plan(profile(periods=periods, duration=1800)) == [
        (0, 5000),
        (600, 7000),
        (1200, 11_000),
    ]


def test_the_whole_charge_point_is_limited_too():
    whole = profile(2, limit=6000, connector_id=0, purpose="ChargePointMaxProfile")
    both = (profile(periods=(Period(0, 5000, None), Period(600, 9000, None))), whole)
    assert plan(*both) == [(0, 5000), (600, 6000)]
    assert plan(*both, connector_id=0) == [(0, 6000)]


def test_the_highest_level_that_says_something_counts():
    low = profile(1, limit=9000)
    high = profile(2, limit=3000, level=3, duration=300, start=NOON + timedelta(minutes=10))
    assert plan(low, high) == [(0, 9000), (600, 3000), (900, 9000)]


def test_a_profile_of_the_transaction_replaces_the_default():
    default = profile(1, limit=3000)
    own = profile(2, limit=8000, purpose="TxProfile", kind="Relative", start=None, duration=600)
    assert plan(default, own) == [(0, 3000)]
    begun = NOON - timedelta(minutes=5)
    assert plan(default, own, begun=begun) == [(0, 8000), (300, 3000)]


def test_recurring_comes_back():
    daily = profile(kind="Recurring", recurrence="Daily", duration=HOUR, limit=2000)
    first = NOON + timedelta(days=3, minutes=30)
    assert plan(daily, first=first, seconds=86_400) == [
        (0, 2000),
        (1800, 11_000),
        (84_600, 2000),
    ]


def test_validity_and_amperes():
    limited = profile(
        unit="A",
        periods=(Period(0, 10, None), Period(1800, 10, 1)),
        valid_from=NOON + timedelta(minutes=10),
        valid_to=NOON + timedelta(minutes=40),
    )
    assert plan(limited) == [(0, 11_000), (600, 6900), (1800, 2300), (2400, 11_000)]


@pytest.mark.parametrize(
    "fields",
    [
        {"connector_id": 2},
        {"level": 11},
        {"periods": ()},
        {"periods": (Period(5, 1, None),)},
        {"kind": "Recurring"},
        {"purpose": "ChargePointMaxProfile"},
        {"purpose": "TxProfile", "connector_id": 0},
        {"purpose": "TxProfile", "transaction_id": 6},
    ],
)
def test_what_is_rejected(fields):
    assert Profiles(connectors=1).install(profile(**fields), 5) == "Rejected"


def test_replacing_and_clearing():
    stored = Profiles(connectors=1)
    for one in (profile(1), profile(1, limit=1), profile(2, limit=2), profile(3, level=1)):
        stored.install(one, None)
    # 1 was replaced by its number, then by one of the same level and purpose.
    assert not stored.clear(1, None, None, None)
    assert stored.clear(None, 1, "TxDefaultProfile", 1)
    assert stored.clear(2, None, None, None)
    assert not stored.clear(None, None, None, None)


def set_profile(number=1, *, purpose="TxDefaultProfile", **schedule):
    """The payload of SetChargingProfile."""
    return {
        "connectorId": 1,
        "csChargingProfiles": {
            "chargingProfileId": number,
            "stackLevel": 0,
            "chargingProfilePurpose": purpose,
            "chargingProfileKind": "Relative",
            "chargingSchedule": SCHEDULE | schedule,
        },
    }


async def test_it_is_obeyed_and_told(central, make):
    point = make(duration_s=1_000_000, power_kw=11)
    async with running(point):
        await waiting(central)
        tx = set_profile(2, purpose="TxProfile")
        assert await central.call("SetChargingProfile", tx) == {"status": "Rejected"}
        await charging(central)
        assert await central.call("SetChargingProfile", set_profile(2, purpose="TxProfile")) == {
            "status": "Accepted"
        }
        answer = await central.call("GetCompositeSchedule", {"connectorId": 1, "duration": HOUR})
        assert answer["chargingSchedule"]["chargingSchedulePeriod"] == [
            {"startPeriod": 0, "limit": 6000}
        ]
        in_amperes = await central.call(
            "GetCompositeSchedule", {"connectorId": 1, "duration": 60, "chargingRateUnit": "A"}
        )
        assert in_amperes["chargingSchedule"]["chargingSchedulePeriod"][0]["limit"] == 8.7
        assert await central.call("GetCompositeSchedule", {"connectorId": 2, "duration": 60}) == {
            "status": "Rejected"
        }
        count = len(central.sent("MeterValues"))
        await central.until(lambda: len(central.sent("MeterValues")) > count + 3)
        powers = [
            int(sample["value"])
            for sent in central.sent("MeterValues")[count + 1 :]
            for sample in sent["meterValue"][0]["sampledValue"]
            if sample["measurand"] == "Power.Active.Import"
        ]
        assert max(powers) <= 6000
        clear = {"chargingProfilePurpose": "TxProfile"}
        assert await central.call("ClearChargingProfile", clear) == {"status": "Accepted"}
        assert await central.call("ClearChargingProfile", clear) == {"status": "Unknown"}
        point.stop()


async def test_a_remote_start_may_bring_its_profile(central, make):
    point = make(autostart=False, duration_s=1_000_000)
    async with running(point):
        await waiting(central)
        brought = set_profile(4, purpose="TxProfile")["csChargingProfiles"]
        start = {"idTag": "CAFE0001", "chargingProfile": brought}
        assert await central.call("RemoteStartTransaction", start) == {"status": "Accepted"}
        await charging(central)
        assert await central.call("ClearChargingProfile", {"id": 4}) == {"status": "Accepted"}
        point.stop()
