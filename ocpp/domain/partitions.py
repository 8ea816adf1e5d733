"""Partitions by month of the tables that only grow, on PostgreSQL; SQLite has none.

Django knows nothing of them: it reads and writes the table as a whole. Each has a partition for
what no other takes (`…_default`): values of long ago that an offline charge point kept, or of a
month that nobody has made a partition for. Months are those of UTC.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import connection, models, transaction
from django.db.backends.utils import CursorWrapper

from ocpp.models import Message, MeterReading

#: How many months after this one have their partition already.
MONTHS_AHEAD = 2
#: One process at a time changes partitions.
_ADVISORY_LOCK = 0x6F63_7070
#: How a partition is called from when it is detached until it is dropped.
_ASIDE = "_pruned"
_BOUNDS = re.compile(r"FROM \((MINVALUE|'[^']+')\) TO \(('[^']+')\)")


@dataclass(frozen=True)
class Table:
    """A table in partitions, and the column by which its rows find theirs."""

    model: type[models.Model]
    column: str

    @property
    def name(self) -> str:
        """Its name in the database."""
        return self.model._meta.db_table

    @property
    def default(self) -> str:
        """The partition for what no other takes."""
        return f"{self.name}_default"


READINGS = Table(MeterReading, "timestamp")
MESSAGES = Table(Message, "time")
TABLES = (READINGS, MESSAGES)


@dataclass(frozen=True)
class Partition:
    """A partition with its bounds; `low` is None for everything before `high`."""

    name: str
    low: datetime | None
    high: datetime

    def covers(self, moment: datetime) -> bool:
        """Whether rows of that moment are in it."""
        return (self.low is None or self.low <= moment) and moment < self.high


def supported() -> bool:
    """Whether the database has partitions."""
    return connection.vendor == "postgresql"


def month(moment: datetime, later: int = 0) -> datetime:
    """The beginning of the month, in UTC, that lies so many months after that of a moment."""
    moment = moment.astimezone(UTC)
    months = moment.year * 12 + moment.month - 1 + later
    return datetime(months // 12, months % 12 + 1, 1, tzinfo=UTC)


def of(table: Table) -> list[Partition]:
    """The partitions of a table but for the default one, oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname, pg_get_expr(c.relpartbound, c.oid) FROM pg_inherits i "
            "JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = %s::regclass",
            [table.name],
        )
        told = [(name, _BOUNDS.search(bound)) for name, bound in cursor.fetchall()]
    found = [
        Partition(name, _moment(bounds[1]), _moment(bounds[2]) or datetime.max.replace(tzinfo=UTC))
        for name, bounds in told
        if bounds is not None
    ]
    return sorted(found, key=lambda one: one.high)


def _moment(text: str) -> datetime | None:
    if text == "MINVALUE":
        return None
    return datetime.fromisoformat(text.strip("'")).astimezone(UTC)


def make_ahead(now: datetime) -> list[str]:
    """Make the partitions of this month and the next ones, and return the names of the new ones.

    The table stays in use: only what is read of the default partition waits, for as long as it
    takes to see that no row of it belongs into the new one.
    """
    made: list[str] = []
    if not supported():
        return made
    for table in TABLES:
        for later in range(MONTHS_AHEAD + 1):
            low, high = month(now, later), month(now, later + 1)
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_ADVISORY_LOCK])
                if not any(one.covers(low) for one in of(table)):
                    made.append(_make(cursor, table, low, high))
    return made


def _make(cursor: CursorWrapper, table: Table, low: datetime, high: datetime) -> str:
    """Make a partition; rows that the default one had taken for it go there."""
    # Only those rows are locked while they move, however many they are.
    cursor.execute("SET LOCAL statement_timeout = 0")
    name = f"{table.name}_{low:%Y_%m}"
    # A table of its own first: to make it as a partition would lock out everybody.
    cursor.execute(
        f'CREATE TABLE "{name}" (LIKE "{table.name}" INCLUDING DEFAULTS INCLUDING CONSTRAINTS)'
    )
    columns = columns_of(table)
    cursor.execute(
        f'WITH moved AS (DELETE FROM "{table.default}" '  # noqa: S608
        f'WHERE "{table.column}" >= %s AND "{table.column}" < %s RETURNING {columns}) '
        f'INSERT INTO "{name}" ({columns}) SELECT {columns} FROM moved',
        [low, high],
    )
    cursor.execute(
        f'ALTER TABLE "{table.name}" ATTACH PARTITION "{name}" FOR VALUES FROM (%s) TO (%s)',
        [low, high],
    )
    return name


def columns_of(table: Table) -> str:
    """The columns of a table, for SQL."""
    return ", ".join(f'"{field.column}"' for field in table.model._meta.concrete_fields)


def drop(table: Table, one: Partition, *, later_than: int | None, sessions: list[int]) -> bool:
    """Drop a partition with all its rows, but for those of some sessions, which are moved.

    Nothing is done, and False returned, where it holds a row with an id above `later_than`. The
    table is locked for as long as it takes to detach it and to find the rows of the sessions.
    """
    name = connection.ops.quote_name
    aside = f"{one.name}{_ASIDE}"
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_ADVISORY_LOCK])
        # Charge points wait meanwhile, and give up after some 8 s.
        cursor.execute("SET LOCAL lock_timeout = 500; SET LOCAL statement_timeout = 2000")
        cursor.execute(f"ALTER TABLE {name(table.name)} DETACH PARTITION {name(one.name)}")
        if later_than is not None:
            cursor.execute(
                f"SELECT EXISTS (SELECT FROM {name(one.name)} WHERE id > %s)",  # noqa: S608
                [later_than],
            )
            if cursor.fetchone()[0]:
                transaction.set_rollback(True)
                return False
        if sessions:
            columns = columns_of(table)
            # By the charger first: that is what there is an index for.
            cursor.execute(
                f"INSERT INTO {name(table.default)} ({columns}) "  # noqa: S608
                f"SELECT {columns} FROM {name(one.name)} "
                "WHERE charger_id IN (SELECT charger_id FROM ocpp_transaction WHERE id = ANY(%s)) "
                "AND transaction_id = ANY(%s)",
                [sessions, sessions],
            )
        cursor.execute(f"ALTER TABLE {name(one.name)} RENAME TO {name(aside)}")
    with connection.cursor() as cursor:
        # Nobody knows of it any more, so nobody waits for this.
        cursor.execute(f"DROP TABLE {name(aside)}")
    return True


def drop_leftovers() -> None:
    """Drop what was detached by somebody who then had no time to drop it."""
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(
                "SELECT relname FROM pg_class WHERE relkind = 'r' AND NOT relispartition "
                "AND pg_table_is_visible(oid) AND relname ~ %s",
                [rf"^{table.name}_(\d{{4}}_\d{{2}}|old){_ASIDE}$"],
            )
            for (found,) in cursor.fetchall():
                cursor.execute(f"DROP TABLE IF EXISTS {connection.ops.quote_name(found)}")


def about(one: Partition) -> int:
    """About how many rows a partition holds."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT greatest(reltuples, 0)::bigint FROM pg_class WHERE oid = %s::regclass",
            [one.name],
        )
        return int(cursor.fetchone()[0])
