"""Questions that are put for every message, with their SQL made once.

The ORM takes five to ten times as long to make the SQL of a small question as the database to
answer it. Here a question is still written with the ORM; what is made of it is kept, and the values
are put in each time. See docs/decisions/0030.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Generic, NamedTuple, TypeVar

from django.db import connection, models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.query import ModelIterable, ValuesListIterable, get_related_populators
from django.db.models.sql import UpdateQuery
from django.db.transaction import TransactionManagementError

Row = TypeVar("Row")


class Slot(models.Expression):
    """The place of a value that is not known yet."""

    allowed_default = False

    def __init__(self, number: int) -> None:
        super().__init__(output_field=models.Field())
        self.number = number

    def as_sql(self, compiler: Any, connection: BaseDatabaseWrapper) -> Any:
        """A placeholder, with the slot itself for its value."""
        return "%s", [self]


class _Made(NamedTuple):
    """What was made of a question for one kind of database."""

    sql: str
    parameters: Sequence[Any]
    #: Makes the rows of what the database answers.
    read: Callable[[list[tuple[Any, ...]]], list[Any]]
    #: Whether it locks the rows that it reads.
    locks: bool = False


class _Prepared:
    def __init__(self) -> None:
        #: By kind of database: threads that make it at the same time make the same.
        self._made: dict[str, _Made] = {}

    def _ready(self) -> _Made:
        made = self._made.get(connection.vendor)
        if made is None:
            made = self._made[connection.vendor] = self._make()
        return made

    def _make(self) -> _Made:
        raise NotImplementedError


class Prepared(_Prepared, Generic[Row]):
    """A query. `question` is given `count` slots, and returns a queryset with them in it.

    The queryset is one of models (with `only` and `select_related`, not `prefetch_related`), or
    of `values_list` without `flat` and `named`. Times are the only values that are converted: give
    others as the database has them.
    """

    def __init__(self, question: Callable[..., "models.QuerySet[Any, Row]"], count: int) -> None:
        super().__init__()
        self._question = question
        self._count = count

    def all(self, *values: Any) -> list[Row]:
        """All rows, with `values` in the places of the slots."""
        made = self._ready()
        if made.locks and connection.get_autocommit():
            raise TransactionManagementError("Rows are locked in a transaction only.")
        with connection.cursor() as cursor:
            cursor.execute(made.sql, _filled(made.parameters, values))
            return made.read(cursor.fetchall())

    def first(self, *values: Any) -> Row | None:
        """The first row, or None; the question should ask for no more than that (`[:1]`)."""
        rows = self.all(*values)
        return rows[0] if rows else None

    def _make(self) -> _Made:
        asked = self._question(*(Slot(number) for number in range(self._count)))
        compiler = asked.query.get_compiler(connection=connection)
        sql, parameters = compiler.as_sql()
        _check(parameters, self._count)
        # Some converters ask their connection for its time zone, which is the same for all.
        columns = [column[0] for column in compiler.select[: compiler.col_count]]
        converters = compiler.get_converters(columns)

        def convert(rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
            if converters and rows:
                return [tuple(row) for row in compiler.apply_converters(rows, converters)]
            return rows

        if asked._iterable_class is ValuesListIterable:
            return _Made(sql, parameters, convert, asked.query.select_for_update)
        assert asked._iterable_class is ModelIterable  # noqa: S101  (nothing else is supported)
        build = _builder(compiler)
        locks = asked.query.select_for_update
        return _Made(sql, parameters, lambda rows: [build(row) for row in convert(rows)], locks)


class PreparedUpdate(_Prepared):
    """An UPDATE. `question` is given `count` slots; it returns the rows, and values by field."""

    def __init__(
        self,
        question: Callable[..., tuple["models.QuerySet[Any, Any]", dict[str, Any]]],
        count: int,
    ) -> None:
        super().__init__()
        self._question = question
        self._count = count

    def run(self, *values: Any) -> int:
        """Update with `values` in the places of the slots. Returns how many rows there were."""
        made = self._ready()
        with connection.cursor() as cursor:
            cursor.execute(made.sql, _filled(made.parameters, values))
            count: int = cursor.rowcount
            return count

    def _make(self) -> _Made:
        rows, changes = self._question(*(Slot(number) for number in range(self._count)))
        query: Any = rows.query.chain(UpdateQuery)
        query.clear_ordering(force=True)
        query.add_update_values(changes)
        sql, parameters = query.get_compiler(connection=connection).as_sql()
        _check(parameters, self._count)
        return _Made(sql, parameters, list)


def _check(parameters: Sequence[Any], count: int) -> None:
    """Some lookups change their value (`iexact`, say), and would take a slot for one."""
    found = {one.number for one in parameters if type(one) is Slot}
    if found != set(range(count)):
        raise TypeError(f"{count} slots were given, and these are left: {sorted(found)}")


def _filled(parameters: Sequence[Any], values: Sequence[Any]) -> list[Any]:
    """The parameters of a statement, with the values in the places of the slots."""
    adapt = connection.ops.adapt_datetimefield_value
    filled = []
    for one in parameters:
        value = values[one.number] if type(one) is Slot else one
        filled.append(adapt(value) if isinstance(value, datetime) else value)
    return filled


def _builder(compiler: Any) -> Callable[[tuple[Any, ...]], Any]:
    """Makes an instance, and those that it refers to, of a row, as `ModelIterable` does."""
    alias = compiler.connection.alias
    info = compiler.klass_info
    positions = info["select_fields"]
    start, end = positions[0], positions[-1] + 1
    names = [column[0].target.attname for column in compiler.select[start:end]]
    # The stubs are those of a later Django.
    others = get_related_populators(info, compiler.select, alias)  # type: ignore[call-arg]
    annotations = list(compiler.annotation_col_map.items())
    model = info["model"]

    def build(row: tuple[Any, ...]) -> Any:
        made = model.from_db(alias, names, row[start:end])
        for other in others:
            other.populate(row, made)
        for name, place in annotations:
            setattr(made, name, row[place])
        return made

    return build
