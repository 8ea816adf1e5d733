"""What a charge point answers to its central system, and that it then does what it said."""

import pytest

from ocpp.tests.simulator.conftest import running

LONG = 1_000_000


async def charging(central):
    """Wait until energy flows."""
    await central.until(
        lambda: (
            central.sent("StatusNotification")[-1:]
            and central.sent("StatusNotification")[-1]["status"] == "Charging"
        )
    )


async def waiting(central):
    """Wait until the charge point has announced itself."""
    await central.until(lambda: len(central.sent("StatusNotification")) >= 2)


async def test_remote_stop(central, make):
    async with running(make(duration_s=LONG)):
        await charging(central)
        assert await central.call("RemoteStopTransaction", {"transactionId": 999}) == {
            "status": "Rejected"
        }
        assert await central.call("RemoteStopTransaction", {"transactionId": 101}) == {
            "status": "Accepted"
        }
    (stop,) = central.sent("StopTransaction")
    assert (stop["transactionId"], stop["reason"]) == (101, "Remote")
    assert "idTag" not in stop


@pytest.mark.parametrize(
    ("authorize", "expected"),
    [("true", ["Authorize", "StartTransaction"]), ("false", ["StartTransaction"])],
)
async def test_remote_start(central, make, authorize, expected):
    async with running(make(autostart=False, interval_s=60)):
        await waiting(central)
        await central.call(
            "ChangeConfiguration", {"key": "AuthorizeRemoteTxRequests", "value": authorize}
        )
        answer = await central.call(
            "RemoteStartTransaction", {"connectorId": 1, "idTag": "CAFE0001"}
        )
        assert answer == {"status": "Accepted"}
    assert central.actions == ["BootNotification", *expected, "StopTransaction"]
    assert central.sent("StartTransaction")[0]["idTag"] == "CAFE0001"


async def test_remote_start_before_the_card(central, make):
    async with running(make(pre_charge_delay_s=LONG)):
        await waiting(central)
        assert await central.call("RemoteStartTransaction", {"idTag": "CAFE0001"}) == {
            "status": "Accepted"
        }
    assert central.sent("StartTransaction")[0]["idTag"] == "CAFE0001"


async def test_remote_start_is_rejected_where_it_cannot_be(central, make):
    point = make(duration_s=LONG, autostart=False)
    async with running(point):
        await waiting(central)
        start = {"connectorId": 2, "idTag": "CAFE0001"}
        assert await central.call("RemoteStartTransaction", start) == {"status": "Rejected"}
        start["connectorId"] = 1
        assert await central.call("RemoteStartTransaction", start) == {"status": "Accepted"}
        await charging(central)
        assert await central.call("RemoteStartTransaction", start) == {"status": "Rejected"}
        point.stop()


async def test_unlock_ends_the_transaction(central, make):
    async with running(make(duration_s=LONG)):
        await charging(central)
        assert await central.call("UnlockConnector", {"connectorId": 2}) == {
            "status": "NotSupported"
        }
        assert await central.call("UnlockConnector", {"connectorId": 1}) == {"status": "Unlocked"}
    assert central.sent("StopTransaction")[0]["reason"] == "UnlockCommand"


async def test_soft_reset_stops_before_the_restart(central, make):
    async with running(make(duration_s=LONG)):
        await charging(central)
        assert await central.call("Reset", {"type": "Soft"}) == {"status": "Accepted"}
    assert central.sent("StopTransaction")[0]["reason"] == "SoftReset"
    assert central.actions[-2:] == ["StopTransaction", "BootNotification"]
    assert len(central.identities) == 2
    assert central.sent("StatusNotification")[-1]["status"] == "Available"


async def test_hard_reset_stops_after_the_restart(central, make):
    async with running(make(duration_s=LONG)):
        await charging(central)
        assert await central.call("Reset", {"type": "Hard"}) == {"status": "Accepted"}
    assert central.sent("StopTransaction")[0]["reason"] == "HardReset"
    assert central.actions[-2:] == ["BootNotification", "StopTransaction"]


