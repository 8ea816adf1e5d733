"""What a batch writes is what was asked for, on both databases."""

import json
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.db.models import Max
from hypothesis import given
from hypothesis import strategies as st

from ocpp.choices import TransactionState
from ocpp.domain.chargers import HEARTBEAT
from ocpp.domain.data_transfer import DATA_TRANSFERS
from ocpp.domain.firmware import FIRMWARE
from ocpp.domain.metering import LAST_METER_VALUES, READINGS
from ocpp.domain.running import ENERGY
from ocpp.models import Charger, DataTransfer, Message, MeterReading, Transaction
from ocpp.tests.factories import NOON, NOON_TEXT
from ocpp.writer.batch import Batch, copy_text, stamp
from ocpp.writer.tables import ROWS_TOGETHER

#: Any text that the protocol lets through (`jsontext` refuses NUL and half surrogate pairs).
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\x00")) | st.lists(
    st.sampled_from(["\\", "\\N", "\\.", "\t", "\n", "\r", "\\t", "N", "'", '"', "%s", "{}", "é"])
).map("".join)


def data_row(charger: Charger, data: str, vendor: str = "V") -> tuple[Any, ...]:
    return (charger.pk, vendor, "", data, stamp(NOON))


def written(row: tuple[Any, ...]) -> DataTransfer:
    """The row as it is read after it was written by a batch."""
    batch = Batch()
    batch.insert(DATA_TRANSFERS, row)
    batch.flush()
    return DataTransfer.objects.latest("pk")


@pytest.mark.parametrize(
    "text",
    ["", "\\N", "\\.", "a\tb", "a\nb", "a\r\nb", "\\", "\\\\N", "\\t", "a\\", "\b\f\v\x1f", "𝄞é"],
)
def test_a_text_comes_back_as_it_was(charger: Charger, text: str) -> None:
    assert written(data_row(charger, text)).data == text


def test_any_text_comes_back_as_it_was(charger: Charger) -> None:
    @given(TEXTS, TEXTS.map(lambda text: text[:255]))
    def check(data: str, vendor: str) -> None:
        row = written(data_row(charger, data, vendor))
        assert (row.data, row.vendor_id) == (data, vendor)

    check()


def test_many_rows_do_not_run_into_each_other(charger: Charger) -> None:
    @given(st.lists(TEXTS, max_size=10))
    def check(texts: list[str]) -> None:
        newest = DataTransfer.objects.aggregate(newest=Max("pk"))["newest"] or 0
        batch = Batch()
        batch.insert_all(DATA_TRANSFERS, [data_row(charger, text) for text in texts])
        batch.flush()
        found = DataTransfer.objects.filter(pk__gt=newest).order_by("pk")
        assert list(found.values_list("data", flat=True)) == texts

    check()


def test_copy_text_tells_none_from_the_text_that_spells_it() -> None:
    assert copy_text([(None, "\\N", "", 1), ("a\tb", "c\nd", "\r", "x")]) == (
        "\\N\t\\\\N\t\t1\na\\tb\tc\\nd\t\\r\tx\n"
    )


def test_copy_text_is_the_same_whether_anything_has_to_be_escaped_or_not() -> None:
    plain = [(1, None, "a", ""), (2, 3, '{"a": [1]}', "é")]
    assert copy_text(plain) == '1\t\\N\ta\t\n2\t3\t{"a": [1]}\t\u00e9\n'
    odd = [(3, None, "b\\", "c\td")]
    assert copy_text([*plain, *odd]) == copy_text(plain) + copy_text(odd)
    assert copy_text(odd) == "3\t\\N\tb\\\\\tc\\td\n"


@pytest.mark.parametrize("count", [1, ROWS_TOGETHER - 1, ROWS_TOGETHER, 2 * ROWS_TOGETHER + 3])
def test_rows_are_stored_in_their_order_however_many_they_are(charger: Charger, count: int) -> None:
    batch = Batch()
    batch.insert_all(DATA_TRANSFERS, [data_row(charger, str(number)) for number in range(count)])
    batch.flush()
    stored = DataTransfer.objects.order_by("pk").values_list("data", flat=True)
    assert list(stored) == [str(number) for number in range(count)]


