"""The table of cards for django-import-export; its rules are in `domain.cards`."""

import csv
from collections.abc import Iterable, Sequence
from datetime import UTC
from typing import Any

import tablib
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from import_export import fields, resources, widgets
from import_export.formats import base_formats
from import_export.results import Result, RowResult

from accounts.domain import cards
from accounts.models import RFID


class CardSheet(tablib.Dataset):
    """Rows of a file that know on which line they stood."""

    headers: Any

    def __init__(self, rows: Iterable[tuple[int, Sequence[Any]]]) -> None:
        """`rows` are numbered lines, the header first. Blank ones are passed over."""
        super().__init__()
        self.lines: list[int] = []
        #: What keeps a line from being read at all.
        self.broken: dict[int, str] = {}
        try:
            for line, cells in rows:
                self._add(line, list(cells))
        except csv.Error as error:
            self.broken[0] = str(error)

    def _add(self, line: int, cells: list[Any]) -> None:
        while cells and cells[-1] in (None, "") and len(cells) > (self.width or 0):
            cells.pop()
        if self.headers is None:
            self.headers = cells or None
            return
        if all(cell in (None, "") for cell in cells):
            return
        if len(cells) != self.width:
            self.broken[line] = _("%(found)d cells, but the header has %(expected)d") % {
                "found": len(cells),
                "expected": self.width,
            }
            cells = (cells + [""] * self.width)[: self.width]
        self.lines.append(line)
        self.append(cells)


class CardCSV(base_formats.CSV):
    """CSV; a row of the wrong length is reported instead of filled up."""

    def create_dataset(self, in_stream: str | bytes, **kwargs: Any) -> CardSheet:
        text = in_stream.decode("utf-8-sig") if isinstance(in_stream, bytes) else in_stream
        return CardSheet(cards.read_csv(text))


class CardXLSX(base_formats.XLSX):
    """A workbook; its first sheet is read."""

    def create_dataset(self, in_stream: bytes) -> CardSheet:
        sheet = super().create_dataset(in_stream)
        return CardSheet(enumerate([sheet.headers, *sheet], start=1))


class _UserWidget(widgets.Widget):
    """A user stands in the table by name."""

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return "" if value is None else cards.quote(value.get_username())


class _YesNoWidget(widgets.Widget):
    """1 or 0, which every language and spreadsheet reads alike."""

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return "1" if value else "0"


class _TextWidget(widgets.Widget):
    """Text of people, which no spreadsheet takes for a formula."""

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return cards.quote(value or "")


class _MomentWidget(widgets.Widget):
    """A time in UTC, as exact as it is stored."""

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return "" if value is None else value.astimezone(UTC).isoformat().replace("+00:00", "Z")


class _NumberWidget(widgets.Widget):
    """A number, or nothing."""

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return "" if value is None else str(value)


class CardResult(Result):
    """What came of an import."""

    @property
    def problems(self) -> list[str]:
        """Everything that kept it from being done: a sentence each, by line."""
        found = [str(error.error) for error in self.base_errors]
        for _number, errors in self.row_errors():
            found += [
                _("Line %(line)s: %(reasons)s.") % {"line": error.number, "reasons": error.error}
                for error in errors
            ]
        for invalid in self.invalid_rows:
            found += invalid.error.messages
        return found


class RFIDResource(resources.ModelResource):
    """Cards as rows. Importing adds new cards and changes known ones; it deletes none."""

    rfid = fields.Field(attribute="rfid", column_name="rfid")
    user = fields.Field(attribute="user", column_name="user", widget=_UserWidget())
    allowed = fields.Field(attribute="allowed", column_name="allowed", widget=_YesNoWidget())
    block_reason = fields.Field("block_reason", "block_reason", widget=_TextWidget())
    parent = fields.Field("parent", "parent", widget=_TextWidget())
    expires = fields.Field("expires", "expires", widget=_MomentWidget())
    max_concurrent = fields.Field("max_concurrent", "max_concurrent", widget=_NumberWidget())
    max_session_kwh = fields.Field("max_session_kwh", "max_session_kwh", widget=_NumberWidget())
    max_session_minutes = fields.Field(
        "max_session_minutes", "max_session_minutes", widget=_NumberWidget()
    )

    class Meta:
        model = RFID
        fields = cards.COLUMNS
        import_id_fields = ["rfid"]
        skip_unchanged = True
        use_transactions = True

    @classmethod
    def get_result_class(cls) -> type[Result]:
        return CardResult

    def get_queryset(self) -> QuerySet[RFID]:
        return super().get_queryset().select_related("user")

    def before_import(self, dataset: tablib.Dataset, **kwargs: Any) -> None:
        """Check the header and look the users up. Raises `domain.cards.BadTable`."""
        self._lines = getattr(dataset, "lines", range(2, 2 + len(dataset)))
        self._broken = getattr(dataset, "broken", {})
        try:
            if 0 in self._broken:
                raise cards.BadTable(self._broken[0])
            dataset.headers = cards.read_header(dataset.headers or [])
        except cards.BadTable:
            dataset.wipe()  # one problem is named, and not one more for every row
            raise
        names = dataset["user"] if "user" in dataset.headers else []
        self._reader = cards.RowReader(names)

    def import_row(self, row: dict[str, Any], instance_loader: Any, **kwargs: Any) -> RowResult:
        """As ever, but what fails unexpectedly is numbered by its line too."""
        result = super().import_row(row, instance_loader, **kwargs)
        for error in result.errors:
            error.number = self._lines[kwargs["row_number"] - 1]
        return result

    def before_import_row(self, row: dict[str, Any], **kwargs: Any) -> None:
        """Replace the cells by what they mean. Raises `ValidationError`, naming the line."""
        line = self._lines[kwargs["row_number"] - 1]
        try:
            if line in self._broken:
                raise ValidationError(self._broken[line])
            row.update(self._reader.read(line, row))
        except ValidationError as error:
            reasons = "; ".join(error.messages)
            raise ValidationError(
                _("Line %(line)s: %(reasons)s.") % {"line": line, "reasons": reasons.rstrip(".")}
            ) from None


def import_cards(sheet: tablib.Dataset) -> CardResult:
    """Import all rows of `sheet`, or none when the result has `problems`."""
    return RFIDResource().import_data(sheet, rollback_on_validation_errors=True)