@pytest.mark.parametrize("kind", ["Soft", "Hard"])
async def test_reset_of_an_idle_charge_point(central, make, kind):
    point = make(autostart=False)
    async with running(point):
        await waiting(central)
        await central.call("Reset", {"type": kind})
        await central.until(lambda: len(central.sent("StatusNotification")) == 4)
        assert await central.call("RemoteStartTransaction", {"idTag": "CAFE0001"}) == {
            "status": "Accepted"
        }
    assert len(central.sent("BootNotification")) == 2
    assert len(central.sent("StopTransaction")) == 1


async def test_availability_is_scheduled_during_a_transaction(central, make):
    point = make(duration_s=LONG, repeat=True)
    async with running(point):
        await charging(central)
        out = {"connectorId": 1, "type": "Inoperative"}
        assert await central.call("ChangeAvailability", out) == {"status": "Scheduled"}
        await central.call("RemoteStopTransaction", {"transactionId": 101})
    statuses = [s["status"] for s in central.sent("StatusNotification") if s["connectorId"] == 1]
    assert statuses[-2:] == ["Finishing", "Unavailable"]


async def test_an_inoperative_charge_point_starts_nothing(central, make):
    async with running(make(pre_charge_delay_s=1_000, duration_s=20)):
        await waiting(central)
        out = {"connectorId": 0, "type": "Inoperative"}
        assert await central.call("ChangeAvailability", out) == {"status": "Accepted"}
        await central.until(
            lambda: central.sent("StatusNotification")[-1]["status"] == "Unavailable"
        )
        assert await central.call("RemoteStartTransaction", {"idTag": "CAFE0001"}) == {
            "status": "Rejected"
        }
        assert await central.call(
            "ChangeAvailability", {"connectorId": 5, "type": "Operative"}
        ) == {"status": "Rejected"}
        assert central.sent("StartTransaction") == []
        out["type"] = "Operative"
        assert await central.call("ChangeAvailability", out) == {"status": "Accepted"}
        await central.until(lambda: central.sent("StartTransaction"))


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("BootNotification", "chargePointModel"),
        ("Heartbeat", None),
        ("DiagnosticsStatusNotification", "status"),
        ("FirmwareStatusNotification", "status"),
        ("MeterValues", "meterValue"),
    ],
)
async def test_trigger_message(central, make, message, expected):
    point = make(autostart=False)
    async with running(point):
        await waiting(central)
        before = len(central.sent(message))
        assert await central.call("TriggerMessage", {"requestedMessage": message}) == {
            "status": "Accepted"
        }
        await central.until(lambda: len(central.sent(message)) > before)
        payload = central.sent(message)[-1]
        assert payload == {} if expected is None else expected in payload
        point.stop()


async def test_triggered_status_notifications(central, make):
    point = make(autostart=False)
    async with running(point):
        await waiting(central)
        trigger = {"requestedMessage": "StatusNotification"}
        assert await central.call("TriggerMessage", trigger) == {"status": "Accepted"}
        await central.until(lambda: len(central.sent("StatusNotification")) == 4)
        assert await central.call("TriggerMessage", {**trigger, "connectorId": 1}) == {
            "status": "Accepted"
        }
        await central.until(lambda: len(central.sent("StatusNotification")) == 5)
        assert await central.call("TriggerMessage", {**trigger, "connectorId": 2}) == {
            "status": "Rejected"
        }
        point.stop()
    assert [s["connectorId"] for s in central.sent("StatusNotification")] == [0, 1, 0, 1, 1]


async def test_triggered_meter_values_tell_the_moment(central, make):
    point = make(duration_s=LONG, interval_s=LONG)
    async with running(point):
        await charging(central)
        for number in (1, 2):
            await central.call("TriggerMessage", {"requestedMessage": "MeterValues"})
            await central.until(lambda n=number: len(central.sent("MeterValues")) == n)
        point.stop()
    first, second = central.sent("MeterValues")
    assert first["transactionId"] == 101
    samples = [s["meterValue"][0]["sampledValue"][0] for s in (first, second)]
    assert [s["context"] for s in samples] == ["Trigger", "Trigger"]
    assert int(samples[0]["value"]) <= int(samples[1]["value"])


