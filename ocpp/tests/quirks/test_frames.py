"""Frames that real charge points send, one test for each quirk."""

import asyncio
import json
from typing import Any

import pytest

from ocpp.domain import commands
from ocpp.models import Charger, Command, DataTransfer, Message, MeterReading, Transaction
from ocpp.tests.connection.wire import Wire, connected, settle
from ocpp.tests.factories import NOON_TEXT, TAG, in_thread
from ocpp.tests.quirks.playing import alive, charger, odd, only, rows, start, values

START: dict[str, Any] = {
    "connectorId": 1,
    "idTag": TAG,
    "meterStart": 1000,
    "timestamp": NOON_TEXT,
}


async def test_message_id_again_with_the_same_payload() -> None:
    """A charger that missed an answer sends the very same frame again.

    SteVe answers with a CALLERROR and MaEVe not at all, so that retries never end: MicroOcpp#50.
    """
    async with connected() as wire:
        frame = json.dumps([2, "7", "StartTransaction", START])
        first = await wire.ask(frame)
        assert first[0] == 3
        assert await wire.ask(frame) == first
    assert len(await rows(Transaction)) == 1
    assert await odd() == []


async def test_message_id_again_with_another_payload() -> None:
    """Some count message ids from 1 after each restart, or have one for everything."""
    async with connected() as wire:
        first = await wire.call("StartTransaction", "1", **START)
        second = await wire.call("StartTransaction", "1", **{**START, "connectorId": 2})
    assert first["transactionId"] != second["transactionId"]
    assert [kind for kind, _ in await odd()] == ["frame"]


@pytest.mark.parametrize(
    ("frame", "message_id"),
    [
        ('[2,"9","StopTransaction",{"transactionId":,"meterStop":5}]', "9"),
        ('[2,"9","MeterValues",{"connectorId":1,"meterValue":[{"timestamp":"2026-', "9"),
        ("[2,", None),
        ('"nothing at all', None),
    ],
)
async def test_invalid_json(frame: str, message_id: str | None) -> None:
    """Templates with an empty variable in them make broken JSON.

    The ocpp library keeps silent and the charger waits; others end the connection (lb#2032).
    """
    async with connected() as wire:
        wire.put(frame)
        if message_id is not None:
            assert (await wire.get())[:3] == [4, message_id, "FormationViolation"]
        assert await alive(wire)
        assert [kind for kind, _ in await odd()] == ["frame"]


async def test_empty_frame() -> None:
    """Some send an empty text frame to keep the connection open."""
    async with connected() as wire:
        wire.put("")
        assert await alive(wire)
    assert await odd() == []


async def test_binary_frame() -> None:
    """OCPP-J has no binary frames; who sends one speaks something else."""
    wire = await Wire().open()
    wire.put_binary(b'[2,"1","Heartbeat",{}]')
    assert await wire.closing() == 1003
    await wire.end()


async def test_unknown_action() -> None:
    """An extension of a vendor is refused by its name. Arthexis answers `{}`, as if it was done."""
    async with connected() as wire:
        answer = await wire.call("VendorReport", "1", percent=5)
        assert answer[:3] == [4, "1", "NotImplemented"]
        assert await alive(wire)


ODD: dict[str, Any] = {
    "chargePointVendor": "a vendor with a name that is too long",
    "chargePointModel": "M",
    "iccid": None,
    "vendorSays": {"more": 1},
}


async def test_extra_null_and_too_long_fields_are_tolerated() -> None:
    """Vendors add fields, send null for what is absent, and names longer than allowed.

    Validators that know only the schema drop the whole message: mobilityhouse#128, lb#1627.
    """
    async with connected() as wire:
        assert (await wire.call("BootNotification", **ODD))["status"] == "Accepted"
        known = await charger()
    assert known.vendor == ODD["chargePointVendor"][:20]
    noted = await odd()
    assert {kind for kind, _ in noted} == {"tolerated"}
    assert len(noted) == 3
    assert any(ODD["chargePointVendor"] in detail for _, detail in noted)


async def test_strict_mode_of_one_charger_refuses_them() -> None:
    """Whoever tests firmware wants to be told; that is a choice for one charger."""
    await in_thread(lambda: Charger.objects.create(charger_id="CP1", strict=True))
    async with connected("/CP1") as strict, connected("/CP2") as other:
        answer = await strict.call("BootNotification", **ODD)
        assert (answer[0], answer[2]) == (4, "TypeConstraintViolation")
        assert (await other.call("BootNotification", **ODD))["status"] == "Accepted"