def reading_row(charger: Charger, value: str | None, raw: str = "") -> tuple[Any, ...]:
    return (charger.pk, 1, None, stamp(NOON), "Voltage", value, "V", "", "", "", "", raw)


@pytest.mark.parametrize("value", [None, "0", "-0.0001", "230.5", "99999999999999", "1234567.8901"])
def test_a_number_comes_back_as_it_was(charger: Charger, value: str | None) -> None:
    batch = Batch()
    batch.insert(READINGS, reading_row(charger, value))
    batch.flush()
    reading = MeterReading.objects.get()
    assert reading.value == (None if value is None else Decimal(value))
    assert reading.transaction_id is None


MOMENTS = st.datetimes(
    datetime(2015, 1, 1),  # noqa: DTZ001  (its zone is chosen below)
    datetime(2100, 1, 1),  # noqa: DTZ001
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=-6)), timezone.utc]),  # noqa: UP017
)


def test_a_time_is_read_back_as_it_was(charger: Charger) -> None:
    @given(MOMENTS)
    def check(moment: datetime) -> None:
        row = written((charger.pk, "V", "", "", stamp(moment)))
        assert row.time == moment
        # And Django finds it by that time: both databases compare what the batch wrote.
        assert DataTransfer.objects.filter(pk=row.pk, time=moment).exists()
        after = moment + timedelta(microseconds=1)
        assert DataTransfer.objects.filter(pk=row.pk, time__lt=after).exists()
        assert not DataTransfer.objects.filter(pk=row.pk, time__lt=moment).exists()

    check()


def test_a_stamped_time_is_stored_just_as_django_stores_it(charger: Charger) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL has a type for times; SQLite compares the texts")
    for moment in (NOON, NOON + timedelta(microseconds=10)):
        written((charger.pk, "V", "", "", stamp(moment)))
        DataTransfer.objects.create(charger=charger, vendor_id="V", time=moment)
        with connection.cursor() as cursor:
            cursor.execute("SELECT time FROM ocpp_datatransfer ORDER BY id DESC LIMIT 2")
            (ours,), (djangos,) = cursor.fetchall()
        assert ours == djangos


def test_the_last_touch_wins(charger: Charger) -> None:
    other = Charger.objects.create(charger_id="CP2")
    batch = Batch()
    for minute in range(3):
        now = stamp(NOON + timedelta(minutes=minute))
        batch.touch(HEARTBEAT, charger.pk, (now, now))
    batch.touch(HEARTBEAT, other.pk, (stamp(NOON), stamp(NOON)))
    batch.touch(FIRMWARE, charger.pk, ("Downloading", stamp(NOON)))
    batch.touch(FIRMWARE, charger.pk, ("Installed", stamp(NOON)))
    batch.flush()
    charger.refresh_from_db()
    other.refresh_from_db()
    assert charger.last_heartbeat == NOON + timedelta(minutes=2)
    assert charger.firmware_status == "Installed"
    assert (other.last_heartbeat, other.firmware_status) == (NOON, "")


@pytest.mark.parametrize("count", [1, ROWS_TOGETHER - 1, ROWS_TOGETHER, 2 * ROWS_TOGETHER + 3])
def test_each_row_is_touched_with_its_own_values(charger: Charger, count: int) -> None:
    chargers = [Charger.objects.create(charger_id=f"N{n}") for n in range(count)]
    batch = Batch()
    for n, one in enumerate(reversed(chargers)):
        batch.touch(LAST_METER_VALUES, one.pk, (json.dumps({"n": n}), stamp(NOON)))
    batch.flush()
    stored = Charger.objects.exclude(pk=charger.pk).order_by("-pk")
    assert [one.last_meter_values for one in stored] == [{"n": n} for n in range(count)]
    charger.refresh_from_db()
    assert charger.last_meter_values == {}