async def test_configuration(central, make):
    point = make(duration_s=LONG, interval_s=LONG)
    async with running(point):
        await charging(central)
        everything = (await central.call("GetConfiguration", {}))["configurationKey"]
        keys = {item["key"]: item for item in everything}
        assert keys["NumberOfConnectors"] == {
            "key": "NumberOfConnectors",
            "readonly": True,
            "value": "1",
        }
        assert keys["HeartbeatInterval"]["value"] == "300"
        some = await central.call("GetConfiguration", {"key": ["heartbeatINTERVAL", "Nothing"]})
        assert [item["key"] for item in some["configurationKey"]] == ["HeartbeatInterval"]
        assert some["unknownKey"] == ["Nothing"]
        for key, value, status in [
            ("MeterValuesSampledData", "Energy.Active.Import.Register", "Accepted"),
            ("MeterValuesSampledData", "Frequency", "Rejected"),
            ("MeterValueSampleInterval", "-3", "Rejected"),
            ("NumberOfConnectors", "4", "Rejected"),
            ("Nothing", "4", "NotSupported"),
            ("MeterValueSampleInterval", "30", "Accepted"),
        ]:
            answer = await central.call("ChangeConfiguration", {"key": key, "value": value})
            assert answer == {"status": status}
        # The new interval and the new list hold at once, within the running transaction.
        await central.until(lambda: len(central.sent("MeterValues")) >= 2)
        point.stop()
    (sample,) = central.sent("MeterValues")[0]["meterValue"][0]["sampledValue"]
    assert sample["measurand"] == "Energy.Active.Import.Register"


async def test_heartbeat_interval_holds_at_once(central, make):
    point = make(autostart=False)
    async with running(point):
        await waiting(central)
        await central.call("ChangeConfiguration", {"key": "HeartbeatInterval", "value": "1"})
        await central.until(lambda: central.sent("Heartbeat"))
        point.stop()


async def test_cache_and_data_transfer(central, make):
    point = make(autostart=False)
    async with running(point):
        await waiting(central)
        assert await central.call("ClearCache", {}) == {"status": "Accepted"}
        for payload, answer in [
            ({"vendorId": "Other"}, {"status": "UnknownVendorId"}),
            ({"vendorId": "Arthexis", "messageId": "No"}, {"status": "UnknownMessageId"}),
            (
                {"vendorId": "Arthexis", "messageId": "Echo", "data": "día"},
                {"status": "Accepted", "data": "día"},
            ),
        ]:
            assert await central.call("DataTransfer", payload) == answer
        point.stop()


@pytest.mark.parametrize(
    ("action", "payload", "code"),
    [
        ("CostUpdated", {}, "NotImplemented"),
        ("remotestoptransaction", {"transactionId": 1}, "NotImplemented"),
        ("RemoteStopTransaction", {}, "OccurenceConstraintViolation"),
        ("RemoteStopTransaction", {"transactionId": "1"}, "TypeConstraintViolation"),
        ("RemoteStopTransaction", {"transactionId": True}, "TypeConstraintViolation"),
        ("RemoteStopTransaction", {"transactionId": 1, "more": 1}, "FormationViolation"),
        ("RemoteStartTransaction", {"idTag": "x" * 21}, "PropertyConstraintViolation"),
        ("RemoteStartTransaction", {"idTag": 5}, "TypeConstraintViolation"),
        (
            "RemoteStartTransaction",
            {"idTag": "x", "connectorId": 0},
            "PropertyConstraintViolation",
        ),
        ("Reset", {"type": "Gentle"}, "PropertyConstraintViolation"),
        ("GetConfiguration", {"key": "all"}, "TypeConstraintViolation"),
        ("GetConfiguration", {"key": ["x" * 51]}, "PropertyConstraintViolation"),
        ("Heartbeat", {}, "NotImplemented"),
        ("ClearCache", [], "FormationViolation"),
    ],
)
async def test_wrong_calls_are_refused(central, make, action, payload, code):
    point = make(autostart=False)
    async with running(point):
        await waiting(central)
        assert (await central.call(action, payload))[0] == code
        # And it goes on.
        assert await central.call("ClearCache", {}) == {"status": "Accepted"}
        point.stop()
