"""What is done for a session from outside: a boot it left out, and what its past tells."""

import asyncio
import logging
from typing import Any

import pytest

from ocpp.choices import Registration
from ocpp.connection import relay
from ocpp.models import Charger, Command
from ocpp.tests.connection.wire import connected, settle
from ocpp.tests.factories import NOON, in_thread


def the_charger() -> Charger:
    return Charger.objects.get()


def the_commands() -> list[Command]:
    return list(Command.objects.all())


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask for a boot after a moment."""
    monkeypatch.setattr(relay, "BOOT_S", 0.05)


async def test_a_charger_that_does_not_boot_is_asked_to() -> None:
    async with connected() as wire:
        asked = await wire.get()
        assert asked[2:] == ["TriggerMessage", {"requestedMessage": "BootNotification"}]


async def test_one_that_has_booted_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relay, "BOOT_S", 0.5)
    async with connected() as wire:
        await wire.call("BootNotification", chargePointVendor="V", chargePointModel="M")
        assert await wire.silent(0.6)
    monkeypatch.setattr(relay, "BOOT_S", 0.05)
    # Nor when it comes back: it may go on without a boot.
    async with connected() as wire:
        assert await wire.silent(0.2)


async def test_one_that_has_gone_is_not_asked() -> None:
    async with connected():
        pass
    await asyncio.sleep(0.1)
    await settle()
    assert await in_thread(the_commands) == []


@pytest.mark.parametrize("trouble", ["rejected", "queue is full"])
async def test_one_that_cannot_be_asked_is_no_error(
    trouble: str, caplog: pytest.LogCaptureFixture, settings: Any
) -> None:
    if trouble == "rejected":
        facts = {"charger_id": "CP1", "registration": Registration.REJECTED}
        await in_thread(lambda: Charger.objects.create(**facts))
    else:
        settings.OCPP_COMMAND_QUEUE = 0
    async with connected() as wire:
        assert await wire.silent(0.2)
        assert "currentTime" in await wire.call("Heartbeat")
    assert [r for r in caplog.records if r.levelno >= logging.ERROR or r.exc_info] == []


async def test_the_past_of_a_charger_is_no_boot(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that staff have made by hand has never told who it is."""
    await in_thread(lambda: Charger.objects.create(charger_id="CP1", last_seen=NOON))
    async with connected() as wire:
        assert (await wire.get())[2] == "TriggerMessage"
