"""Over the wire: after an accepted boot its configuration is read, and what is too low raised."""

import json
from typing import Any

import pytest
from pytest_django import Settings

from ocpp.choices import Registration
from ocpp.domain import configuration_keys
from ocpp.models import Charger, Command, ConfigurationSnapshot
from ocpp.tests.connection.wire import Wire, connected, settle
from ocpp.tests.factories import in_thread


@pytest.fixture(autouse=True)
def on(settings: Settings) -> None:
    settings.OCPP_READ_CONFIGURATION = True
    settings.OCPP_READ_CONFIGURATION_DELAY_S = 0


async def boot(wire: Wire) -> Any:
    return await wire.call("BootNotification", chargePointVendor="V", chargePointModel="M")


async def answer(wire: Wire, action: str, payload: Any) -> Any:
    """Answer the server's next call, which must be this one; returns its payload."""
    asked = await wire.get()
    assert asked[2] == action
    wire.put(json.dumps([3, asked[1], payload]))
    return asked[3]


def keys(**values: str) -> list[dict[str, Any]]:
    known = dict.fromkeys(configuration_keys.REQUIRED, "90") | values
    return [{"key": key, "value": value, "readonly": False} for key, value in known.items()]


async def test_the_configuration_is_read_and_raised() -> None:
    async with connected() as wire:
        assert (await boot(wire))["status"] == "Accepted"
        told = {"configurationKey": keys(TransactionMessageAttempts="3")}
        assert await answer(wire, "GetConfiguration", told) == {}
        changed = await answer(wire, "ChangeConfiguration", {"status": "Accepted"})
        assert changed == {"key": "TransactionMessageAttempts", "value": "10"}
        # A second boot at once asks nothing.
        await boot(wire)
        assert await wire.silent(0.3)
    await settle()

    def check() -> None:
        snapshot = ConfigurationSnapshot.objects.get()
        assert snapshot.keys["TransactionMessageAttempts"]["value"] == "3"
        config = Charger.objects.get().config
        assert config["TransactionMessageAttempts"]["value"] == "10"

    await in_thread(check)


async def test_not_before_it_is_accepted() -> None:
    await in_thread(
        lambda: Charger.objects.create(charger_id="CP1", registration=Registration.PENDING)
    )
    async with connected() as wire:
        assert (await boot(wire))["status"] == "Pending"
        assert await wire.silent(0.3)


async def test_only_a_while_after_the_boot(settings: Settings) -> None:
    settings.OCPP_READ_CONFIGURATION_DELAY_S = 60
    async with connected() as wire:
        await boot(wire)
        assert await wire.silent(0.3)
    assert await in_thread(lambda: Command.objects.exists()) is False


async def test_one_that_goes_before_is_no_error(settings: Settings) -> None:
    settings.OCPP_READ_CONFIGURATION_DELAY_S = 0
    async with connected() as wire:
        await boot(wire)
    await settle()