@pytest.mark.parametrize("text", ["", "a\x1fb", "\x1e", "\\", "'", "é", "%s"])
@pytest.mark.parametrize("count", [1, 2, ROWS_TOGETHER])
def test_a_touch_stores_any_text(charger: Charger, text: str, count: int) -> None:
    others = [Charger.objects.create(charger_id=f"N{n}") for n in range(count - 1)]
    batch = Batch()
    for one in others:
        batch.touch(FIRMWARE, one.pk, ("Installed", None))
    batch.touch(FIRMWARE, charger.pk, (text, stamp(NOON)))
    batch.flush()
    charger.refresh_from_db()
    assert (charger.firmware_status, charger.last_seen) == (text, NOON)
    for one in others:
        one.refresh_from_db()
        assert (one.firmware_status, one.last_seen) == ("Installed", None)


def test_a_touch_of_a_row_that_is_not_there_is_nothing(charger: Charger) -> None:
    batch = Batch()
    batch.touch(HEARTBEAT, charger.pk + 1, (stamp(NOON), stamp(NOON)))
    batch.flush()
    charger.refresh_from_db()
    assert charger.last_heartbeat is None


def test_json_comes_back_as_it_was(charger: Charger) -> None:
    payload = {"meterValue": [{"x": "\\N \t \" ' {} % é 𝄞", "n": 10**17, "f": 0.5, "z": None}]}
    batch = Batch()
    batch.touch(LAST_METER_VALUES, charger.pk, (json.dumps(payload), stamp(NOON)))
    batch.flush()
    charger.refresh_from_db()
    assert charger.last_meter_values == payload


@pytest.fixture
def running(charger: Charger) -> Transaction:
    return Transaction.objects.create(
        charger=charger,
        connector_id=1,
        id_tag="A",
        meter_start=100,
        start_time=NOON,
        start_raw=NOON_TEXT,
        start_received=NOON,
    )


@pytest.mark.parametrize("together", [True, False])
def test_a_register_only_grows(running: Transaction, together: bool) -> None:
    batch = Batch()
    for register in (150, 400, 300):
        batch.touch(ENERGY, running.pk, (register, register - 100))
        if not together:
            batch.flush()
    batch.flush()
    running.refresh_from_db()
    assert (running.meter_last, running.energy_wh) == (400, 300)


def test_a_condition_holds_back_a_touch(running: Transaction) -> None:
    Transaction.objects.update(stop_time=NOON, state=TransactionState.COMPLETED, energy_wh=7)
    batch = Batch()
    batch.touch(ENERGY, running.pk, (900, 800))
    batch.flush()
    running.refresh_from_db()
    assert (running.meter_last, running.energy_wh) == (None, 7)


def test_registers_of_many_only_grow_and_only_while_they_run(running: Transaction) -> None:
    fields = {"charger": running.charger, "start_time": NOON, "start_received": NOON}
    many = [
        Transaction.objects.create(
            **fields,
            connector_id=n + 2,
            id_tag="T",
            meter_start=0,
            stop_time=NOON if n % 2 else None,
        )
        for n in range(ROWS_TOGETHER)
    ]
    for register in (200, 100):
        batch = Batch()
        for one in many:
            batch.touch(ENERGY, one.pk, (register, register))
        batch.flush()
    for one in many:
        one.refresh_from_db()
    told = {(one.stop_time is None, one.meter_last, one.energy_wh) for one in many}
    assert told == {(True, 200, 200), (False, None, 0)}


def test_a_flush_writes_once(charger: Charger) -> None:
    batch = Batch()
    batch.insert(DATA_TRANSFERS, data_row(charger, "x"))
    batch.flush()
    batch.flush()
    assert DataTransfer.objects.count() == 1


def test_no_rows_are_nothing_to_write(charger: Charger) -> None:
    batch = Batch()
    batch.insert_all(READINGS, [])
    batch.flush()
    assert not MeterReading.objects.exists()


def test_rows_of_several_tables_and_touches_go_together(charger: Charger) -> None:
    batch = Batch()
    batch.insert(DATA_TRANSFERS, data_row(charger, "x"))
    batch.touch(HEARTBEAT, charger.pk, (stamp(NOON), stamp(NOON)))
    batch.insert_all(READINGS, [reading_row(charger, "1"), reading_row(charger, None, "x V")])
    batch.insert(DATA_TRANSFERS, data_row(charger, "y"))
    batch.flush()
    assert DataTransfer.objects.count() == MeterReading.objects.count() == 2
    assert Message.objects.count() == 0
