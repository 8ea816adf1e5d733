"""What a batch may hold for a table: rows to insert, and rows to touch.

An order of either kind is declared once, beside the rule that uses it, and carries the SQL for
both databases.
"""

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from django.db import connection, models

#: How many rows one INSERT of SQLite takes. SQLite gives up the interpreter for each statement, so
#: with a row in each the writer and the event loop take turns at every row.
ROWS_TOGETHER = 16

#: What stands between joined values, and for NULL: control characters that no JSON text, number or
#: time has in it.
BETWEEN = "\x1f"
NULL_MARK = "\x1e"


class _Order:
    """Columns of a model, by attribute name, in the order in which values are given."""

    def __init__(self, model: type[models.Model], columns: Sequence[str]) -> None:
        self.model = model
        self.attributes = tuple(columns)

    @cached_property
    def _fields(self) -> list["models.Field[object, object]"]:
        by_name = {field.attname: field for field in self.model._meta.concrete_fields}
        return [by_name[name] for name in self.attributes]

    @cached_property
    def table(self) -> str:
        """Name of the table."""
        return self.model._meta.db_table

    @cached_property
    def columns(self) -> list[str]:
        """Names of the columns, quoted."""
        return [f'"{field.column}"' for field in self._fields]

    @cached_property
    def postgres_types(self) -> list[str]:
        """PostgreSQL's types of the columns. To be asked for on PostgreSQL only."""
        return [str(field.rel_db_type(connection)) for field in self._fields]


class Insert(_Order):
    """Rows to add. A row is a tuple of values as the database takes them."""

    @cached_property
    def sqlite_sql(self) -> str:
        """For one row."""
        return self._sqlite_sql(1)

    @cached_property
    def sqlite_sql_together(self) -> str:
        """For `ROWS_TOGETHER` rows, all their values in one sequence."""
        return self._sqlite_sql(ROWS_TOGETHER)

    def _sqlite_sql(self, rows: int) -> str:
        marks = ", ".join([f"({', '.join('?' * len(self.columns))})"] * rows)
        return f'INSERT INTO "{self.table}" ({", ".join(self.columns)}) VALUES {marks}'  # noqa: S608

    @cached_property
    def copy_sql(self) -> str:
        """For PostgreSQL's COPY."""
        return f'COPY "{self.table}" ({", ".join(self.columns)}) FROM STDIN'


class Touch(_Order):
    """Columns to set in the row of a primary key; of several touches the last one wins.

    Columns in `greatest` only ever grow. `where` is a further condition, plain SQL.
    """

    def __init__(
        self,
        model: type[models.Model],
        columns: Sequence[str],
        *,
        greatest: Sequence[str] = (),
        where: str = "",
    ) -> None:
        super().__init__(model, columns)
        self.greatest = frozenset(greatest)
        self.where = where

    def merge(self, old: tuple[Any, ...], new: tuple[Any, ...]) -> tuple[Any, ...]:
        """The values that stand for both, `new` being the later."""
        if not self.greatest:
            return new
        return tuple(
            max(before, after) if name in self.greatest else after
            for name, before, after in zip(self.attributes, old, new, strict=True)
        )

    @cached_property
    def sqlite_sql(self) -> str:
        """For `executemany`; the key is the last value."""
        sets = [
            f"{column} = MAX(COALESCE({column}, ?{n}), ?{n})"
            if name in self.greatest
            else f"{column} = ?{n}"
            for n, (name, column) in enumerate(zip(self.attributes, self.columns, strict=True), 1)
        ]
        condition = f" AND {self.where}" if self.where else ""
        return (
            f'UPDATE "{self.table}" SET {", ".join(sets)} '  # noqa: S608
            f'WHERE "id" = ?{len(sets) + 1}{condition}'
        )

    @cached_property
    def sqlite_sql_together(self) -> str:
        """For `ROWS_TOGETHER` rows: the values of each and its key, one after the other.

        SQLite names the columns of VALUES `column1` and so on. UPDATE … FROM came with 3.33.
        """
        width = len(self.columns) + 1
        sets = [
            f"{column} = MAX(COALESCE(t.{column}, v.column{n}), v.column{n})"
            if name in self.greatest
            else f"{column} = v.column{n}"
            for n, (name, column) in enumerate(zip(self.attributes, self.columns, strict=True), 1)
        ]
        condition = f" AND {self.where}" if self.where else ""
        marks = ", ".join([f"({', '.join('?' * width)})"] * ROWS_TOGETHER)
        return (
            f'UPDATE "{self.table}" AS t SET {", ".join(sets)} FROM (VALUES {marks}) AS v '  # noqa: S608
            f'WHERE t."id" = v.column{width}{condition}'
        )

    @cached_property
    def postgres_sql(self) -> str:
        """For one statement over arrays, the keys being the last array."""
        return self._postgres_sql("%s::{}[]")

    @cached_property
    def postgres_sql_joined(self) -> str:
        """The same over texts: the values of a column with `BETWEEN` them, NULL as `NULL_MARK`.

        The driver writes an array as an expression with an element for each value, which costs
        both sides three times as much.
        """
        return self._postgres_sql("string_to_array(%s, E'\\x1f', E'\\x1e')::{}[]")

    def _postgres_sql(self, array: str) -> str:
        names = [f"v{n}" for n in range(len(self.columns))]
        sets = [
            f"{column} = GREATEST(t.{column}, v.{v})"
            if name in self.greatest
            else f"{column} = v.{v}"
            for name, column, v in zip(self.attributes, self.columns, names, strict=True)
        ]
        arrays = [array.format(kind) for kind in (*self.postgres_types, "bigint")]
        condition = f" AND {self.where}" if self.where else ""
        return (
            f'UPDATE "{self.table}" AS t SET {", ".join(sets)} '  # noqa: S608
            f"FROM unnest({', '.join(arrays)}) AS v({', '.join(names)}, k) "
            f'WHERE t."id" = v.k{condition}'
        )
