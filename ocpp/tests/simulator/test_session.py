"""A session as the central system sees it."""

import asyncio
from itertools import pairwise

import pytest

from ocpp.simulator import ErrorKind, Phase, SimulatorError
from ocpp.tests.simulator.conftest import running


def register(payload):
    """The energy that a MeterValues tells, in Wh."""
    (value,) = payload["meterValue"]
    (energy,) = [s for s in value["sampledValue"] if s["measurand"].startswith("Energy")]
    return int(energy["value"])


async def test_whole_session(central, make):
    point = make()
    await point._run_session()

    assert central.identities == ["/ws/ocpp/CP1/"]
    assert central.actions == [
        "BootNotification",
        "Authorize",
        "StartTransaction",
        *["MeterValues"] * 5,
        "StopTransaction",
    ]
    assert central.sent("Authorize") == [{"idTag": "DEADBEEF"}]
    statuses = [s["status"] for s in central.sent("StatusNotification") if s["connectorId"] == 1]
    assert statuses == ["Available", "Preparing", "Charging", "Finishing", "Available"]
    (start,), (stop,) = central.sent("StartTransaction"), central.sent("StopTransaction")
    assert (start["connectorId"], start["idTag"], start["meterStart"]) == (1, "DEADBEEF", 0)
    assert (stop["transactionId"], stop["reason"], stop["idTag"]) == (101, "Local", "DEADBEEF")
    assert point.phase is Phase.OFFLINE
    assert point.sessions == 1
    assert point.energy_wh == stop["meterStop"]


async def test_energy_is_believable(central, make):
    point = make(power_kw=11, duration_s=600, interval_s=60)
    await point._run_session()

    samples = central.sent("MeterValues")
    assert len(samples) == 9
    readings = [register(sample) for sample in samples]
    steps = [later - earlier for earlier, later in pairwise(readings)]
    # 11 kW for a minute are 183 Wh; the first minute has the ramp in it.
    assert all(178 <= step <= 184 for step in steps)
    assert readings[0] < min(steps)
    (stop,) = central.sent("StopTransaction")
    assert 1_600 < stop["meterStop"] < 11_000 * 600 / 3600
    ends = [
        (d["sampledValue"][0]["context"], d["sampledValue"][0]["value"])
        for d in stop["transactionData"]
    ]
    assert ends == [("Transaction.Begin", "0"), ("Transaction.End", str(stop["meterStop"]))]


async def test_samples_have_phases_and_units(central, make):
    await make(power_kw=11)._run_session()

    (value,) = central.sent("MeterValues")[2]["meterValue"]
    found = {(s["measurand"], s.get("phase")): s for s in value["sampledValue"]}
    assert {phase for name, phase in found if name == "Current.Import"} == {"L1", "L2", "L3"}
    assert {phase for name, phase in found if name == "Voltage"} == {"L1-N", "L2-N", "L3-N"}
    assert ("SoC", None) in found
    power = int(found["Power.Active.Import", None]["value"])
    current = sum(float(found["Current.Import", f"L{n}"]["value"]) for n in (1, 2, 3))
    assert power == pytest.approx(current * 230, rel=0.02)
    assert {s["context"] for s in value["sampledValue"]} == {"Sample.Periodic"}


async def test_register_continues_over_sessions(central, make):
    point = make(register_wh=12_345)
    await point._run_session()
    await point._run_session()

    first, second = central.sent("StartTransaction")
    assert first["meterStart"] == 12_345
    assert second["meterStart"] == central.sent("StopTransaction")[0]["meterStop"] > 12_345
    assert [s["transactionId"] for s in central.sent("StopTransaction")] == [101, 102]
    assert point.sessions == 2


async def test_repeat_stays_online_until_stopped(central, make):
    point = make(repeat=True, duration_s=20)
    task = asyncio.create_task(point.run())
    await central.until(lambda: len(central.sent("StopTransaction")) >= 2)
    point.stop()
    await asyncio.wait_for(task, 5)

    assert len(central.sent("BootNotification")) == 1
    assert len(central.sent("StopTransaction")) == len(central.sent("StartTransaction"))


async def test_stop_ends_the_transaction_first(central, make):
    point = make(duration_s=100_000)
    async with running(point):
        await central.until(lambda: len(central.sent("MeterValues")) >= 2)
        assert point.phase is Phase.CHARGING
        point.stop()

    (stop,) = central.sent("StopTransaction")
    assert stop["reason"] == "Local"
    assert stop["meterStop"] >= register(central.sent("MeterValues")[-1])


async def test_stop_while_waiting_to_be_accepted(central, make):
    central.say(
        "BootNotification",
        {"status": "Pending", "currentTime": "2025-01-01T00:00:00Z", "interval": 30},
    )
    point = make()
    async with running(point):
        await central.until(lambda: central.requests)
        assert point.phase is Phase.BOOTING
        point.stop()
    assert central.actions == ["BootNotification"]


async def test_delay_before_the_card(central, make):
    point = make(pre_charge_delay_s=10_000)
    async with running(point):
        await central.until(lambda: len(central.sent("StatusNotification")) == 3)
        assert point.phase is Phase.PREPARING
        assert central.sent("Authorize") == []
        point.stop()


async def test_pending_charge_point_asks_again(central, make):
    for status in ("Pending", "Rejected"):
        central.say(
            "BootNotification",
            {"status": status, "currentTime": "2025-01-01T00:00:00Z", "interval": 1},
        )
    point = make()
    await point._run_session()
    assert central.actions[:4] == [*["BootNotification"] * 3, "Authorize"]


async def test_heartbeat_at_the_interval_it_was_given(central, make):
    central.interval_s = 1
    point = make(autostart=False)
    async with running(point):
        await central.until(lambda: central.sent("Heartbeat"))
        point.stop()


async def test_basic_credentials(central, make):
    await make(password="secret")._run_session()
    await make(username="somebody", password="s:é")._run_session()
    assert central.authorizations == ["Basic Q1AxOnNlY3JldA==", "Basic c29tZWJvZHk6czrDqQ=="]


async def test_not_two_at_once(central, make):
    point = make(duration_s=100_000)
    async with running(point):
        await central.until(lambda: central.sent("MeterValues"))
        with pytest.raises(RuntimeError, match="CP1 is already running"):
            await point._run_session()
        point.stop()


@pytest.mark.parametrize("status", ["Blocked", "Expired", "Invalid", "ConcurrentTx"])
async def test_refused_card(central, make, status):
    central.say("Authorize", {"idTagInfo": {"status": status}})
    with pytest.raises(SimulatorError) as caught:
        await make()._run_session()
    assert (caught.value.kind, caught.value.detail) == (ErrorKind.CARD, f"DEADBEEF: {status}")
    assert central.sent("StartTransaction") == []
    assert central.sent("StatusNotification")[-1]["status"] == "Available"


async def test_refused_start_is_stopped_without_energy(central, make):
    central.say("StartTransaction", {"transactionId": 7, "idTagInfo": {"status": "Blocked"}})
    point = make()
    with pytest.raises(SimulatorError) as caught:
        await point._run_session()
    assert caught.value.kind is ErrorKind.CARD
    (stop,) = central.sent("StopTransaction")
    assert (stop["transactionId"], stop["reason"], stop["meterStop"]) == (7, "DeAuthorized", 0)
    assert (point.sessions, point.energy_wh) == (0, 0)
    assert central.sent("MeterValues") == []
