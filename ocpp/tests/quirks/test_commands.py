"""What real charge points make of commands, one test for each quirk."""

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.conf import settings as django_settings
from pytest_django import Settings

from ocpp import store
from ocpp.choices import CommandState, TransactionState
from ocpp.domain import commands
from ocpp.domain.charging_rates import UNITS_KEY, Period
from ocpp.domain.errors import TooMany
from ocpp.models import Charger, ChargingProfile, Command
from ocpp.operations.charging_profiles import set_charging_profile
from ocpp.operations.remote_start import remote_start
from ocpp.operations.remote_stop import remote_stop
from ocpp.tests.connection.wire import Wire, connected, settle
from ocpp.tests.factories import TAG, in_thread
from ocpp.tests.quirks.playing import alive, odd, only, rows, start, stop, transaction


async def order(operation: Callable[..., Command], **arguments: Any) -> Command:
    """Command CP1, as staff would."""
    return await in_thread(lambda: operation(Charger.objects.get(charger_id="CP1"), **arguments))


def clear_cache(charger: Charger) -> Command:
    return commands.queue(charger, "clear_cache", {})


async def end(command: Command) -> Command:
    """The command when it has ended."""
    event = store.waiter(command.pk)
    found: Command = await in_thread(lambda: Command.objects.get(pk=command.pk))
    if not found.is_finished:
        assert await asyncio.to_thread(event.wait, 10)
        found = await in_thread(lambda: Command.objects.get(pk=command.pk))
    store.discard_waiter(command.pk, event)
    return found


async def answer(wire: Wire, payload: dict[str, Any]) -> Any:
    """Answer the next call; returns it."""
    asked = await wire.get()
    wire.put(json.dumps([3, asked[1], payload]))
    return asked


async def tell_connectors(wire: Wire, count: int) -> None:
    """StatusNotification of the charge point and each of its connectors."""
    for connector in range(count + 1):
        told: dict[str, Any] = {
            "connectorId": connector,
            "errorCode": "NoError",
            "status": "Available",
        }
        await wire.call("StatusNotification", **told)


LIMIT: dict[str, Any] = {
    "purpose": "TxDefaultProfile",
    "kind": "Relative",
    "unit": "A",
    "periods": [Period(0, Decimal(16))],
    "stack_level": 0,
}


async def test_never_answers(settings: Settings) -> None:
    """Some commands are never answered: other systems' requests and threads hang with them.

    The call fails after its time, the next is sent, and an answer that still comes is kept beside.
    """
    assert django_settings.OCPP_CALL_TIMEOUT_S == 30
    settings.OCPP_CALL_TIMEOUT_S = 0.1
    async with connected() as wire:
        first = await order(clear_cache)
        asked = await wire.get()
        assert (await end(first)).state == CommandState.TIMEOUT
        settings.OCPP_CALL_TIMEOUT_S = 10
        second = await order(clear_cache)
        late = json.dumps([3, asked[1], {"status": "Accepted"}])
        wire.put(late)
        await answer(wire, {"status": "Rejected"})
        assert (await end(second)).response == {"status": "Rejected"}
        await settle()
        kept: Command = await in_thread(lambda: Command.objects.get(pk=first.pk))
    assert (kept.state, kept.late, kept.response) == ("timeout", True, {"status": "Accepted"})


async def test_queue_is_bounded_and_commands_grow_old() -> None:
    """What waits for one that answers nothing is limited in number and in time."""
    async with connected() as wire:
        first = await order(clear_cache)
        await wire.get()
        waiting = [await order(clear_cache) for _ in range(50)]
        with pytest.raises(TooMany):
            await order(clear_cache)
        assert (waiting[0].expires - waiting[0].created).total_seconds() == pytest.approx(300, 0.1)
        await in_thread(lambda: Command.objects.filter(state="queued").delete())
        started = await order(remote_start, id_tag=TAG)
        assert (started.expires - started.created).total_seconds() == pytest.approx(60, 0.1)
    assert (await end(first)).state == CommandState.FAILED


async def test_result_with_an_id_that_nobody_gave() -> None:
    """An answer counts on the connection that was asked, and nowhere else.

    In Arthexis any charger could answer, or cancel, what another one was asked.
    """
    async with connected("/CP1") as wire, connected("/CP2") as stranger:
        command = await order(clear_cache)
        asked = await wire.get()
        for frame in (
            [3, asked[1], {"status": "Rejected"}],
            [4, asked[1], "InternalError", "", {}],
            [3, "never given", {}],
        ):
            stranger.put(json.dumps(frame))
        assert await alive(stranger)
        wire.put(json.dumps([3, asked[1], {"status": "Accepted"}]))
        assert (await end(command)).response == {"status": "Accepted"}
    assert [kind for kind, _ in await odd()] == ["frame"]  # once for its like


