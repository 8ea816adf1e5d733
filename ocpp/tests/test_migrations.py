"""The tables that only grow become partitioned with what is in them, and plain again."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from ocpp.domain import partitions
from ocpp.tests.committed import transactional_db

__all__ = ["transactional_db"]

PLAIN, PARTITIONED = "before", "after"


def target(state: str) -> tuple[str, str]:
    """The migration that partitions the tables, or the one before it."""
    graph = MigrationExecutor(connection).loader.graph
    [made] = [one for one in graph.nodes if one[0] == "ocpp" and one[1].endswith("_partitions")]
    if state == PARTITIONED:
        return made
    [before] = [one.key for one in graph.node_map[made].parents if one.key[0] == "ocpp"]
    return before


def migrate(state: str) -> Any:
    """Bring the database to a state of its history; returns the models as they were then."""
    node = target(state)
    executor = MigrationExecutor(connection)
    executor.migrate([node])
    return MigrationExecutor(connection).loader.project_state([node]).apps


@pytest.fixture
def history(transactional_db: None) -> Iterator[None]:
    """Whatever happens, the database is up to date afterwards."""
    yield
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes())


def fill(models: Any, now: datetime) -> tuple[list[int], list[int]]:
    """Readings and messages of three months; returns their ids."""
    charger = models.get_model("ocpp", "Charger").objects.create(charger_id="CP1")
    readings, messages = [], []
    for days in (70, 40, 1, 0):
        time = now - timedelta(days=days)
        common = {"charger": charger}
        reading = models.get_model("ocpp", "MeterReading").objects.create(
            **common, connector_id=1, timestamp=time, measurand="Voltage", value=days
        )
        message = models.get_model("ocpp", "Message").objects.create(
            **common, direction="in", action="Heartbeat", time=time
        )
        readings.append(reading.pk)
        messages.append(message.pk)
    return readings, messages


def stored(models: Any) -> tuple[list[int], list[int]]:
    return tuple(  # type: ignore[return-value]
        list(models.get_model("ocpp", name).objects.order_by("pk").values_list("pk", flat=True))
        for name in ("MeterReading", "Message")
    )


def kinds() -> set[str]:
    """Of which kind the tables are in PostgreSQL: r is plain, p is partitioned."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relkind FROM pg_class WHERE relname IN ('ocpp_meterreading', 'ocpp_message')"
        )
        return {kind for (kind,) in cursor.fetchall()}


@pytest.mark.usefixtures("history")
def test_rows_stay_when_tables_are_partitioned_and_when_they_are_plain_again() -> None:
    now = datetime.now(UTC)
    before = migrate(PLAIN)
    rows = fill(before, now)
    after = migrate(PARTITIONED)
    assert stored(after) == rows
    # Ids go on where they were.
    newer = fill_one_more(after, now)
    assert newer > rows[0][-1]
    again = migrate(PLAIN)
    assert stored(again) == ([*rows[0], newer], rows[1])
    assert fill_one_more(again, now) > newer
    migrate(PARTITIONED)
    assert len(stored(after)[0]) == len(rows[0]) + 2


def fill_one_more(models: Any, now: datetime) -> int:
    charger = models.get_model("ocpp", "Charger").objects.get()
    reading = models.get_model("ocpp", "MeterReading").objects.create(
        charger=charger, connector_id=1, timestamp=now, measurand="Voltage", value=1
    )
    return int(reading.pk)


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no partitions")
@pytest.mark.usefixtures("history")
def test_rows_that_were_there_are_one_partition_until_the_end_of_the_month() -> None:
    now = datetime.now(UTC)
    before = migrate(PLAIN)
    assert kinds() == {"r"}
    fill(before, now)
    migrate(PARTITIONED)
    assert kinds() == {"p"}
    for table in partitions.TABLES:
        old, *rest = partitions.of(table)
        assert old.name == f"{table.name}_old"
        assert old.low is None
        assert old.high == partitions.month(now + timedelta(days=1), 1)
        bounds = [old.high, *(one.low for one in rest), rest[-1].high]
        assert rest[0].low == old.high
        assert bounds[-1] == partitions.month(now, 3)
        with connection.cursor() as cursor:
            cursor.execute(f'SELECT count(*) FROM "{old.name}"')  # noqa: S608
            assert cursor.fetchone() == (4,)


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no partitions")
@pytest.mark.usefixtures("history")
def test_an_interrupted_migration_is_run_again() -> None:
    models = migrate(PLAIN)
    rows = fill(models, datetime.now(UTC))
    with connection.cursor() as cursor:
        # As far as the steps before the exchange had come.
        cursor.execute(
            "CREATE UNIQUE INDEX ocpp_meterreading_old_key ON ocpp_meterreading (id, timestamp)"
        )
        cursor.execute(
            "ALTER TABLE ocpp_meterreading ADD CONSTRAINT ocpp_meterreading_old_bound "
            "CHECK (timestamp < '2999-01-01') NOT VALID"
        )
    assert stored(migrate(PARTITIONED)) == rows
