"""The records in the admin: to be read, filtered and taken out, never changed."""

import csv
import json
from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.contrib.auth import get_user_model
from django.db import connection
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from audit import domain
from audit.models import Record

#: Rows that one file holds at most: it is made in memory.
MOST = 100_000
_COLUMNS = (
    *("created", "deed", "user_pk", "door", "origin", "subject_type", "subject_pk"),
    *("before", "after"),
)


class _KnownFilter(admin.SimpleListFilter):
    """What there is in a column that has an index, found by a step for each value, not each row."""

    column: str

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        table, column = Record._meta.db_table, self.column
        with connection.cursor() as cursor:
            cursor.execute(
                # Names of our own; the values never get here.
                f"WITH RECURSIVE known AS (SELECT min({column}) AS one FROM {table} UNION ALL "  # noqa: S608
                f"SELECT (SELECT min({column}) FROM {table} WHERE {column} > known.one) "
                "FROM known WHERE known.one IS NOT NULL) "
                "SELECT one FROM known WHERE one IS NOT NULL"
            )
            return [(value, value or "-") for (value,) in cursor.fetchall()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Record]) -> QuerySet[Record]:
        value = self.value()
        return queryset if value is None else queryset.filter(**{self.column: value})


class DeedFilter(_KnownFilter):
    """By what was done."""

    title = _("deed")
    parameter_name = column = "deed"


class SubjectFilter(_KnownFilter):
    """By what it was done on."""

    title = _("kind")
    parameter_name = column = "subject_type"


@admin.register(Record)
class RecordAdmin(admin.ModelAdmin):
    """Who did what. Names are looked up for the page: the records have numbers only."""

    list_display = ["created", "deed", "who", "door", "origin", "subject_type", "subject_pk"]
    list_filter = ["created", DeedFilter, "door", SubjectFilter]
    show_full_result_count = False
    list_per_page = 100
    date_hierarchy = "created"
    search_fields = ["=user_pk", "=subject_pk", "origin", "deed"]
    search_help_text = _("Number of a user or of a row, address, or deed.")
    fields = [*_COLUMNS[:2], "who", *_COLUMNS[3:7], "before_text", "after_text"]
    readonly_fields = ["who", "before_text", "after_text"]
    actions = ["export_csv"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Record | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Record | None = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Record]:
        """Each with the name that its user has now: one look for the page, not one for a row."""
        model = get_user_model()
        user = model._default_manager.filter(pk=OuterRef("user_pk"))
        name = Subquery(user.values(model.USERNAME_FIELD)[:1])
        return super().get_queryset(request).annotate(user_name=name)

    @admin.display(description=_("user"), ordering="user_pk")
    def who(self, record: Record) -> str:
        """The name that the user has now, with the number."""
        if record.user_pk is None:
            return "-"
        name: str | None = getattr(record, "user_name", None)
        return f"#{record.user_pk}" if name is None else f"{name} (#{record.user_pk})"

    @admin.display(description=_("before"))
    def before_text(self, record: Record) -> str:
        """The values before, as JSON."""
        return _json(record.before)

    @admin.display(description=_("after"))
    def after_text(self, record: Record) -> str:
        """The values after, as JSON."""
        return _json(record.after)

    @admin.action(description=_("Export as CSV"), permissions=["view"])
    def export_csv(self, request: HttpRequest, queryset: QuerySet[Record]) -> HttpResponse:
        """The chosen records as a file, which is recorded in turn."""
        response = HttpResponse(content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = 'attachment; filename="audit.csv"'
        rows = queryset.values_list(*_COLUMNS)[:MOST]
        _write(response, rows)
        domain.record("audit.exported", after={"rows": len(rows)})
        return response


def _write(response: HttpResponse, rows: Iterable[tuple[Any, ...]]) -> None:
    writer = csv.writer(response)
    writer.writerow(_COLUMNS)
    for created, *middle, before, after in rows:
        cells = [created.isoformat(timespec="seconds"), *middle, _json(before), _json(after)]
        writer.writerow([_quoted(cell) for cell in cells])


def _quoted(value: Any) -> str:
    """A cell that no spreadsheet takes for a formula."""
    text = "" if value is None else str(value)
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") and text != "-" else text


def _json(value: Any) -> str:
    return "-" if value is None else json.dumps(value, ensure_ascii=False, sort_keys=True)
