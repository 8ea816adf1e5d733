"""Charge points that are not accepted: what they are answered, and how they learn a decision."""

import asyncio
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db.models.functions import Now

from ocpp.choices import Registration, TransactionState
from ocpp.connection import relay
from ocpp.domain import registration
from ocpp.models import Anomaly, Charger, Connector, MeterReading, Transaction
from ocpp.tests.connection.wire import Wire, connected, settle
from ocpp.tests.factories import in_thread, make_driver

ACCEPTED, PENDING, REJECTED = Registration.ACCEPTED, Registration.PENDING, Registration.REJECTED
TAG = "CAFE0001"


def the_charger() -> Charger:
    return Charger.objects.get()


async def make(state: str, **facts: Any) -> None:
    await in_thread(lambda: Charger.objects.create(charger_id="CP1", registration=state, **facts))


async def decide(state: Registration) -> None:
    await in_thread(lambda: registration.decide(the_charger(), state))


async def boot(wire: Wire) -> Any:
    return await wire.call("BootNotification", chargePointVendor="V", chargePointModel="M")


def now(minutes: int = 0) -> str:
    return datetime.now(UTC).replace(minute=minutes).strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.mark.parametrize(("state", "interval"), [(PENDING, 60), (REJECTED, 3600), (ACCEPTED, 300)])
async def test_a_boot_is_answered_with_when_to_ask_again(state: str, interval: int) -> None:
    await make(state)
    async with connected() as wire:
        answer = await boot(wire)
        assert (answer["status"], answer["interval"]) == (state, interval)


@pytest.mark.parametrize(("state", "interval"), [(PENDING, 30), (ACCEPTED, 900)])
async def test_a_charger_may_have_intervals_of_its_own(state: str, interval: int) -> None:
    await make(state, retry_interval=30, heartbeat_interval=900)
    async with connected() as wire:
        assert (await boot(wire))["interval"] == interval


@pytest.mark.parametrize("state", [PENDING, REJECTED])
async def test_what_it_reports_all_the_same_is_kept_and_nobody_may_charge(state: str) -> None:
    """OCPP 1.6 (4.2) has it stay silent; what it tells is answered and kept."""
    await in_thread(make_driver)
    await make(state)
    async with connected() as wire:
        assert (await boot(wire))["status"] == state
        assert "currentTime" in await wire.call("Heartbeat")
        status: dict[str, Any] = {"connectorId": 1, "errorCode": "NoError", "status": "Available"}
        assert await wire.call("StatusNotification", **status) == {}
        authorized = await wire.call("Authorize", idTag=TAG)
        assert authorized == {"idTagInfo": {"status": "Invalid"}}
        start: dict[str, Any] = {
            "connectorId": 1,
            "idTag": TAG,
            "meterStart": 0,
            "timestamp": now(),
        }
        started = await wire.call("StartTransaction", **start)
        assert started["idTagInfo"] == {"status": "Invalid"}
        assert (await wire.call("StartTransaction", **start)) == started
        number = started["transactionId"]
        values = [{"timestamp": now(1), "sampledValue": [{"value": "500"}]}]
        told: dict[str, Any] = {"connectorId": 1, "transactionId": number, "meterValue": values}
        assert await wire.call("MeterValues", **told) == {}
        stop: dict[str, Any] = {
            "transactionId": number,
            "idTag": TAG,
            "meterStop": 900,
            "timestamp": now(2),
        }
        stopped = await wire.call("StopTransaction", **stop)
        assert stopped == {"idTagInfo": {"status": "Invalid"}}

    def kept() -> None:
        assert Connector.objects.get().status == "Available"
        made = Transaction.objects.get()
        assert (made.pk, made.state) == (number, TransactionState.REFUSED)
        assert (made.energy_wh, made.billed_wh, made.needs_review) == (900, 0, True)
        assert made.account is None
        assert made.authorization_reason == "The charge point is not accepted."
        assert MeterReading.objects.get().value == 500
        details = list(Anomaly.objects.values_list("detail", flat=True))
        noted = [d for d in details if "while it is rejected" in d]
        # Once for each kind of message, not for each message.
        assert len(noted) == (6 if state == REJECTED else 0)

    await in_thread(kept)


async def test_a_session_that_was_accepted_ends_as_it_began() -> None:
    """It was authorised when it started: its energy is somebody's, whatever was decided since."""
    account = await in_thread(make_driver)
    await make(ACCEPTED)
    async with connected() as wire:
        start: dict[str, Any] = {
            "connectorId": 1,
            "idTag": TAG,
            "meterStart": 0,
            "timestamp": now(),
        }
        number = (await wire.call("StartTransaction", **start))["transactionId"]
        await decide(PENDING)
        assert (await wire.get())[2] == "TriggerMessage"
        stop: dict[str, Any] = {"transactionId": number, "meterStop": 900, "timestamp": now(2)}
        assert await wire.call("StopTransaction", **stop) == {}
    made = await in_thread(lambda: Transaction.objects.get())
    assert (made.state, made.account_id) == (TransactionState.COMPLETED, account.pk)
    assert (made.energy_wh, made.billed_wh) == (900, 900)


async def test_one_that_is_approved_need_not_wait() -> None:
    await make(PENDING)
    async with connected() as wire:
        assert (await boot(wire))["status"] == PENDING
        await decide(ACCEPTED)
        asked = await wire.get()
        assert asked[2:] == ["TriggerMessage", {"requestedMessage": "BootNotification"}]
        wire.put(json.dumps([3, asked[1], {"status": "Accepted"}]))
        answer = await boot(wire)
        assert (answer["status"], answer["interval"]) == (ACCEPTED, 300)


async def test_one_that_is_rejected_loses_its_connection_and_is_told_when_it_comes_back() -> None:
    await make(ACCEPTED)
    wire = await Wire().open()
    await boot(wire)
    await decide(REJECTED)
    assert await wire.closing() == 1008
    await wire.end()
    async with connected() as again:
        answer = await boot(again)
        assert (answer["status"], answer["interval"]) == (REJECTED, 3600)
        assert "currentTime" in await again.call("Heartbeat")


async def test_a_decision_in_another_process_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """The process that holds the connection looks for what is new."""
    await make(ACCEPTED)
    monkeypatch.setattr(relay, "LOOK_S", 0.05)
    wire = await Wire().open()
    await in_thread(lambda: Charger.objects.update(registration=REJECTED, revised=Now()))
    assert await wire.closing() == 1008
    await wire.end()


async def test_one_that_does_not_know_the_trigger_is_not_asked_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(relay, "BOOT_S", 0.05)
    async with connected() as wire:
        asked = await wire.get()
        assert asked[2] == "TriggerMessage"
        wire.put(json.dumps([3, asked[1], {"status": "NotImplemented"}]))
        await wire.call("Heartbeat")
    await settle()
    async with connected() as wire:
        assert await wire.silent(0.3)


async def test_one_that_reconnects_long_after_its_boot_is_asked_who_it_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(relay, "BOOT_S", 0.05)
    await make(ACCEPTED, last_boot=datetime(2026, 1, 1, tzinfo=UTC))
    async with connected() as wire:
        # It is online all the same.
        assert "currentTime" in await wire.call("Heartbeat")
        assert (await wire.get())[2] == "TriggerMessage"
        await asyncio.sleep(0)
