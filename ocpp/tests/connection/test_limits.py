"""Limits over the wire: a session that has all it may have is told to stop, and so it ends."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from accounts.models import Account
from ocpp.choices import StopCause, TransactionState
from ocpp.connection import relay
from ocpp.domain import clock
from ocpp.models import Anomaly, Transaction
from ocpp.tests.connection.wire import PATIENCE_S, Wire, connected, settle
from ocpp.tests.factories import TAG, in_thread, make_driver

pytestmark = pytest.mark.usefixtures("both_ways")


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look often."""
    monkeypatch.setattr(relay, "LOOK_S", 0.05)
    monkeypatch.setattr(relay, "STOPS_S", 0.0)


def now(**earlier: float) -> str:
    return clock.written(datetime.now(UTC) - timedelta(**earlier))


async def started(wire: Wire, **facts: Any) -> int:
    await wire.call("BootNotification", chargePointVendor="V", chargePointModel="M")
    answer = await wire.call(
        "StartTransaction",
        **{"connectorId": 1, "idTag": TAG, "meterStart": 0, "timestamp": now(), **facts},
    )
    assert answer["idTagInfo"]["status"] == "Accepted"
    number: int = answer["transactionId"]
    return number


async def values(wire: Wire, transaction_id: int, wh: int) -> None:
    """Send a register value without waiting: the answer and a command may come in any order."""
    value = {"timestamp": now(), "sampledValue": [{"value": str(wh)}]}
    facts = {"connectorId": 1, "transactionId": transaction_id, "meterValue": [value]}
    wire.put(json.dumps([2, f"v{wh}", "MeterValues", facts]))


async def told_to_stop(wire: Wire) -> int:
    """Obey the next RemoteStopTransaction; returns its transaction."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            frame = await wire.get()
            if frame[0] == 2:
                break
    assert frame[2] == "RemoteStopTransaction"
    wire.put(json.dumps([3, frame[1], {"status": "Accepted"}]))
    number: int = frame[3]["transactionId"]
    return number


def ended() -> tuple[Any, ...]:
    one = Transaction.objects.get()
    return one.state, one.energy_wh, one.stop_cause, one.reason


async def test_the_most_energy_ends_a_session() -> None:
    await in_thread(make_driver)
    await in_thread(lambda: Account.objects.update(max_session_kwh=2))
    async with connected() as wire:
        session = await started(wire)
        await values(wire, session, 1900)
        assert (await wire.get())[1] == "v1900"
        await values(wire, session, 2050)
        assert await told_to_stop(wire) == session
        stop = {"transactionId": session, "meterStop": 2060, "timestamp": now()}
        wire.put(json.dumps([2, "s", "StopTransaction", {**stop, "reason": "Remote"}]))
        while (await wire.get())[1] != "s":
            pass
        await settle()
    expected = (TransactionState.COMPLETED, 2060, StopCause.ENERGY, "Remote")
    assert await in_thread(ended) == expected


async def test_the_most_minutes_end_a_session_that_tells_no_values() -> None:
    await in_thread(make_driver)
    await in_thread(lambda: Account.objects.update(max_session_minutes=10))
    async with connected() as wire:
        # It began while the charge point was offline.
        session = await started(wire, timestamp=now(minutes=20))
        assert await told_to_stop(wire) == session
        assert await wire.silent(0.3)
    assert (await in_thread(ended))[2] == StopCause.MINUTES
    details = await in_thread(lambda: [one.detail for one in Anomaly.objects.all()])
    assert "the session has had its 10 minutes" in details


async def test_a_start_outside_of_the_hours_is_kept_and_blocked() -> None:
    await in_thread(make_driver)
    day = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")[(datetime.now(UTC).weekday() + 3) % 7]
    await in_thread(lambda: Account.objects.update(allowed_hours=f"{day} 08:00-09:00"))
    async with connected() as wire:
        await wire.call("BootNotification", chargePointVendor="V", chargePointModel="M")
        answer = await wire.call("Authorize", idTag=TAG)
        assert answer == {"idTagInfo": {"status": "Blocked"}}
        start: dict[str, Any] = {
            "connectorId": 1,
            "idTag": TAG,
            "meterStart": 0,
            "timestamp": now(),
        }
        first = await wire.call("StartTransaction", **start)
        assert first["idTagInfo"]["status"] == "Blocked"
        assert await wire.call("StartTransaction", **start) == first
    assert (await in_thread(ended))[0] == TransactionState.REFUSED
