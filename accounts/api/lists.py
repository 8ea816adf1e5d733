"""Lists: filtered, ordered, a page at a time, or whole as a file.

Pages are told apart by keys and not by counting: a cursor says behind which row the next page
begins, so that rows which come or go meanwhile are neither told twice nor left out, and a late page
costs what the first one does.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Generic, Literal, TypeVar

from django.core.exceptions import ValidationError
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import Schema
from ninja.errors import HttpError
from pydantic import Field

from accounts import exports, tables
from accounts.api.values import MOST as LARGEST
from audit import domain as audit

#: Rows of a page.
USUAL, MOST = 100, 1000
#: Rows that are read at a time for a file.
_CHUNK = 1000

_WRITERS = {"csv": tables.as_csv, "xlsx": tables.as_xlsx}
_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_FILE = {"schema": {"type": "string", "format": "binary"}}

#: What the description of a list says beside JSON.
FILES: dict[str, Any] = {
    "responses": {200: {"content": {"text/csv": _FILE, _TYPES["xlsx"]: _FILE}}}
}

Row = TypeVar("Row")
M = TypeVar("M", bound=Model)
Told = Callable[[Sequence[Any]], Sequence[Any]]
#: Which words rows can be ordered by, and the column of each, which is never NULL.
Orders = Mapping[str, str]

BY_NUMBER: Orders = {"id": "pk"}


class Page(Schema, Generic[Row]):
    """A page of a list. `next` is the address of the one that follows; null at the end."""

    items: list[Row]
    next: str | None


class ListIn(Schema):
    """How a list is to be told. Each list has its own filters and words for `order`."""

    limit: int = Field(USUAL, ge=1, le=MOST, description="Rows of a page.")
    cursor: str | None = Field(
        None, max_length=1000, description="Where the page begins: as it stands in `next`."
    )
    format: Literal["json", "csv", "xlsx"] = Field(
        "json", description="`csv` and `xlsx` are the whole list as a file (100,000 rows at most)."
    )


class NewestIn(ListIn):
    """A list whose rows are ordered by their number."""

    order: Literal["-id", "id"] = Field("-id", description="`-` is the newest first.")


def answer(
    request: HttpRequest,
    rows: QuerySet[M],
    asked: Any,
    row: type[Schema],
    orders: Orders = BY_NUMBER,
    *,
    told: Told = list,
    last_key: str = "pk",
) -> dict[str, Any] | HttpResponse:
    """A page of `rows` as `asked` (a ListIn with an `order`), or the file of all of them.

    `row` is the schema of one; `told` makes what it is read from, of many rows at a time;
    `last_key` is what no two rows have the same of, where they are sums and have no key. Raises
    HttpError (400) for a cursor that is none of this list, or a file that would be too long.
    """
    if asked.format == "json":
        return page(request, rows, asked, orders, told=told, last_key=last_key)
    ordered, _keys = _ordered(rows, asked.order, orders, last_key)
    return _file(request, ordered, asked.format, row, told)


def page(
    request: HttpRequest,
    rows: QuerySet[M],
    asked: Any,
    orders: Orders,
    *,
    told: Told = list,
    skipped: int = 0,
    last_key: str = "pk",
) -> dict[str, Any]:
    """A page of `rows`, and where the next one is. `skipped` rows are left out before it."""
    rows, keys = _ordered(rows, asked.order, orders, last_key)
    if asked.cursor:
        values = _read(asked.cursor, asked.order, rows, keys)
        rows = rows.filter(_behind(keys, values, asked.order.startswith("-")))
    found = list(rows[skipped : skipped + asked.limit + 1])
    following = None
    if len(found) > asked.limit:
        del found[asked.limit :]
        query = request.GET.copy()
        query["cursor"] = _written([asked.order, *(_value(found[-1], key) for key in keys)])
        following = f"{request.path}?{query.urlencode()}"
    return {"items": list(told(found)), "next": following}


def _ordered(
    rows: QuerySet[M], word: str, orders: Orders, last_key: str
) -> tuple[QuerySet[M], list[str]]:
    """The rows in the order that `word` asks for, and the keys by which they are told apart."""
    column = orders[word.removeprefix("-")]
    keys = [last_key] if column == last_key else [column, last_key]
    sign = "-" if word.startswith("-") else ""
    return rows.order_by(*(sign + key for key in keys)), keys


def _behind(keys: list[str], values: list[Any], down: bool) -> Q:
    """What comes after the row with these values of its keys."""
    way = "lt" if down else "gt"
    last = Q(**{f"{keys[-1]}__{way}": values[-1]})
    if len(keys) == 1:
        return last
    # The first half is implied by the second; a database can look for it in an index.
    near = Q(**{f"{keys[0]}__{way}e": values[0]})
    return near & (Q(**{f"{keys[0]}__{way}": values[0]}) | last)


def _value(found: Any, key: str) -> Any:
    for name in key.split("__"):
        found = found[name] if isinstance(found, Mapping) else getattr(found, name)
    return found.isoformat() if isinstance(found, date) else found


def _written(parts: list[Any]) -> str:
    text = json.dumps(parts, separators=(",", ":"))
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _read(cursor: str, word: str, rows: QuerySet[Any], keys: list[str]) -> list[Any]:
    """The values of the keys in a cursor. Raises HttpError for what is no cursor of this list."""
    try:
        told, *values = json.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if told != word or len(values) != len(keys):
            raise ValueError
        return [_converted(rows, key, value) for key, value in zip(keys, values, strict=True)]
    except (ValueError, TypeError, RecursionError, OverflowError, ValidationError):
        text = _("cursor: it is none of this list in this order. Begin without one.")
        raise HttpError(400, text) from None


def _converted(rows: QuerySet[Any], key: str, value: Any) -> Any:
    converted = _field(rows, key).to_python(value)
    if isinstance(converted, int) and abs(converted) > LARGEST:
        raise ValueError
    if converted is None or (isinstance(converted, str) and not converted.isprintable()):
        raise ValueError
    return converted


def _field(rows: QuerySet[Any], key: str) -> Any:
    """The field of a key: of what was added up, or of the model and those that it leads to."""
    if key in rows.query.annotations:
        return rows.query.annotations[key].output_field
    *path, name = key.split("__")
    options: Any = rows.model._meta
    for step in path:
        options = options.get_field(step).related_model._meta
    return options.pk if name == "pk" else options.get_field(name)


def _file(
    request: HttpRequest, rows: QuerySet[Any], form: str, row: type[Schema], told: Told
) -> HttpResponse:
    if rows.order_by()[: exports.MOST + 1].count() > exports.MOST:
        text = _("More than %(most)d rows: choose fewer by the filters.")
        raise HttpError(400, text % {"most": exports.MOST})
    head = columns(row)
    told_of = {"list": rows.model._meta.label_lower, "filters": request.GET.dict()}
    audit.record("list.exported", after=told_of)
    body = _WRITERS[form](head, _cells(rows, row, head, told))
    return as_file(body, form, "-".join(request.path.strip("/").split("/")))


def as_file(body: bytes, form: str, name: str) -> HttpResponse:
    """A file of the form `csv` or `xlsx`, to be stored under `name`."""
    safe = "".join(c if c.isascii() and (c.isalnum() or c in "-_") else "_" for c in name)[:80]
    response = HttpResponse(body, content_type=_TYPES[form])
    response["Content-Disposition"] = f'attachment; filename="{safe}.{form}"'
    return response


def columns(row: type[Schema]) -> list[str]:
    """The names of what stands in a file: everything of a row that is no list and no object."""
    properties = row.model_json_schema(by_alias=False, mode="serialization")["properties"]
    return [name for name, one in properties.items() if not _is_nested(one)]


def _is_nested(described: dict[str, Any]) -> bool:
    kinds = [described, *described.get("anyOf", [])]
    return any(k.get("type") in ("array", "object") or "$ref" in k for k in kinds) or not any(
        "type" in k for k in kinds
    )


def _cells(
    rows: QuerySet[Any], row: type[Schema], head: list[str], told: Told
) -> Iterator[list[Any]]:
    chunk: list[Any] = []
    for one in rows.iterator(chunk_size=_CHUNK):
        chunk.append(one)
        if len(chunk) == _CHUNK:
            yield from _told_cells(chunk, row, head, told)
            chunk = []
    yield from _told_cells(chunk, row, head, told)


def _told_cells(
    chunk: list[Any], row: type[Schema], head: list[str], told: Told
) -> Iterator[list[Any]]:
    for source in told(chunk):
        one = row.from_orm(source)
        yield [exports.cell(getattr(one, name)) for name in head]
