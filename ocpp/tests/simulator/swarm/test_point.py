"""Sessions, faults and quirks of a charge point of a fleet."""

import pytest

from ocpp.simulator.swarm import Swarm
from ocpp.tests.simulator.swarm.world import NO_QUIRKS, World, only

ENERGY = "Energy.Active.Import.Register"


def charging(**options):
    """A world with one charge point that charges from now on."""
    world = World(**options)
    world.run(1)
    world.swarm.points[0].plug("CAFE")
    world.run(1)
    return world


def test_a_whole_session():
    world = charging(interval_s=60, power_kw=36, session_s=3600)
    world.run(600)
    assert world.swarm.points[0].charging
    world.swarm.points[0].unplug("EVDisconnected")
    world.run(1)
    (start,), (stop,) = world.said("StartTransaction"), world.said("StopTransaction")
    assert start["idTag"] == "CAFE"
    # 36 kW for 600 s, and at most half a second between two turns.
    assert stop["meterStop"] - start["meterStart"] == pytest.approx(6_000, abs=20)
    assert (stop["transactionId"], stop["reason"]) == (1, "EVDisconnected")
    samples = world.said("MeterValues")
    assert len(samples) == 10
    registers = [int(one["meterValue"][0]["sampledValue"][0]["value"]) for one in samples]
    assert registers == sorted(registers)
    statuses = [one["status"] for one in world.said("StatusNotification")]
    assert statuses == ["Available", "Preparing", "Charging", "Available"]
    assert (world.statistics.sessions, world.statistics.charging) == (1, 0)
    assert world.statistics.energy_wh == stop["meterStop"] - start["meterStart"]


def test_a_refused_card_charges_nothing():
    world = World()
    world.answers["Authorize"] = {"idTagInfo": {"status": "Blocked"}}
    world.run(1)
    world.swarm.points[0].plug("CAFE")
    world.run(100)
    assert world.said("StartTransaction") == []
    assert (world.statistics.cards_refused, world.swarm.points[0].free) == (1, True)


def test_a_refused_start_is_stopped_as_deauthorized():
    world = World()
    refused = {"idTagInfo": {"status": "Blocked"}, "transactionId": 9}
    world.answers["StartTransaction"] = refused
    world.run(1)
    world.swarm.points[0].plug("CAFE")
    world.run(1)
    (stop,) = world.said("StopTransaction")
    assert (stop["transactionId"], stop["reason"]) == (9, "DeAuthorized")


def test_a_start_with_an_error_is_given_up_and_never_stopped():
    world = World()
    world.answers["StartTransaction"] = "InternalError"
    world.run(1)
    world.swarm.points[0].plug("CAFE")
    world.run(200)
    assert (world.said("StopTransaction"), world.said("MeterValues")) == ([], [])
    assert world.statistics.error_codes == {"InternalError": 1}


def test_what_happens_while_offline_is_told_in_order_afterwards():
    world = charging(interval_s=60)
    world.refusal = ("503", 100.0)
    world.swarm.points[0].cut(0.5)
    world.run(130)
    world.swarm.points[0].unplug("Local")
    before = len(world.frames)
    world.refusal = None
    world.run(150)
    told = [frame[2] for _, frame in world.frames[before:] if frame[0] == 2]
    assert told[0] == "BootNotification"
    kept = [action for action in told if action in ("MeterValues", "StopTransaction")]
    assert kept == ["MeterValues", "MeterValues", "StopTransaction"]
    assert world.said("StopTransaction")[0]["transactionId"] == 1


def test_a_transaction_message_without_answer_is_sent_again():
    world = charging()
    world.answers["StopTransaction"] = None
    world.swarm.points[0].unplug("Local")
    world.run(1)
    world.answers.clear()
    world.run(31)
    first, second = world.said("StopTransaction")
    assert first == second
    numbers = [frame[1] for _, frame in world.frames if frame[0] == 2]
    assert len(numbers) == len(set(numbers))
    statistics = world.statistics
    assert (statistics.lost, statistics.waiting) == (1, 0)
    assert statistics.sent == statistics.answered + statistics.lost


def test_faults_end_the_session_and_pass():
    world = charging(shares=only("faulty"), session_s=10**7)
    world.run(40_000, step=20)
    faults = [one for one in world.said("StatusNotification") if one["status"] == "Faulted"]
    assert faults
    assert all(one["errorCode"] != "NoError" for one in faults)
    assert world.said("StopTransaction")[0]["reason"] == "Other"
    after = [one["status"] for one in world.said("StatusNotification")]
    assert "Available" in after[after.index("Faulted") :]


