"""Cards that a simulated charge point judges without asking (OCPP 1.6, 3.5.2)."""

import pytest

from ocpp.simulator import ErrorKind, SimulatorError
from ocpp.tests.simulator.conftest import running
from ocpp.tests.simulator.test_calls import waiting

OURS = "CAFE0001"


def send(version, *cards, update="Full"):
    """The payload of SendLocalList; a card without a status is removed."""
    entries = [
        {"idTag": tag} | ({"idTagInfo": {"status": status}} if status else {})
        for tag, status in cards
    ]
    return {"listVersion": version, "localAuthorizationList": entries, "updateType": update}


async def test_versions_and_updates(central, make):
    point = make(autostart=False)
    async with running(point):
        await waiting(central)

        async def version():
            return (await central.call("GetLocalListVersion", {}))["listVersion"]

        assert await version() == 0
        for payload, status, now in [
            (send(3, (OURS, "Accepted"), ("B", "Blocked")), "Accepted", 3),
            (send(3, ("C", "Accepted"), update="Differential"), "VersionMismatch", 3),
            (send(4, ("B", None), ("C", "Accepted"), update="Differential"), "Accepted", 4),
            (send(5, ("C", None)), "Failed", 4),
            (send(5, ("C", "Accepted"), ("c", "Blocked")), "Failed", 4),
            (send(6), "Accepted", 0),
        ]:
            assert await central.call("SendLocalList", payload) == {"status": status}
            assert await version() == now
        await central.call("ChangeConfiguration", {"key": "LocalAuthListEnabled", "value": "false"})
        assert await version() == -1
        assert await central.call("SendLocalList", send(7)) == {"status": "NotSupported"}
        point.stop()


async def test_a_known_card_is_not_asked_about(central, make):
    async with running(make(autostart=False, interval_s=60)):
        await waiting(central)
        await central.call("SendLocalList", send(1, (OURS, "Accepted")))
        await central.call("ChangeConfiguration", {"key": "LocalPreAuthorize", "value": "true"})
        await central.call("RemoteStartTransaction", {"idTag": OURS.lower()})
    assert central.actions == ["BootNotification", "StartTransaction", "StopTransaction"]


async def offline_with(central, point, status):
    """The card is in the list, its use offline is allowed, and the connection is gone."""
    await waiting(central)
    await central.call("SendLocalList", send(1, (point.config.rfid, status)))
    await central.call("ChangeConfiguration", {"key": "LocalAuthorizeOffline", "value": "true"})
    central.refuse = 503
    await central.drop()


async def test_energy_flows_offline_and_is_told_later(central, make):
    point = make(pre_charge_delay_s=250, duration_s=5_000)
    async with running(point):
        await offline_with(central, point, "Accepted")
        await central.until(lambda: len(central.authorizations) >= 2)
        before = point.energy_wh
        while point.energy_wh == before or point.connector.transaction.id is not None:
            await point._pause(0.02)
            assert central.sent("StartTransaction") == []
        central.refuse = None
    assert "Authorize" not in central.actions
    (start,), (stop,) = central.sent("StartTransaction"), central.sent("StopTransaction")
    assert stop["transactionId"] == 101
    assert stop["meterStop"] - start["meterStart"] == point.energy_wh > 0


async def test_a_blocked_card_is_refused_offline(central, make):
    point = make(pre_charge_delay_s=250)
    with pytest.raises(SimulatorError) as caught:
        async with running(point):
            await offline_with(central, point, "Blocked")
    assert caught.value.kind is ErrorKind.CARD
    assert "Blocked" in caught.value.detail