@pytest.mark.parametrize("profiles", ["", "Core", "core;smart charging"])
async def test_supported_feature_profiles_are_advice_only(profiles: str) -> None:
    """The list is empty or wrong in many firmwares, so nothing is refused because of it."""
    config = {"SupportedFeatureProfiles": {"value": profiles, "readonly": True}}
    await in_thread(lambda: Charger.objects.create(charger_id="CP1", config=config))
    async with connected() as wire:
        limit = [Period(0, Decimal(16))]
        told = {"profile_id": 1, "purpose": "TxDefaultProfile", "kind": "Relative", "unit": "A"}
        await order(set_charging_profile, connector_id=1, periods=limit, stack_level=0, **told)
        asked = await answer(wire, {"status": "NotSupported"})
        assert asked[2] == "SetChargingProfile"
        await settle()


@pytest.mark.parametrize(
    "refusal",
    [
        [3, {"status": "Rejected"}],
        [3, {"status": "NotSupported"}],
        [4, "PropertyConstraintViolation"],
    ],
)
async def test_connector_zero_refused(refusal: list[Any]) -> None:
    """With one connector, some take a profile for it and refuse the same for connector 0.

    It is told to connector 1 then, once (lbbrhzn/ocpp found that out for its users).
    """
    kind, word = refusal
    async with connected() as wire:
        await tell_connectors(wire, 1)
        await order(set_charging_profile, connector_id=0, **LIMIT)
        for connector in (0, 1):
            asked = await wire.get()
            assert (asked[2], asked[3]["connectorId"]) == ("SetChargingProfile", connector)
            tail = [word] if kind == 3 else [word, "", {}]
            wire.put(json.dumps([kind, asked[1], *tail]))
        assert await wire.silent(0.2)
        await settle()
    profiles: list[ChargingProfile] = await rows(ChargingProfile)
    assert [(one.connector_id, one.state) for one in profiles] == [(0, "refused"), (1, "refused")]


@pytest.mark.parametrize("case", ["two connectors", "limit of all", "connector 1", "accepted"])
async def test_connector_zero_is_not_told_otherwise_without_need(case: str) -> None:
    """With two connectors 0 is not 1; a limit of the whole charge point has no other place."""
    told = dict(LIMIT)
    if case == "limit of all":
        told["purpose"] = "ChargePointMaxProfile"
        told["kind"] = "Recurring"
        told |= {"recurrency": "Daily", "schedule_start": datetime(2026, 5, 1, tzinfo=UTC)}
    async with connected() as wire:
        await tell_connectors(wire, 2 if case == "two connectors" else 1)
        connector = 1 if case == "connector 1" else 0
        await order(set_charging_profile, connector_id=connector, **told)
        await answer(wire, {"status": "Accepted" if case == "accepted" else "Rejected"})
        assert await wire.silent(0.2)
        await settle()


async def test_profile_in_watts_for_a_charger_that_knows_amperes() -> None:
    """Limits are asked for in W, and many chargers know A only (evcc, lbbrhzn/ocpp)."""
    config = {UNITS_KEY: {"value": "Current", "readonly": True}}
    supply: dict[str, Any] = {"phases": 3, "voltage": 230}
    await in_thread(lambda: Charger.objects.create(charger_id="CP1", config=config, **supply))
    async with connected() as wire:
        limit = [Period(0, Decimal(11_000))]
        told = {"profile_id": 1, "purpose": "TxDefaultProfile", "kind": "Relative", "unit": "W"}
        await order(set_charging_profile, connector_id=1, periods=limit, stack_level=0, **told)
        asked = await answer(wire, {"status": "Accepted"})
        await settle()
    schedule = asked[3]["csChargingProfiles"]["chargingSchedule"]
    assert schedule["chargingRateUnit"] == "A"
    assert schedule["chargingSchedulePeriod"] == [
        {"startPeriod": 0, "limit": 15.9, "numberPhases": 3}
    ]


async def test_stop_pressed_in_the_back_office() -> None:
    """Other systems close the row while the car goes on charging: steve#235.

    The charger is told, and the transaction ends when the charger says so.
    """
    async with connected() as wire:
        number = await start(wire)
        pressed = await order(remote_stop)
        asked = await answer(wire, {"status": "Accepted"})
        assert asked[2:] == ["RemoteStopTransaction", {"transactionId": number}]
        assert (await end(pressed)).state == CommandState.ANSWERED
        assert (await transaction(number)).state == TransactionState.ACTIVE
        await stop(wire, number, reason="Remote")
    ended = await transaction(number)
    assert (ended.state, ended.reason) == (TransactionState.COMPLETED, "Remote")
    assert len(await rows(Command)) == 1
    assert (await only(Command)).action == "remote_stop"
