"""Lists of the admin as CSV or XLSX: what is filtered there, the same in every language.

Times are in UTC and numbers plain; a text that a spreadsheet would run is quoted.
"""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
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


def column(name: str, attribute: str = "") -> fields.Field:
    """A column; its attribute is the one of that name unless said otherwise."""
    return fields.Field(attribute=attribute or name, column_name=name)


class ExportedMixin(ExportMixin):
    """Adds a button that makes a file of the list as it is filtered, for who may look at it."""

    formats = [base_formats.CSV, base_formats.XLSX]
    export_form_class = ExportForm  # all columns: the others can be deleted in the spreadsheet
    show_change_form_export = False

    def has_export_permission(self, request: HttpRequest) -> bool:
        return bool(self.has_view_permission(request))

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
