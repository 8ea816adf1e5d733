"""Meter values: every value is kept, in known units; energy so far; nothing invented."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocpp.choices import AnomalyKind, TransactionState
from ocpp.domain import metering
from ocpp.domain.energy import HIGHEST_WH
from ocpp.domain.samples import LIMIT, REGISTER, Sample, Samples, sample, unit_of
from ocpp.models import Charger, Transaction
from ocpp.tests.factories import NOON, Reporter, at, make_driver

POWER = "Power.Active.Import"
KILO = Decimal(1000)


# --- units ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("measurand", "sent", "unit", "factor"),
    [
        (REGISTER, "", "Wh", None),
        (REGISTER, "Wh", "Wh", None),
        (REGISTER, "kWh", "Wh", KILO),
        (REGISTER, "MWh", "Wh", KILO * KILO),
        (POWER, "MW", "W", KILO * KILO),
        (POWER, "MWh", "W", KILO * KILO),
        ("Energy.Active.Export.Interval", "", "Wh", None),
        ("Energy.Reactive.Import.Register", "", "varh", None),
        ("Energy.Reactive.Import.Register", "kvarh", "varh", KILO),
        (POWER, "", "W", None),
        (POWER, "kW", "W", KILO),
        (POWER, "Wh", "W", None),
        (POWER, "kWh", "W", KILO),
        ("Power.Offered", "", "W", None),
        ("Power.Reactive.Import", "kvar", "var", KILO),
        ("Power.Reactive.Import", "", "var", None),
        ("Power.Active.Import", "kVA", "VA", KILO),
        ("Power.Factor", "", "", None),
        ("Current.Import", "", "A", None),
        ("Current.Offered", "A", "A", None),
        ("Voltage", "", "V", None),
        ("SoC", "", "Percent", None),
        ("SoC", "Percent", "Percent", None),
        ("Temperature", "", "Celsius", None),
        ("Temperature", "Celcius", "Celsius", None),
        ("Temperature", "Celsius", "Celsius", None),
        ("Temperature", "K", "K", None),
        ("Frequency", "", "Hertz", None),
        ("RPM", "", "", None),
    ],
)
def test_units(measurand: str, sent: str, unit: str, factor: Decimal | None) -> None:
    assert unit_of(measurand, sent) == (unit, factor)


@pytest.mark.parametrize(
    ("sample", "value", "unit", "raw"),
    [
        (sample("1500"), "1500", "Wh", ""),
        (sample("1500.25", unit="Wh"), "1500.25", "Wh", ""),
        (sample("1.5", unit="kWh"), "1500", "Wh", "1.5 kWh"),
        (sample("0.0001", unit="kWh"), "0.1", "Wh", "0.0001 kWh"),
        (sample("7.4", POWER, "kW"), "7400", "W", "7.4 kW"),
        (sample("7400", POWER, "Wh"), "7400", "W", "7400 Wh"),
        (sample("21", "Temperature", "Celcius"), "21", "Celsius", "21 Celcius"),
        (sample("-3.2", "Current.Import", "A"), "-3.2", "A", ""),
        (sample("1e3"), "1000", "Wh", ""),
        (sample(" 12 "), "12", "Wh", ""),
        (sample("0.00004", "Voltage"), "0", "V", ""),
        (sample("9999999999999"), "9999999999999", "Wh", ""),
    ],
)
def test_a_value_is_kept_in_its_unit_with_what_was_sent(
    reporter: Reporter, sample: Sample, value: str, unit: str, raw: str
) -> None:
    (reading,) = reporter.values(sample)
    assert reading.value == Decimal(value)
    assert (reading.unit, reading.raw) == (unit, raw)
    assert reporter.anomalies() == []


@pytest.mark.parametrize(
    "value",
    [
        *("", " ", "abc", "12,5", "NaN", "-NaN", "sNaN", "nan123", "Infinity", "-inf", "0x10"),
        *("1e13", "-1e13", "10000000000000", "1e999999999", "9" * 5000, "--1", "1 2", "null"),
    ],
)
def test_what_is_no_number_is_kept_as_it_was_sent(reporter: Reporter, value: str) -> None:
    before, bad, after = reporter.values("1", sample(value, unit="Wh"), "2")
    assert (bad.value, bad.raw, bad.unit) == (None, f"{value} Wh".strip(), "Wh")
    assert (before.value, after.value) == (1, 2)
    (anomaly,) = reporter.anomalies()
    assert anomaly.kind == AnomalyKind.BAD_VALUE


@pytest.mark.parametrize(
    "sample",
    [
        sample("9999999999999", unit="kWh"),
        sample("-9999999999.9999999", POWER, "kWh"),
        sample("9999999999.99999999", unit="kWh"),
        sample("9999999999999.99999"),
        sample("-9999999999999.99999"),
    ],
)
def test_a_number_that_grows_beyond_the_column_is_kept_as_it_was_sent(
    reporter: Reporter, sample: Sample
) -> None:
    """Were it to fail in the database, the charge point would send it for ever."""
    good, bad = reporter.values("1", sample)
    assert good.value == 1
    assert bad.value is None or abs(bad.value) <= LIMIT
    assert bad.raw or bad.value is not None


def test_a_plain_number_is_stored_as_what_it_says(reporter: Reporter) -> None:
    """The short way for numbers that need no change must lead where the long one does."""
    numbers = st.from_regex(r"-?[0-9]{1,10}(\.[0-9]{1,6})?", fullmatch=True)

    @given(numbers, st.sampled_from(["", "Wh"]))
    def check(value: str, unit: str) -> None:
        (reading,) = reporter.values(sample(value, unit=unit))
        assert reading.value == Decimal(value).quantize(Decimal("0.0001"))
        assert (reading.unit, reading.raw) == ("Wh", "")

    check()


@pytest.mark.parametrize("text", ["1500\n", "١٢", "1_0", "+5", "05", ".5", "5.", "-0"])
def test_a_number_that_is_written_oddly_is_stored_as_before(reporter: Reporter, text: str) -> None:
    (reading,) = reporter.values(text)
    expected = None if text in ("١٢", "1_0") else Decimal(text)
    assert reading.value == expected


def test_signed_data_is_no_number(reporter: Reporter) -> None:
    signed = sample("1500", form="SignedData", unit="Wh")
    (reading,) = reporter.values(signed)
    assert (reading.value, reading.raw, reading.unit) == (None, "1500", "Wh")


def test_any_value_is_stored(reporter: Reporter) -> None:
    numbers = st.decimals(allow_nan=True, allow_infinity=True).map(str)
    units = st.sampled_from(["", "Wh", "kWh", "kW", "A", "Percent"])
    texts = st.text(st.characters(codec="utf-8", exclude_characters="\x00"))

    @given(numbers | texts | st.floats().map(str) | st.integers().map(str), units)
    def check(value: str, unit: str) -> None:
        (reading,) = reporter.values(sample(value, unit=unit))
        if reading.value is None:
            assert value.strip() in reading.raw
        else:
            assert -LIMIT <= reading.value <= LIMIT
            assert abs(reading.value - Decimal(value) * (1000 if unit[:1] == "k" else 1)) <= 1

    check()


def test_signed_data_is_kept_raw_and_is_no_reading(reporter: Reporter) -> None:
    (reading,) = reporter.values(sample("A1B2=", form="SignedData", unit="Wh"))
    assert (reading.value, reading.raw, reading.format) == (None, "A1B2=", "SignedData")
    assert reporter.anomalies() == []


def test_all_that_was_said_of_a_value_is_kept(reporter: Reporter) -> None:
    told = sample("16.1", "Current.Import", "A", "L2", "Inlet", "Trigger", "Raw")
    (reading,) = reporter.values(told, connector=2, time="2026-05-01T12:10:00.25Z")
    assert reading.charger_id == reporter.charger.pk
    assert (reading.connector_id, reading.transaction) == (2, None)
    assert reading.timestamp == NOON + timedelta(minutes=10, milliseconds=250)
    assert (reading.measurand, reading.value, reading.unit) == (
        "Current.Import",
        Decimal("16.1"),
        "A",
    )
    assert (reading.phase, reading.location) == ("L2", "Inlet")
    assert (reading.context, reading.format) == ("Trigger", "Raw")


@pytest.mark.parametrize("moments", [[], [Samples(at(1), [])]])
def test_no_values_make_no_reading(reporter: Reporter, moments: list[Samples]) -> None:
    reporter.report(metering.meter_values, 1, None, moments, '{"connectorId":1}')
    reporter.charger.refresh_from_db()
    assert reporter.charger.readings.count() == 0
    assert reporter.charger.last_meter_values == {"connectorId": 1}


def test_the_newest_payload_is_the_chargers(reporter: Reporter) -> None:
    reporter.values("1", payload='{"connectorId":1,"meterValue":[]}')
    reporter.values("2", payload='{"connectorId":2,"meterValue":[]}')
    reporter.charger.refresh_from_db()
    assert reporter.charger.last_meter_values == {"connectorId": 2, "meterValue": []}
    assert reporter.charger.last_seen == NOON + timedelta(minutes=30)


# --- time ----------------------------------------------------------------------------------


def test_a_time_without_a_zone_is_in_the_chargers(charger: Charger) -> None:
    reporter = Reporter(charger, time_zone="America/Monterrey")
    (reading,) = reporter.values("1", time="2026-05-01T06:15:00")
    assert reading.timestamp == NOON + timedelta(minutes=15)
    assert reporter.anomalies() == []


@pytest.mark.parametrize("time", ["1970-01-01T00:00:00Z", "22222-01-01T00:00:00Z", "", "soon"])
def test_a_time_that_cannot_be_is_the_servers(reporter: Reporter, time: str) -> None:
    (reading,) = reporter.values("1", time=time, now=NOON)
    assert reading.timestamp == NOON
    (anomaly,) = reporter.anomalies()
    assert anomaly.kind == AnomalyKind.CLOCK
    assert f"“{time}”" in anomaly.detail


def test_the_same_oddity_is_noted_once_in_a_connection(reporter: Reporter) -> None:
    for minute in range(5):
        reporter.values("x", time=f"1970-01-01T00:0{minute}:00Z")
    assert [anomaly.kind for anomaly in reporter.anomalies()] == [
        AnomalyKind.CLOCK,
        AnomalyKind.BAD_VALUE,
    ]
    # Another connection tells it again.
    Reporter(reporter.charger).values("x")
    assert len(reporter.anomalies()) == 3


# --- which transaction ------------------------------------------------------------------------


def test_values_belong_to_the_transaction_they_name(reporter: Reporter) -> None:
    transaction, _ = reporter.start()
    (reading,) = reporter.values("1500", transaction_id=transaction.pk)
    assert reading.transaction == transaction
    assert reporter.anomalies() == []


@pytest.mark.parametrize("told", [None, 0])
def test_values_without_a_transaction_belong_to_the_only_open_one(
    reporter: Reporter, told: int | None
) -> None:
    transaction, _ = reporter.start(connector=1)
    elsewhere, _ = reporter.start(connector=2, tag="BEEF0002")
    (one,) = reporter.values("1500", transaction_id=told, connector=1)
    (two,) = reporter.values("1500", transaction_id=told, connector=2)
    (three,) = reporter.values("1500", transaction_id=told, connector=3)
    assert (one.transaction, two.transaction, three.transaction) == (transaction, elsewhere, None)
    assert reporter.anomalies() == []


@pytest.mark.parametrize("told", [-1, 987_654, 2**31, 10**18 - 1, -(10**18) + 1])
def test_values_of_an_unknown_transaction_belong_to_the_only_open_one(
    reporter: Reporter, told: int
) -> None:
    transaction, _ = reporter.start()
    (reading,) = reporter.values("1500", transaction_id=told)
    assert reading.transaction == transaction
    (anomaly,) = reporter.anomalies()
    assert anomaly.kind == AnomalyKind.METERING
    assert str(told) in anomaly.detail


def test_values_never_belong_to_another_chargers_transaction(reporter: Reporter) -> None:
    other = Reporter(Charger.objects.create(charger_id="CP2"))
    foreign, _ = other.start()
    (reading,) = reporter.values("900000", transaction_id=foreign.pk)
    assert reading.transaction is None
    foreign.refresh_from_db()
    assert (foreign.meter_last, foreign.energy_wh) == (None, 0)
    assert Transaction.objects.count() == 1


def test_two_open_transactions_of_a_connector_are_not_guessed_between(reporter: Reporter) -> None:
    reporter.start(time=at(10))
    reporter.start(time=at(0), meter=500)  # from an offline queue: it does not end the newer one
    assert Transaction.objects.filter(state=TransactionState.ACTIVE).count() == 2
    (reading,) = reporter.values("1500")
    assert reading.transaction is None


def test_values_after_the_stop_keep_their_transaction_and_change_no_energy(
    reporter: Reporter,
) -> None:
    transaction, _ = reporter.start(meter=1000)
    reporter.stop(transaction.pk, meter=6000)
    (named,) = reporter.values("9000", transaction_id=transaction.pk)
    (unnamed,) = reporter.values("9000")
    assert (named.transaction, unnamed.transaction) == (transaction, None)
    transaction.refresh_from_db()
    assert transaction.energy_wh == 5000


def test_the_cache_follows_a_start_and_a_stop(reporter: Reporter) -> None:
    (before,) = reporter.values("900")
    transaction, _ = reporter.start()
    (during,) = reporter.values("1500")
    reporter.stop(transaction.pk)
    (after,) = reporter.values("6000")
    found = [reading.transaction for reading in (before, during, after)]
    assert found == [None, transaction, None]


def test_an_unknown_transaction_may_become_known(reporter: Reporter) -> None:
    """A charge point may name the number that it is going to get."""
    first, _ = reporter.start()
    reporter.values("1", transaction_id=first.pk + 1)
    reporter.stop(first.pk)
    second, _ = reporter.start(time=at(90), meter=6000)
    (reading,) = reporter.values("6100", transaction_id=second.pk)
    assert reading.transaction == second


# --- energy so far --------------------------------------------------------------------------


def energy(transaction: Transaction) -> tuple[int | None, int]:
    transaction.refresh_from_db()
    return transaction.meter_last, transaction.energy_wh


def test_the_register_gives_the_energy_so_far(reporter: Reporter) -> None:
    transaction, _ = reporter.start(meter=1000)
    assert energy(transaction) == (None, 0)
    for register, expected in [("1000", 0), ("1500", 500), ("2000.9", 1000), ("1800", 1000)]:
        reporter.values(register)
        assert energy(transaction)[1] == expected
    reporter.values(sample("2.5", unit="kWh"))
    assert energy(transaction) == (2500, 1500)


def test_the_highest_register_of_a_message_counts(reporter: Reporter) -> None:
    transaction, _ = reporter.start(meter=1000)
    reporter.values("1100", "1300", "1200")
    assert energy(transaction) == (1300, 300)


@pytest.mark.parametrize(
    "sample",
    [
        sample("99999", POWER, "W"),
        sample("99999", "Energy.Active.Export.Register", "Wh"),
        sample("99999", "Energy.Active.Import.Interval", "Wh"),
        sample("99999", "Energy.Reactive.Import.Register", "varh"),
        sample("99999", phase="L1"),
        sample("99999", form="SignedData"),
        sample("x"),
        # No measurand, but a unit that is none of energy: whatever it is, it is no register.
        sample("99999", unit="V"),
        sample("99999", unit="A"),
        sample("99999", unit="Percent"),
        sample("99999", unit="varh"),
    ],
)
def test_what_is_no_register_of_energy_gives_no_energy(reporter: Reporter, sample: Sample) -> None:
    transaction, _ = reporter.start(meter=1000)
    reporter.values(sample)
    assert energy(transaction) == (None, 0)


@pytest.mark.parametrize(
    "register", ["0", "999", "-5", str(1000 + HIGHEST_WH + 1), "9999999999999"]
)
def test_a_register_that_cannot_be_gives_no_energy(reporter: Reporter, register: str) -> None:
    """It is relative to the session, has rolled over, or the meter lies: kept, but not counted."""
    transaction, _ = reporter.start(meter=1000)
    (reading,) = reporter.values(register)
    assert reading.value == int(register)
    assert energy(transaction) == (None, 0)
    reporter.values("1500")
    assert energy(transaction) == (1500, 500)


def test_energy_never_falls_whatever_comes(reporter: Reporter) -> None:
    transaction, _ = reporter.start(meter=1000)
    least = 0

    @given(st.lists(st.integers(-(10**6), 10**7).map(str), min_size=1, max_size=4))
    def check(registers: list[str]) -> None:
        nonlocal least
        reporter.values(*registers)
        found = energy(transaction)[1]
        assert found >= least >= 0
        least = found

    check()


def test_running_energy_is_that_of_active_transactions(reporter: Reporter) -> None:
    from accounts.domain.balance import Use
    from ocpp.domain.billing import running_energy

    ana, bob = make_driver("ana"), make_driver("bob", tag="BEEF0002")
    assert running_energy([ana.pk, bob.pk]) == {}
    first, _ = reporter.start(connector=1)
    reporter.start(connector=2, time=at(1))
    reporter.start(connector=3, tag="BEEF0002")
    reporter.values("1500", connector=1)
    reporter.values("1200", connector=2)
    assert running_energy([ana.pk, bob.pk]) == {ana.pk: Use(700), bob.pk: Use(0)}
    assert ana.balance_kwh == Decimal("99.3")
    reporter.stop(first.pk, meter=1500)
    assert running_energy([ana.pk]) == {ana.pk: Use(200)}
    assert ana.balance_kwh == Decimal("99.3")


def test_each_sample_is_one_row(reporter: Reporter) -> None:
    moments: list[Any] = [
        Samples(at(minute), [sample(str(1000 + minute)), sample("230", "Voltage", phase="L1")])
        for minute in range(10)
    ]
    reporter.report(metering.meter_values, 1, None, moments, "{}")
    readings = reporter.charger.readings.order_by("pk")
    assert readings.count() == 20
    assert readings[0].timestamp == datetime(2026, 5, 1, 12, tzinfo=UTC)
    assert readings[19].timestamp == NOON + timedelta(minutes=9)
