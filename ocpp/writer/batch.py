"""What one COMMIT will contain."""

import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime
from io import StringIO
from itertools import chain
from typing import Any

from django.db import connection

from ocpp.writer.tables import BETWEEN, NULL_MARK, ROWS_TOGETHER, Insert, Touch

Row = tuple[Any, ...]

_ESCAPES = str.maketrans({"\\": r"\\", "\n": r"\n", "\r": r"\r", "\t": r"\t"})
_NULL = r"\N"

#: Whether this SQLite knows UPDATE … FROM.
_UPDATES_FROM = sqlite3.sqlite_version_info >= (3, 33)

#: What psycopg2 asks of the text for COPY at a time.
COPY_BYTES = 256 * 1024


# The last time that was stamped, and its text: one message has the same in several rows.
_stamped: tuple[datetime | None, str] = (None, "")


def stamp(moment: datetime) -> str:
    """A time as both databases take and compare it: UTC, without a zone."""
    global _stamped
    last, text = _stamped
    if last is moment:
        return text
    utc = moment if moment.tzinfo is UTC else moment.astimezone(UTC)
    text = utc.isoformat(" ")[:-6]
    _stamped = (moment, text)
    return text


class Batch:
    """Rows and touches that the handlers ask for, by table.

    `flush` sends everything to the database, table by table, within the transaction that is open.
    """

    def __init__(self) -> None:
        self._inserts: dict[Insert, list[Row]] = {}
        self._touches: dict[Touch, dict[int, Row]] = {}
        #: When the first of its jobs was begun, as `stamp` gives it.
        self.begun = stamp(datetime.now(UTC))
        #: For whom runs the jobs: chargers and the epoch below which nothing of theirs counts any
        #: more, once it was read for this COMMIT.
        self.fences: dict[int, int] | None = None

    def insert(self, table: Insert, row: Row) -> None:
        """Ask for a row to be added."""
        rows = self._inserts.get(table)
        if rows is None:
            self._inserts[table] = [row]
        else:
            rows.append(row)

    def insert_all(self, table: Insert, rows: Sequence[Row]) -> None:
        """Ask for rows to be added."""
        if rows:
            self._inserts.setdefault(table, []).extend(rows)

    def touch(self, table: Touch, key: int, row: Row) -> None:
        """Ask for columns to be set in the row with primary key `key`."""
        rows = self._touches.setdefault(table, {})
        rows[key] = table.merge(rows[key], row) if key in rows else row

    def flush(self) -> None:
        """Write everything that was asked for."""
        inserts, touches = self._inserts, self._touches
        if not (inserts or touches):
            return
        self._inserts, self._touches = {}, {}
        write = _write_postgres if connection.vendor == "postgresql" else _write_sqlite
        write(inserts, touches)


def _write_sqlite(inserts: dict[Insert, list[Row]], touches: dict[Touch, dict[int, Row]]) -> None:
    connection.ensure_connection()
    with connection.wrap_database_errors:
        # The bare cursor: Django's would rewrite the statement for each call.
        cursor = connection.connection.cursor()
        for insert, rows in inserts.items():
            _execute(cursor, insert, rows)
        for touch, keyed in touches.items():
            # In the order of the keys: neighbours stand on one page.
            _execute(cursor, touch, [(*row, key) for key, row in sorted(keyed.items())])
        cursor.close()


def _execute(cursor: Any, order: Insert | Touch, rows: list[Row]) -> None:
    """Write the rows, as many as possible together."""
    together = isinstance(order, Insert) or _UPDATES_FROM
    whole = len(rows) - len(rows) % ROWS_TOGETHER if together else 0
    for start in range(0, whole, ROWS_TOGETHER):
        values = tuple(chain.from_iterable(rows[start : start + ROWS_TOGETHER]))
        cursor.execute(order.sqlite_sql_together, values)
    if whole < len(rows):
        cursor.executemany(order.sqlite_sql, rows[whole:])


def _write_postgres(inserts: dict[Insert, list[Row]], touches: dict[Touch, dict[int, Row]]) -> None:
    connection.ensure_connection()
    with connection.wrap_database_errors, connection.connection.cursor() as cursor:
        for insert, rows in inserts.items():
            cursor.copy_expert(insert.copy_sql, StringIO(copy_text(rows)), COPY_BYTES)
        for touch, keyed in touches.items():
            # In the order of the keys, so that two processes never wait for each other.
            keys = sorted(keyed)
            columns = [*zip(*[keyed[key] for key in keys], strict=True), keys]
            texts = [_joined(column) for column in columns]
            if None in texts:
                cursor.execute(touch.postgres_sql, [list(column) for column in columns])
            else:
                cursor.execute(touch.postgres_sql_joined, texts)


def _joined(column: Sequence[Any]) -> str | None:
    """The values of a column as one text; None where they could not be told apart in it."""
    nulls = column.count(None)
    if nulls:
        column = [NULL_MARK if value is None else value for value in column]
    text = BETWEEN.join(map(str, column))
    sound = text and text.count(BETWEEN) == len(column) - 1 and text.count(NULL_MARK) == nulls
    return text if sound else None


def copy_text(rows: list[Row]) -> str:
    """Rows in the text format of PostgreSQL's COPY.

    Nearly always there is nothing to escape. That is seen by counting in the whole text, which
    takes a third of the time of a look at each value.
    """
    values = list(chain.from_iterable(rows))
    nulls = values.count(None)
    if nulls:
        values = [_NULL if value is None else value for value in values]
    width = len(rows[0])
    texts = map(str, values)
    # The same iterator `width` times: it takes that many values for each row.
    text = "\n".join(map("\t".join, zip(*[texts] * width, strict=True))) + "\n"
    if (
        text.count("\\") == nulls
        and text.count("\n") == len(rows)
        and text.count("\t") == len(rows) * (width - 1)
        and "\r" not in text
    ):
        return text
    return "".join(["\t".join([_field(value) for value in row]) + "\n" for row in rows])


def _field(value: Any) -> str:
    if value is None:
        return _NULL
    text = value if type(value) is str else str(value)
    return text.translate(_ESCAPES) if _needs_escape(text) else text


def _needs_escape(text: str) -> bool:
    return "\\" in text or "\n" in text or "\t" in text or "\r" in text
