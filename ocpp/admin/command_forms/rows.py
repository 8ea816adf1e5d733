"""A form field of several rows, such as the periods of a charging schedule.

Rows that are empty do not count. Without scripts there are some empty ones, and a button that
asks for the same page with more of them; `command_form.js` adds them in place.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

#: Empty rows that stand below the filled ones.
SPARE = 3
#: Name of the button that asks for more rows; its value is the field's name.
MORE = "_more"

Row = dict[str, Any]


class RowsWidget(forms.Widget):
    """A table with a line for each row. Its value is a list of rows: column -> text."""

    template_name = "admin/ocpp/widgets/rows.html"

    def __init__(self, columns: Mapping[str, forms.Field], most: int) -> None:
        super().__init__()
        self.columns = columns
        self.most = most

    def use_required_attribute(self, initial: Any) -> bool:
        """No single cell is required: empty rows do not count."""
        return False

    def id_for_label(self, id_: str) -> str:
        """The label names the group of cells, not the first of them."""
        return ""

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> list[Row]:
        """The rows that were filled in, in their order."""
        column = next(iter(self.columns))
        rows = []
        for number in range(self.most + SPARE):
            if _cell(name, number, column) not in data:
                break
            row = {
                column: widget.value_from_datadict(data, files, _cell(name, number, column))
                for column, widget in self._widgets()
            }
            if any(value not in (None, "") for value in row.values()):
                rows.append(row)
        return rows

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        """Whether the field was not on the page at all."""
        return _cell(name, 0, next(iter(self.columns))) not in data

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """The cells of each row, drawn by their own widgets."""
        context = super().get_context(name, value, attrs)
        rows = [self._as_row(entry) for entry in value or ()]
        spare = min(SPARE, max(1, self.most - len(rows)))
        context["widget"]["columns"] = [field.label for field in self.columns.values()]
        context["widget"]["rows"] = [
            list(self._cells(name, number, row, attrs or {}))
            for number, row in enumerate([*rows, *({} for _ in range(spare))])
        ]
        context["widget"]["more"] = MORE
        context["widget"]["most"] = self.most
        return context

    def _as_row(self, entry: Any) -> Row:
        if isinstance(entry, Mapping):
            return dict(entry)
        return {next(iter(self.columns)): entry}

    def _cells(
        self, name: str, number: int, row: Row, attrs: Mapping[str, Any]
    ) -> Iterator[dict[str, Any]]:
        for column, widget in self._widgets():
            label = _("%(column)s, row %(number)d") % {
                "column": self.columns[column].label,
                "number": number + 1,
            }
            given = {"aria-label": label}
            if "list" in attrs:
                given["list"] = attrs["list"]
            cell = _cell(name, number, column)
            yield {
                "label": self.columns[column].label,
                "html": widget.render(cell, row.get(column), given),
            }

    def _widgets(self) -> Iterator[tuple[str, forms.Widget]]:
        return ((column, field.widget) for column, field in self.columns.items())


def _cell(name: str, number: int, column: str) -> str:
    return f"{name}-{number}-{column or 'value'}"


class RowsField(forms.Field):
    """Its value is a list of dicts, or of plain values where there is one column without a name."""

    def __init__(self, columns: Mapping[str, forms.Field], most: int) -> None:
        self.columns = columns
        super().__init__(widget=RowsWidget(columns, most))

    def to_python(self, value: Any) -> list[Any]:
        """Each row as the value that it stands for. Raises ValidationError, which names the row."""
        return [self._read(number, row) for number, row in enumerate(value or (), start=1)]

    def _read(self, number: int, row: Row) -> Any:
        read: Row = {}
        for column, field in self.columns.items():
            try:
                cell = field.clean(row.get(column))
            except ValidationError as error:
                raise ValidationError(
                    [in_row(number, field.label, message) for message in error.messages]
                ) from None
            if cell not in (None, ""):
                read[column] = cell
        return read.get("") if "" in self.columns else read


def in_row(number: int, column: Any, message: str) -> str:
    """A sentence about one cell. Rows are counted from 1."""
    place = _("Row %(number)d") % {"number": number}
    return f"{place}, {column}: {message}" if column else f"{place}: {message}"
