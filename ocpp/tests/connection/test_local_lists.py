"""Local lists over the wire: nobody asks, and the charge point has the cards as they are."""

import json
from typing import Any

import pytest

from accounts.models import RFID
from ocpp.connection import local_lists, relay
from ocpp.domain import list_sync
from ocpp.models import Charger, LocalListSync
from ocpp.tests.connection.wire import Wire, connected
from ocpp.tests.factories import TAG, in_thread, make_driver


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rounds follow each other quickly; commands are found at once in this very process."""
    monkeypatch.setattr(local_lists, "ROUND_S", 0.05)
    monkeypatch.setattr(relay, "BOOT_S", 60)


def a_charger(upkeep: str = "always") -> Charger:
    make_driver()
    return Charger.objects.create(charger_id="CP1", local_list_upkeep=upkeep, require_rfid=True)


async def serve(wire: Wire, action: str, **answer: Any) -> dict[str, Any]:
    """Wait for a command of the server and answer it; returns its payload."""
    frame = await wire.get()
    assert frame[2] == action, frame
    wire.put(json.dumps([3, frame[1], answer]))
    payload: dict[str, Any] = frame[3]
    return payload


async def test_a_card_that_is_blocked_reaches_a_connected_charge_point() -> None:
    await in_thread(a_charger)
    async with connected() as wire:
        await serve(wire, "GetLocalListVersion", listVersion=0)
        listed = await serve(wire, "SendLocalList", status="Accepted")
        entry = {"idTag": TAG, "idTagInfo": {"status": "Accepted"}}
        assert listed == {
            "listVersion": 1,
            "updateType": "Full",
            "localAuthorizationList": [entry],
        }
        await in_thread(lambda: RFID.objects.filter(rfid=TAG).update(allowed=False))
        entry["idTagInfo"] = {"status": "Blocked"}
        assert await serve(wire, "SendLocalList", status="Accepted") == {
            "listVersion": 2,
            "updateType": "Differential",
            "localAuthorizationList": [entry],
        }
        assert await wire.silent(0.3)
    # It comes back with the list that it had: it is asked, and told nothing more.
    async with connected() as wire:
        await serve(wire, "GetLocalListVersion", listVersion=2)
        assert await wire.silent(0.3)
        assert "currentTime" in await wire.call("Heartbeat")


async def test_an_import_of_many_cards_is_one_message() -> None:
    await in_thread(a_charger)

    def bring() -> None:
        RFID.objects.bulk_create(RFID(rfid=f"{number:08}") for number in range(50))

    async with connected() as wire:
        await serve(wire, "GetLocalListVersion", listVersion=0)
        await serve(wire, "SendLocalList", status="Accepted")
        await in_thread(bring)
        listed = await serve(wire, "SendLocalList", status="Accepted")
        assert len(listed["localAuthorizationList"]) == 50
        assert await wire.silent(0.2)


async def test_one_that_has_never_shown_a_list_is_not_bothered() -> None:
    await in_thread(lambda: Charger.objects.create(charger_id="CP1"))
    async with connected() as wire:
        await in_thread(make_driver)
        assert await wire.silent(0.3)


async def test_trouble_in_a_round_ends_nothing(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    await in_thread(a_charger)
    real = list_sync.synchronise
    failures = iter([RuntimeError("once")])

    def fail_first(now: Any) -> int:
        for failure in failures:
            raise failure
        return real(now)

    monkeypatch.setattr(list_sync, "synchronise", fail_first)
    async with connected() as wire:
        await serve(wire, "GetLocalListVersion", listVersion=-1)
        assert await wire.silent(0.3)
    assert "could not be brought up to date" in caplog.text
    row = await in_thread(LocalListSync.objects.get)
    assert row.problem == "NotSupported"


async def test_the_group_and_expiry_of_a_card_are_told_on_the_wire() -> None:
    def prepare() -> None:
        # Otherwise it may be asked for its list between two of its own calls.
        a_charger("manual")
        RFID.objects.update(parent="fleet", expires="2099-01-31T12:00:00Z", max_concurrent=1)

    await in_thread(prepare)
    told = {"status": "Accepted", "expiryDate": "2099-01-31T12:00:00Z", "parentIdTag": "FLEET"}
    start: dict[str, Any] = {"connectorId": 1, "meterStart": 0, "timestamp": "2026-05-01T12:00:00Z"}
    async with connected() as wire:
        assert await wire.call("Authorize", idTag=TAG.lower()) == {"idTagInfo": told}
        started = await wire.call("StartTransaction", idTag=TAG, **start)
        assert started["idTagInfo"] == told
        again = await wire.call("StartTransaction", idTag=TAG, **start)
        assert again == started
        other = await wire.call("StartTransaction", idTag=TAG, **{**start, "connectorId": 2})
        assert other["idTagInfo"] == {**told, "status": "ConcurrentTx"}
        stopped = await wire.call(
            "StopTransaction",
            idTag=TAG,
            transactionId=started["transactionId"],
            meterStop=10,
            timestamp="2026-05-01T12:30:00Z",
        )
        assert stopped == {"idTagInfo": told}
