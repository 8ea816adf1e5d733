"""Tables as files: CSV and XLSX, with nothing in them that a spreadsheet would run."""

import csv
from collections.abc import Iterable, Sequence
from datetime import datetime
from io import BytesIO, StringIO
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Font

#: What begins a formula in one spreadsheet or another.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
#: What XLSX cannot hold (XML 1.0, 2.2).
_CONTROLS = {code: None for code in range(32) if code not in (9, 10, 13)}


def as_csv(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """The table as CSV (RFC 4180) in UTF-8, with the mark by which spreadsheets know that."""
    text = StringIO()
    writer = csv.writer(text)
    writer.writerow(head)
    writer.writerows([_quoted(cell) for cell in row] for row in rows)
    return text.getvalue().encode("utf-8-sig")


def as_xlsx(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """The table as one sheet; numbers are numbers, times are local times without a zone."""
    book = Workbook()
    sheet = book.active
    sheet.append(list(head))
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    sheet.freeze_panes = "A2"
    for row in rows:
        sheet.append([_cell(value) for value in row])
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def _quoted(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return value


def _cell(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.replace(tzinfo=None, microsecond=0)
    if isinstance(value, str):
        return _quoted(value.translate(_CONTROLS))
    return value
