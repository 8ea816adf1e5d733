"""What one COMMIT will contain."""

from collections.abc import Iterable
from datetime import UTC, datetime
from io import StringIO
from itertools import chain
from typing import Any

from django.db import connection

from ocpp.writer.tables import ROWS_TOGETHER, Insert, Touch

Row = tuple[Any, ...]

_ESCAPES = str.maketrans({"\\": r"\\", "\n": r"\n", "\r": r"\r", "\t": r"\t"})
_NULL = r"\N"

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
    """Rows and touches in the order in which the handlers asked for them.

    `mark` and `undo` take back what a failed message has asked for; `flush` sends everything to
    the database, table by table, within the transaction that is open.
    """

    def __init__(self) -> None:
        self._asked: list[tuple[Insert, None, Row] | tuple[Touch, int, Row]] = []
        #: For whom runs the jobs: chargers and the epoch below which nothing of theirs counts any
        #: more, once it was read for this COMMIT.
        self.fences: dict[int, int] | None = None

    def insert(self, table: Insert, row: Row) -> None:
        """Ask for a row to be added."""
        self._asked.append((table, None, row))

    def insert_all(self, table: Insert, rows: Iterable[Row]) -> None:
        """Ask for rows to be added."""
        self._asked.extend((table, None, row) for row in rows)

    def touch(self, table: Touch, key: int, row: Row) -> None:
        """Ask for columns to be set in the row with primary key `key`."""
        self._asked.append((table, key, row))

    def mark(self) -> int:
        """The present end of the batch, for `undo`."""
        return len(self._asked)

    def undo(self, mark: int) -> None:
        """Forget what was asked for since `mark`."""
        del self._asked[mark:]

    def flush(self) -> None:
        """Write everything that was asked for."""
        if not self._asked:
            return
        inserts: dict[Insert, list[Row]] = {}
        touches: dict[Touch, dict[int, Row]] = {}
        for table, key, row in self._asked:
            if isinstance(table, Insert):
                inserts.setdefault(table, []).append(row)
            else:
                rows = touches.setdefault(table, {})
                assert key is not None  # noqa: S101  (a touch always has its key)
                rows[key] = table.merge(rows[key], row) if key in rows else row
        self._asked.clear()
        write = _write_postgres if connection.vendor == "postgresql" else _write_sqlite
        write(inserts, touches)


def _write_sqlite(inserts: dict[Insert, list[Row]], touches: dict[Touch, dict[int, Row]]) -> None:
    connection.ensure_connection()
    with connection.wrap_database_errors:
        # The bare cursor: Django's would rewrite the statement for each call.
        cursor = connection.connection.cursor()
        for insert, rows in inserts.items():
            whole = len(rows) - len(rows) % ROWS_TOGETHER
            for start in range(0, whole, ROWS_TOGETHER):
                values = tuple(chain.from_iterable(rows[start : start + ROWS_TOGETHER]))
                cursor.execute(insert.sqlite_sql_together, values)
            cursor.executemany(insert.sqlite_sql, rows[whole:])
        for touch, keyed in touches.items():
            cursor.executemany(touch.sqlite_sql, [(*row, key) for key, row in keyed.items()])
        cursor.close()


def _write_postgres(inserts: dict[Insert, list[Row]], touches: dict[Touch, dict[int, Row]]) -> None:
    connection.ensure_connection()
    with connection.wrap_database_errors, connection.connection.cursor() as cursor:
        for insert, rows in inserts.items():
            cursor.copy_expert(insert.copy_sql, StringIO(copy_text(rows)), COPY_BYTES)
        for touch, keyed in touches.items():
            # In the order of the keys, so that two processes never wait for each other.
            ordered = sorted(keyed.items())
            arrays = [list(column) for column in zip(*(row for _, row in ordered), strict=True)]
            cursor.execute(touch.postgres_sql(connection), [*arrays, [key for key, _ in ordered]])


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