@pytest.mark.parametrize("kind", ["plain", "relative"])
def test_no_two_sessions_begin_alike(monkeypatch, kind):
    """A start that reads as the one before is a retry of that to every server, and counts once."""
    monkeypatch.setattr(Swarm, "_tell_time", lambda swarm: None)
    world = World(shares=NO_QUIRKS if kind == "plain" else only(kind))
    world.swarm.moment = "2026-05-01T12:00:00"
    point = world.swarm.points[0]
    world.run(1)
    point.plug("CAFE")
    world.turn()
    point.unplug("Other")
    world.turn()
    # The next vehicle comes within the same second, and before a watt-hour has flowed.
    point._arrive()
    assert world.call("RemoteStartTransaction", {"idTag": "CAFE"})[2] == {"status": "Rejected"}
    world.run(5)
    assert (point.free, world.statistics.sessions) == (True, 1)
    world.swarm.moment = "2026-05-01T12:00:01"
    world.frames.clear()
    world.run(1)
    assert (point.charging, world.statistics.sessions) == (True, 2)
    assert [one["timestamp"] for one in world.said("StartTransaction")] == ["2026-05-01T12:00:01Z"]


def samples(name):
    world = charging(shares=only(name), power_kw=36)
    world.run(130)
    return [one["meterValue"][0]["sampledValue"] for one in world.said("MeterValues")], world


def test_registers_in_kwh():
    values, world = samples("kwh")
    assert all(one[0]["unit"] == "kWh" for one in values)
    assert all(0 <= float(one[0]["value"]) - 1 < 2 for one in values)
    assert world.said("StartTransaction")[0]["meterStart"] == 1_000


def test_bare_values():
    values, _ = samples("bare")
    assert all(list(one[0]) == ["value"] for one in values)


def test_registers_that_begin_with_the_session():
    values, world = samples("relative")
    assert world.said("StartTransaction")[0]["meterStart"] == 0
    assert all(int(one[0]["value"]) < 2_000 for one in values)


def test_values_that_name_no_transaction():
    _, world = samples("nameless")
    assert world.said("MeterValues")
    assert all("transactionId" not in one for one in world.said("MeterValues"))


def test_numbers_as_text():
    _, world = samples("text")
    assert {one["connectorId"] for one in world.said("MeterValues")} == {"1"}


@pytest.mark.parametrize(
    ("name", "property"), [("extra", "vendorExtension"), ("null", "reservationId")]
)
def test_properties_of_no_standard(name, property):
    _, world = samples(name)
    assert all(property in one for one in world.said("MeterValues"))


def test_times_without_zone():
    _, world = samples("no-zone")
    assert not world.said("StartTransaction")[0]["timestamp"].endswith("Z")


def test_starts_told_twice():
    world = charging(shares=only("starts-twice"))
    first, second = world.said("StartTransaction")
    assert first == second


def test_stops_told_twice():
    world = charging(shares=only("stops-twice"))
    world.swarm.points[0].unplug("Local")
    world.run(1)
    first, second = world.said("StopTransaction")
    assert first == second


def test_calls_of_the_server_are_answered_and_obeyed():
    world = World(interval_s=1000)
    world.run(1)
    assert world.call("RemoteStartTransaction", {"idTag": "BEEF"})[2] == {"status": "Accepted"}
    assert world.said("StartTransaction")[0]["idTag"] == "BEEF"
    assert world.call("RemoteStartTransaction", {"idTag": "BEEF"})[2] == {"status": "Rejected"}
    assert world.call("RemoteStopTransaction", {"transactionId": 77})[2] == {"status": "Rejected"}
    assert world.call("RemoteStopTransaction", {"transactionId": 1})[2] == {"status": "Accepted"}
    assert world.said("StopTransaction")[0]["reason"] == "Remote"
    keys = world.call("GetConfiguration", {"key": ["HeartbeatInterval", "Nothing"]})[2]
    assert keys["configurationKey"][0]["value"] == "300"
    assert keys["unknownKey"] == ["Nothing"]
    for action in ("Heartbeat", "StatusNotification", "MeterValues", "BootNotification"):
        answer = world.call("TriggerMessage", {"requestedMessage": action})
        assert answer[2] == {"status": "Accepted"}
        assert world.said(action)
    answer = world.call("TriggerMessage", {"requestedMessage": "Unheard"})
    assert answer[2] == {"status": "NotImplemented"}
    assert world.call("SetChargingProfile", {})[:3] == [4, "s1", "NotImplemented"]
    assert world.statistics.calls == 11


def test_a_reset_stops_the_session_and_comes_back():
    world = charging()
    assert world.call("Reset", {"type": "Hard"})[2] == {"status": "Accepted"}
    assert world.said("StopTransaction")[0]["reason"] == "HardReset"
    world.run(5)
    assert len(world.wires) == 2
    assert world.said("BootNotification")
    assert world.statistics.cut == 0
