"""Meters of real charge points: what they tell is kept, and only what can be is billed."""

from decimal import Decimal
from typing import Any

import pytest

from accounts.models import Account
from ocpp.models import Connector, MeterReading, Transaction
from ocpp.tests.connection.wire import connected
from ocpp.tests.factories import at, in_thread, make_driver
from ocpp.tests.quirks.playing import charger, odd, only, rows, start, stop, transaction, values

POWER = "Power.Active.Import"


@pytest.mark.parametrize(
    ("sampled", "kept"),
    [
        ({"value": "1500"}, ("Energy.Active.Import.Register", "1500", "Wh", "")),
        (
            {"value": "1500", "unit": "", "measurand": ""},
            ("Energy.Active.Import.Register", "1500", "Wh", ""),
        ),
        (
            {"value": "1.5", "unit": "kWh"},
            ("Energy.Active.Import.Register", "1500", "Wh", "1.5 kWh"),
        ),
        (
            {"value": "0.0015", "unit": "MWh"},
            ("Energy.Active.Import.Register", "1500", "Wh", "0.0015 MWh"),
        ),
        ({"value": "7.4", "unit": "kW", "measurand": POWER}, (POWER, "7400", "W", "7.4 kW")),
        ({"value": "0.05", "unit": "MW", "measurand": POWER}, (POWER, "50000", "W", "0.05 MW")),
        ({"value": "7400", "unit": "Wh", "measurand": POWER}, (POWER, "7400", "W", "7400 Wh")),
        ({"value": "16", "measurand": "Current.Import"}, ("Current.Import", "16", "A", "")),
        ({"value": "230", "measurand": "Voltage"}, ("Voltage", "230", "V", "")),
    ],
)
async def test_units_missing_prefixed_or_wrong(
    sampled: dict[str, str], kept: tuple[str, str, str, str]
) -> None:
    """Unit and measurand are left out or empty, in kWh or MWh, or name energy where power is."""
    async with connected() as wire:
        await values(wire, sampled)
    one: MeterReading = await only(MeterReading)
    assert one.value is not None
    told = (one.measurand, one.value, one.unit, one.raw)
    assert told == (kept[0], Decimal(kept[1]), kept[2], kept[3])


async def session(meter: int, registers: list[Any], end: int, **facts: Any) -> Transaction:
    """A session of a driver with these registers on the way, from noon until one o'clock."""
    await in_thread(make_driver)
    async with connected() as wire:
        if facts:
            known = await charger()
            await in_thread(lambda: Connector.objects.create(charger=known, **facts))
        number = await start(wire, meterStart=meter)
        for minute, told in enumerate(registers, start=1):
            moment = told if isinstance(told, list) else [told]
            await values(wire, *moment, minute=minute * 10, transactionId=number)
        await stop(wire, number, end)
    return await transaction(number)


async def billed() -> int:
    account: Account = await only(Account)
    return account.settled_wh


async def test_register_that_begins_with_the_session() -> None:
    """Grizzl-E and Vestel tell the whole register at the start, and the session's after it."""
    found = await session(500_000, ["0", "1500", "4000"], 5000)
    assert (found.energy_wh, found.meter_base, found.needs_review) == (5000, 0, False)
    assert (found.meter_start, found.meter_stop) == (500_000, 5000)
    assert await billed() == 5000
    assert {kind for kind, _ in await odd()} == {"metering"}


async def test_register_that_is_zero_at_the_beginning() -> None:
    """The meter is not read yet when the transaction begins, so 0 is told; then the register."""
    found = await session(0, ["9000000", "9003000"], 9_005_000)
    assert (found.energy_wh, found.meter_base, found.needs_review) == (5000, 9_000_000, False)
    assert await billed() == 5000


@pytest.mark.parametrize(
    ("meter", "registers", "end"),
    [
        (5000, ["6000"], 4000),
        (999_999_000, ["999999500"], 2000),
        (1000, ["2000"], 90_000_000),
    ],
    ids=["stop below start", "rollover", "jump"],
)
async def test_meter_that_cannot_be_is_never_billed_by_itself(
    meter: int, registers: list[str], end: int
) -> None:
    """Meters are exchanged, roll over, or jump: the values are kept, and people decide."""
    found = await session(meter, registers, end)
    assert (found.meter_start, found.meter_stop) == (meter, end)
    assert found.needs_review
    assert found.energy_wh >= 0
    assert (found.billed_wh, await billed()) == (0, 0)
    assert {kind for kind, _ in await odd()} == {"metering"}


async def test_more_than_the_connector_can_deliver_is_never_billed_by_itself() -> None:
    """No outlet of 3.7 kW gives 20 kWh within an hour."""
    found = await session(0, ["1000"], 20_000, connector_id=1, max_power_w=3_700)
    # The message comes long after noon, but the connector's time is that of the session.
    assert found.stop_time is not None
    assert found.needs_review
    assert await billed() == 0


@pytest.mark.parametrize("names", [("L1", "L2", "L3"), ("L1-N", "L2-N", "L3-N")])
async def test_energy_of_each_phase_alone_is_summed(names: tuple[str, ...]) -> None:
    """Meters that know no total tell each phase; their sum stands in for it, and is noted."""
    await in_thread(make_driver)
    async with connected() as wire:
        number = await start(wire, meterStart=0)
        await values(wire, *({"value": "700", "phase": name} for name in names))
        assert (await transaction(number)).energy_wh == 2100
    assert [kind for kind, _ in await odd()] == ["metering"]


@pytest.mark.parametrize("names", [("L1",), ("L1", "L1-N")])
async def test_one_phase_alone_is_no_total(names: tuple[str, ...]) -> None:
    """L1 and L1-N are the same energy told twice, and one phase is a third of it, maybe."""
    async with connected() as wire:
        number = await start(wire, meterStart=0)
        await values(wire, *({"value": "700", "phase": name} for name in names))
        assert (await transaction(number)).energy_wh == 0
    assert len(await rows(MeterReading)) == len(names)


async def test_signed_data_is_kept_raw() -> None:
    """Signed meter values are a text for calibration law, and no number."""
    text = "OCMF|{}|" + "0f" * 400
    async with connected() as wire:
        number = await start(wire)
        await values(wire, {"value": text, "format": "SignedData", "unit": "Wh"}, "3000")
    signed, plain = await rows(MeterReading)
    assert (signed.value, signed.raw, plain.value) == (None, text, 3000)
    assert (await transaction(number)).energy_wh == 2000


async def test_empty_list_of_values_makes_no_reading() -> None:
    """`sampledValue: []` is confirmed, and nothing is invented for it."""
    async with connected() as wire:
        told: dict[str, Any] = {
            "connectorId": 1,
            "meterValue": [{"timestamp": at(1), "sampledValue": []}],
        }
        assert await wire.call("MeterValues", connectorId=1, meterValue=[told]) == {}
        number = await start(wire)
        data = [{"timestamp": at(60), "sampledValue": []}]
        assert "idTagInfo" in await stop(wire, number, transactionData=data)
    assert await rows(MeterReading) == []
    assert (await transaction(number)).energy_wh == 5000
