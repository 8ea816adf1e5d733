"""Lists of the admin as CSV or XLSX: what is filtered there, the same in every language.

Times are in UTC and numbers plain; a text that a spreadsheet would run is quoted.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.contrib.admin import ModelAdmin
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from import_export import fields, resources
from import_export.admin import ExportMixin
from import_export.formats import base_formats
from import_export.forms import ExportForm

from accounts.domain import cards
from audit import domain as audit

#: Rows that one file holds at most: it is made in memory.
MOST = 100_000


class Table(resources.ModelResource):
    """Rows for a file. Subclasses name their columns and where each comes from."""

    @classmethod
    def get_display_name(cls) -> str:
        return str(cls._meta.model._meta.verbose_name_plural)

    def export_field(self, field: fields.Field, instance: Any, **kwargs: Any) -> Any:
        """The value of a cell."""
        return cell(field.get_value(instance))


def cell(value: Any) -> Any:
    """A value as it stands in a file."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    if isinstance(value, int | Decimal):
        return value
    if isinstance(value, date):
        return value.isoformat()
    return cards.quote(str(value))


def table(model: type[Model], columns: Sequence[str]) -> type[Table]:
    """A table of a model: each column is `name`, or `name:path` where its value is elsewhere."""
    named = [name.partition(":") for name in columns]
    own = {
        name: fields.Field(attribute=path or name, column_name=name) for name, _sign, path in named
    }
    meta = type("Meta", (), {"model": model, "fields": tuple(own)})
    made: type[Table] = type(f"{model.__name__}Table", (Table,), {**own, "Meta": meta})
    return made


class ExportedMixin(ExportMixin, ModelAdmin):
    """Adds a button that makes a file of the list as it is filtered, for who may look at it."""

    #: The columns of the file, as `table` takes them. Without any there is no button.
    exported: Sequence[str] = ()

    formats = [base_formats.CSV, base_formats.XLSX]
    export_form_class = ExportForm  # all columns: the others can be deleted in the spreadsheet
    show_change_form_export = False
    #: The button is in the list's own template (`website/templates/admin`), so that others' stay.
    import_export_change_list_template = None

    @cached_property
    def _table(self) -> type[Table]:
        return table(self.model, self.exported)

    def get_export_resource_classes(self, request: HttpRequest) -> list[type[Table]]:
        return [self._table]

    def has_export_permission(self, request: HttpRequest) -> bool:
        return bool(self.exported) and bool(self.has_view_permission(request))

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        told = {"offers_file": self.has_export_permission(request), **(extra_context or {})}
        response: HttpResponse = super().changelist_view(request, told)
        return response

    def get_valid_export_item_pks(self, request: HttpRequest) -> list[Any]:
        """None: rows are chosen by the filters, not one by one."""
        return []

    def get_export_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """What is listed, each row with the rows that its columns are read from."""
        rows: QuerySet[Any] = super().get_export_queryset(request)
        paths = [name.partition(":")[2].rpartition("__")[0] for name in self.exported]
        related = {path for path in paths if path}
        return rows.select_related(*sorted(related)) if related else rows

    def get_export_data(
        self, file_format: Any, request: HttpRequest, queryset: QuerySet[Any], **kwargs: Any
    ) -> Any:
        """The file. Raises ValueError, which the page tells, when it would be too long."""
        if queryset.order_by()[: MOST + 1].count() > MOST:
            text = _("More than %(most)d rows: choose fewer by the filters or the dates.")
            raise ValueError(text % {"most": MOST})
        made = super().get_export_data(file_format, request, queryset, **kwargs)
        told = {"list": queryset.model._meta.label_lower, "filters": request.GET.dict()}
        audit.record("list.exported", after=told)
        return made