async def test_one_bad_value_among_many() -> None:
    """One value that no schema allows must not cost the others: lb#1627 lost whole MeterValues."""
    sampled: list[Any] = [{"value": "2000"}, {"value": "n/a"}, {"value": "16", "unit": "A"}]
    async with connected() as wire:
        assert await values(wire, *sampled) == {}
    found: list[MeterReading] = await rows(MeterReading)
    assert [(one.value, one.raw) for one in found] == [(2000, ""), (None, "n/a"), (16, "")]
    assert [kind for kind, _ in await odd()] == ["bad_value"]


async def test_numbers_and_booleans_as_text() -> None:
    """`"meterStart": "1000"`, and a number where a text belongs: mobilityhouse#581, #582."""
    async with connected() as wire:
        number = await start(wire, connectorId="1", meterStart="1000", idTag=4711)
        kept: Transaction = await only(Transaction)
    assert (kept.pk, kept.connector_id, kept.meter_start, kept.id_tag) == (number, 1, 1000, "4711")


async def test_readonly_as_a_number_in_the_configuration() -> None:
    """GetConfiguration is answered with `readonly: 0`, or "true" (lb#1499)."""
    async with connected() as wire:
        command = await in_thread(
            lambda: commands.queue(Charger.objects.get(), "get_configuration", {"keys": []})
        )
        asked = await wire.get()
        told = [
            {"key": "A", "readonly": 0, "value": "1"},
            {"key": "B", "readonly": 1, "value": "2"},
            {"key": "C", "readonly": "true", "value": 3},
        ]
        wire.put(json.dumps([3, asked[1], {"configurationKey": told}]))
        await alive(wire)
        await settle()
        done: Command = await in_thread(lambda: Command.objects.get(pk=command.pk))
        assert done.state == "answered"
        config = (await charger()).config
    assert config["A"] == {"value": "1", "readonly": False}
    assert config["B"] == {"value": "2", "readonly": True}
    assert config["C"] == {"value": "3", "readonly": True}


@pytest.mark.parametrize("spelling", ["Celcius", "Celsius", "celsius"])
async def test_celsius_in_either_spelling(spelling: str) -> None:
    """The first schemas of the standard misspelt the unit, and both are in use."""
    async with connected() as wire:
        await values(wire, {"value": "41", "measurand": "Temperature", "unit": spelling})
    reading: MeterReading = await only(MeterReading)
    assert (reading.value, reading.unit) == (41, "Celsius")


async def test_only_one_call_is_outstanding() -> None:
    """Two calls at once make some chargers forget one (lb#2080)."""
    async with connected() as wire:
        for _ in range(3):
            await in_thread(lambda: commands.queue(Charger.objects.get(), "clear_cache", {}))
        for left in (2, 1, 0):
            asked = await wire.get()
            assert await wire.silent(0.1)
            wire.put(json.dumps([3, asked[1], {"status": "Accepted"}]))
            if not left:
                assert await wire.silent(0.1)
        await settle()
    assert {one.state for one in await rows(Command)} == {"answered"}


async def test_what_is_sent_waits_for_a_charge_point_that_needs_a_pause(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An answer, or a call, that comes before some chargers are ready for it is lost (lb#2080)."""
    paused: list[float] = []
    sleep = asyncio.sleep

    async def watched(seconds: float) -> None:
        if seconds == 0.25:
            paused.append(seconds)
            seconds = 0
        await sleep(seconds)

    monkeypatch.setattr(asyncio, "sleep", watched)
    async with connected() as wire:
        assert await alive(wire)
        assert paused == []
    await in_thread(lambda: Charger.objects.update(pause_ms=250))
    async with connected() as wire:
        assert await alive(wire)
        await in_thread(lambda: commands.queue(Charger.objects.get(), "clear_cache", {}))
        assert (await wire.get())[2] == "ClearCache"
        assert paused == [0.25, 0.25]


async def test_data_transfer_of_an_unknown_vendor() -> None:
    """Vendors report what the standard has no word for: it is kept, and nothing is promised."""
    async with connected() as wire:
        told = {"vendorId": "com.example", "messageId": "Fan", "data": "rpm=900"}
        assert await wire.call("DataTransfer", **told) == {"status": "UnknownVendorId"}
    kept: DataTransfer = await only(DataTransfer)
    assert (kept.vendor_id, kept.message_id, kept.data) == ("com.example", "Fan", "rpm=900")
    assert len(await rows(Message)) == 1


async def test_answers_keep_the_order_of_calls_sent_at_once() -> None:
    """Chargers that do not wait for an answer before their next call get each, in order."""
    async with connected() as wire:
        for number in range(10):
            wire.put(json.dumps([2, str(number), "Heartbeat", {}]))
        answers = await asyncio.wait_for(_ten(wire), 10)
    assert answers == [str(number) for number in range(10)]


async def _ten(wire: Wire) -> list[str]:
    return [(await wire.get())[1] for _ in range(10)]
