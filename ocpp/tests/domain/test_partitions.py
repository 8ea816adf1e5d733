"""Partitions by month on PostgreSQL, and that nobody who uses the tables notices."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.apps import apps
from django.db import connection

from ocpp.connection.log import MESSAGES, row
from ocpp.domain import partitions
from ocpp.domain.queries import log
from ocpp.models import Charger, Message, MeterReading
from ocpp.tests import stored
from ocpp.tests.factories import Reporter
from ocpp.writer.batch import Batch

pytestmark = pytest.mark.django_db

needs_partitions = pytest.mark.skipif(
    connection.vendor != "postgresql", reason="SQLite has no partitions"
)


def where(table: partitions.Table) -> dict[int, str]:
    """The partition that each row is in, by the row's key."""
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT "id", tableoid::regclass::text FROM "{table.name}"')  # noqa: S608
        return dict(cursor.fetchall())


def reading(charger: Charger, time: datetime) -> MeterReading:
    made: MeterReading = MeterReading.objects.create(
        charger=charger, connector_id=1, timestamp=time, measurand="Voltage", value=230
    )
    return made


def test_nothing_refers_to_a_row_of_a_partitioned_table() -> None:
    """A foreign key would need the column by which the table is partitioned."""
    for table in partitions.TABLES:
        for model in apps.get_models(include_auto_created=True):
            for field in model._meta.concrete_fields:
                assert field.related_model is not table.model, f"{model}.{field.name}"


def test_orm_is_unchanged(charger: Charger) -> None:
    now = datetime.now(UTC)
    rows = [reading(charger, now - timedelta(days=40 * n)) for n in range(4)]
    assert MeterReading._meta.pk.name == "id"
    assert MeterReading.objects.get(pk=rows[2].pk).timestamp == rows[2].timestamp
    rows[2].value = 231
    rows[2].save()
    # It may even move to another month.
    rows[3].timestamp = now
    rows[3].save()
    mine = MeterReading.objects.filter(charger=charger)
    assert [one.pk for one in mine.order_by("-id")] == [one.pk for one in rows[::-1]]
    assert mine.filter(timestamp=now).count() == 2
    assert mine.get(value=231) == rows[2]
    made = MeterReading.objects.bulk_create(
        [MeterReading(charger=charger, connector_id=1, timestamp=now, measurand="Voltage")]
    )
    assert made[0].pk > rows[3].pk
    assert MeterReading.objects.filter(pk=rows[0].pk).delete()[0] == 1
    charger.delete()
    assert not MeterReading.objects.exists()


@needs_partitions
def test_rows_find_the_partition_of_their_month(reporter: Reporter) -> None:
    """Those of the writer too, at the turn of a month, and what no partition is for."""
    now = datetime.now(UTC)
    turn = partitions.month(now, 1)
    names = {
        turn - timedelta(seconds=1): f"ocpp_meterreading_{now:%Y_%m}",
        turn: f"ocpp_meterreading_{turn:%Y_%m}",
        partitions.month(now, 2): f"ocpp_meterreading_{partitions.month(now, 2):%Y_%m}",
        partitions.month(now, -1): "ocpp_meterreading_default",
    }
    for time, name in names.items():
        text = time.strftime("%Y-%m-%dT%H:%M:%SZ")
        # The writer takes times that are at most a day ahead.
        came = max(time, now)
        [sent] = reporter.values("1000", time=text, now=came)
        made = reading(reporter.charger, time)
        found = where(partitions.READINGS)
        assert (found[sent.pk], found[made.pk]) == (name, name)
    batch = Batch()
    batch.insert(MESSAGES, row(reporter.charger.pk, "in", "Heartbeat", "1", "{}", "", "", turn))
    batch.flush()
    message = Message.objects.latest("pk")
    assert where(partitions.MESSAGES)[message.pk] == f"ocpp_message_{turn:%Y_%m}"


@needs_partitions
def test_partitions_are_made_ahead_once(charger: Charger) -> None:
    now = datetime.now(UTC)
    assert partitions.make_ahead(now) == []
    later = partitions.month(now, 2)
    # What came before anybody had made its partition.
    late = reading(charger, partitions.month(now, 4) + timedelta(days=3))
    early = reading(charger, partitions.month(now, -5))
    assert set(where(partitions.READINGS).values()) == {"ocpp_meterreading_default"}
    made = partitions.make_ahead(later)
    months = [f"{partitions.month(now, n):%Y_%m}" for n in (3, 4)]
    assert made == [f"{table.name}_{one}" for table in partitions.TABLES for one in months]
    assert partitions.make_ahead(later) == []
    assert where(partitions.READINGS) == {
        late.pk: f"ocpp_meterreading_{months[1]}",
        early.pk: "ocpp_meterreading_default",
    }
    assert MeterReading.objects.get(pk=late.pk).value == 230
    # The new ones have the indexes of the others.
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_indexes WHERE tablename = %s", [made[0]])
        assert cursor.fetchone() == (2,)


def plan(sql: str, parameters: tuple[Any, ...]) -> str:
    """How PostgreSQL finds it, going through a table only where no index serves.

    What is cheaper for the few rows here depends on what tests before have left in the files.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
        cursor.execute("EXPLAIN " + sql, parameters)
        return "\n".join(line for (line,) in cursor.fetchall())


@needs_partitions
def test_what_is_asked_is_found_by_an_index_in_the_partitions_that_matter(
    charger: Charger,
) -> None:
    now = datetime.now(UTC)
    stored.readings(charger, 20_000)
    batch = Batch()
    for n in range(3_000):
        batch.insert(MESSAGES, row(charger.pk, "in", "Heartbeat", str(n), "{}", "", "", now))
    batch.flush()
    stored.look_again()
    mine = MeterReading.objects.filter(charger=charger)
    recent = plan(*mine.filter(timestamp__gte=now - timedelta(seconds=1)).query.sql_with_params())
    # Earlier months are not even looked at, but for what no month takes.
    this_month = f"ocpp_meterreading_{now:%Y_%m}"
    assert this_month in recent
    assert f"ocpp_meterreading_{partitions.month(now, -1):%Y_%m}" not in recent
    questions = [
        mine.filter(timestamp__gte=now - timedelta(days=1)),
        MeterReading.objects.order_by("-id")[:100],
        MeterReading.objects.filter(pk=5),
        Message.objects.filter(charger=charger).order_by("-pk")[: log.PAGE_SIZE + 1],
        Message.objects.filter(charger=charger, pk__lt=1000).order_by("-pk")[:51],
        Message.objects.filter(pk__gte=1000).order_by("pk")[:1],
    ]
    for question in questions:
        how = plan(*question.query.sql_with_params())
        assert "Seq Scan" not in how, how
        assert "Sort  (" not in how, how
