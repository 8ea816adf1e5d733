"""What one COMMIT will contain."""

from collections.abc import Iterable
from datetime import UTC, datetime
from io import StringIO
from typing import Any

from django.db import connection

from ocpp.writer.tables import Insert, Touch

Row = tuple[Any, ...]

_ESCAPES = str.maketrans({"\\": r"\\", "\n": r"\n", "\r": r"\r", "\t": r"\t"})


def stamp(moment: datetime) -> str:
    """A time as both databases take and compare it: UTC, without a zone."""
    if moment.tzinfo is not UTC:
        moment = moment.astimezone(UTC)
    return moment.isoformat(" ")[:-6]


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
            cursor.executemany(insert.sqlite_sql, rows)
        for touch, keyed in touches.items():
            cursor.executemany(touch.sqlite_sql, [(*row, key) for key, row in keyed.items()])
        cursor.close()


def _write_postgres(inserts: dict[Insert, list[Row]], touches: dict[Touch, dict[int, Row]]) -> None:
    connection.ensure_connection()
    with connection.wrap_database_errors, connection.connection.cursor() as cursor:
        for insert, rows in inserts.items():
            cursor.copy_expert(insert.copy_sql, StringIO(copy_text(rows)))
        for touch, keyed in touches.items():
            # In the order of the keys, so that two processes never wait for each other.
            ordered = sorted(keyed.items())
            arrays = [list(column) for column in zip(*(row for _, row in ordered), strict=True)]
            cursor.execute(touch.postgres_sql(connection), [*arrays, [key for key, _ in ordered]])


def copy_text(rows: list[Row]) -> str:
    """Rows in the text format of PostgreSQL's COPY."""
    return "".join(["\t".join([_field(value) for value in row]) + "\n" for row in rows])


def _field(value: Any) -> str:
    if value is None:
        return r"\N"
    text = value if type(value) is str else str(value)
    return text.translate(_ESCAPES) if _needs_escape(text) else text


def _needs_escape(text: str) -> bool:
    return "\\" in text or "\n" in text or "\t" in text or "\r" in text
