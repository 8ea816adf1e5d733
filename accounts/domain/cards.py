"""Finding cards, and the table in which they are exported and imported.

The table has the columns of `COLUMNS`, one card a row. Commands and admin both come through
here, so a file written by one is read by the other.
"""

import csv
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from io import StringIO
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _

from accounts.fields import is_uid, normalise, normalise_group, validate_group, validate_uid
from accounts.models import RFID, User
from accounts.models.limits import LEAST_KWH, MOST_KWH, MOST_MINUTES
from accounts.prepared import Prepared

#: Card identifier, username (empty: nobody's card), and 1 or 0; then what a file of an older node
#: does not have: reason of a block, group, expiry, transactions at a time, and most energy (kWh)
#: and minutes of a session, each perhaps empty.
COLUMNS: Final = (
    "rfid",
    "user",
    "allowed",
    "block_reason",
    "parent",
    "expires",
    "max_concurrent",
    "max_session_kwh",
    "max_session_minutes",
)

# A spreadsheet takes a cell that begins so for a formula. The quotation mark itself is quoted
# too, so that reading gives back exactly what was written.
_QUOTED: Final = ("=", "+", "-", "@", "\t", "\r", "'")

_YES: Final = frozenset({"1", "true", "yes", "y", "sí", "si", "verdadero"})
_NO: Final = frozenset({"0", "false", "no", "n", "falso"})

MAX_REASON: Final = 150
MOST_CONCURRENT: Final = 1000
_WH: Final = Decimal("0.001")

#: Usernames looked up at once: databases limit the parameters of a query.
_CHUNK: Final = 500


_BY_UID = Prepared(
    lambda uid: RFID.objects.select_related("user__account").filter(rfid=uid).order_by()[:1], 1
)


class BadTable(ValueError):
    """The columns of an import are not those of a table of cards."""


def find(id_tag: str) -> RFID | None:
    """The card with this UID, with its user and account loaded; None when it is not known.

    Any text is allowed, as a charge point sent it: what cannot be a UID is not looked for.
    """
    uid = normalise(id_tag)
    if not is_uid(uid):
        return None
    return _BY_UID.first(uid)


def quote(text: str) -> str:
    """`text` as a spreadsheet cell that is not taken for a formula. `unquote` undoes it."""
    return f"'{text}" if text.startswith(_QUOTED) else text


def unquote(text: str) -> str:
    """The text of a cell that `quote` may have written."""
    return text.removeprefix("'")


def read_csv(text: str) -> Iterator[tuple[int, list[str]]]:
    """The rows of a CSV file, each with the number of its (last) line, the header first.

    Commas or, when the header has semicolons only, semicolons stand between the cells. Where
    the text stops being CSV, `csv.Error` is raised with the line in its message.
    """
    header = text.partition("\n")[0]
    delimiter = ";" if ";" in header and "," not in header else ","
    reader = csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True)
    while True:
        try:
            row = next(reader, None)
        except csv.Error as error:
            raise csv.Error(
                _("Line %(line)s: this is not CSV (%(reason)s).")
                % {"line": reader.line_num, "reason": error}
            ) from None
        if row is None:
            return
        yield reader.line_num, row


def read_header(cells: Sequence[object]) -> list[str]:
    """The names of the columns, in lower case and without blanks around them.

    Raises `BadTable` when one is unknown, given twice, or the card identifier is missing: a
    misspelt `allowed` that was passed over would let blocked cards charge.
    """
    names = [_text(cell).strip().lower() for cell in cells]
    known = ", ".join(COLUMNS)
    if "rfid" not in names:
        raise BadTable(
            _("Line 1: the column rfid is missing. The first line names the columns: %(known)s.")
            % {"known": known}
        )
    for index, name in enumerate(names):
        if name not in COLUMNS:
            raise BadTable(
                _("Line 1: there is no column “%(name)s”. The columns are: %(known)s.")
                % {"name": name, "known": known}
            )
        if name in names[:index]:
            raise BadTable(_("Line 1: the column %(name)s is there twice.") % {"name": name})
    return names


class RowReader:
    """Reads the rows of one import, and remembers which cards it has seen."""

    def __init__(self, usernames: Collection[object]) -> None:
        """`usernames` are the cells of the column `user`, looked up in a few queries."""
        names = {unquote(_text(cell)) for cell in usernames}
        wanted = sorted(names | {name.strip() for name in names})
        self._users: dict[str, User] = {}
        for start in range(0, len(wanted), _CHUNK):
            chunk = wanted[start : start + _CHUNK]
            for user in User.objects.filter(username__in=chunk):
                self._users[user.username] = user
        self._seen: dict[str, int] = {}

    def read(self, line: int, row: Mapping[str, object]) -> dict[str, Any]:
        """What the row asks for: `rfid`, and of the other `COLUMNS` those that it has.

        Raises `ValidationError` with everything that is wrong with it.
        """
        values: dict[str, Any] = {}
        problems: list[str] = []
        readers: dict[str, Callable[[str], object]] = {
            "rfid": self._uid,
            "user": self._user,
            "allowed": self._allowed,
            "block_reason": self._block_reason,
            "parent": self._parent,
            "expires": self._expires,
            "max_concurrent": partial(self._count, "max_concurrent", MOST_CONCURRENT),
            "max_session_kwh": self._energy,
            "max_session_minutes": partial(self._count, "max_session_minutes", MOST_MINUTES),
        }
        for column, reader in readers.items():
            if column in row:
                try:
                    values[column] = reader(unquote(_text(row[column])))
                except ValueError as error:
                    problems.append(str(error))
        if "rfid" in values:
            first = self._seen.setdefault(values["rfid"], line)
            if first != line:
                problems.append(
                    _("the card %(uid)s stands on line %(first)s already")
                    % {"uid": values["rfid"], "first": first}
                )
        if problems:
            raise ValidationError(problems)
        return values

    def _uid(self, text: str) -> str:
        uid = normalise(text)
        if not uid:
            raise ValueError(_("the card identifier is missing"))
        if not is_uid(uid):
            raise ValueError(f"rfid “{text}”: {validate_uid.message}")
        return uid

    def _user(self, text: str) -> User | None:
        if not text.strip():
            return None
        user = self._users.get(text) or self._users.get(text.strip())
        if user is None:
            raise ValueError(_("there is no user “%(name)s”") % {"name": text})
        return user

    def _allowed(self, text: str) -> bool:
        word = text.strip().casefold()
        if word in _YES:
            return True
        if word in _NO:
            return False
        raise ValueError(_("allowed is “%(text)s”: write 1 or 0") % {"text": text})

    def _block_reason(self, text: str) -> str:
        if "\0" in text:
            raise ValueError(_("block_reason has a character that cannot be stored"))
        if len(text) > MAX_REASON:
            raise ValueError(
                _("block_reason has %(count)d characters, and may have %(most)d")
                % {"count": len(text), "most": MAX_REASON}
            )
        return text

    def _parent(self, text: str) -> str:
        parent = normalise_group(text)
        if parent:
            try:
                validate_group(parent)
            except ValidationError:
                raise ValueError(f"parent “{text}”: {validate_group.message}") from None
        return parent

    def _expires(self, text: str) -> datetime | None:
        if not text.strip():
            return None
        moment = _moment(text.strip())
        if moment is None:
            raise ValueError(
                _("expires is “%(text)s”: write a time such as 2027-01-31T23:59:00Z")
                % {"text": text}
            )
        return moment

    def _count(self, column: str, most: int, text: str) -> int | None:
        if not text.strip():
            return None
        digits = text.strip().removesuffix(".0")  # as a spreadsheet may write it
        count = int(digits[:9]) if digits.isascii() and digits.isdigit() else 0
        if not 1 <= count <= most:
            raise ValueError(
                _("%(column)s is “%(text)s”: write a number from 1 to %(most)d, or nothing")
                % {"column": column, "text": text, "most": most}
            )
        return count

    def _energy(self, text: str) -> Decimal | None:
        if not text.strip():
            return None
        found = re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,3}0*)?", text.strip())
        kwh = Decimal(found.group()) if found else Decimal(0)
        if not LEAST_KWH <= kwh <= MOST_KWH:
            raise ValueError(
                _("max_session_kwh is “%(text)s”: write kWh from %(least)s to %(most)s, or nothing")
                % {"text": text, "least": LEAST_KWH, "most": MOST_KWH}
            )
        return kwh.quantize(_WH)


def _moment(text: str) -> datetime | None:
    """A time in ISO 8601, in UTC; without a zone it is one of this node, a date is its beginning.

    To the microsecond, which is as exact as it is stored.
    """
    try:
        moment = parse_datetime(text)
        if moment is None:
            day = parse_date(text)
            moment = None if day is None else datetime.combine(day, datetime.min.time())
        if moment is None:
            return None
        return (timezone.make_aware(moment) if timezone.is_naive(moment) else moment).astimezone(
            UTC
        )
    except (ValueError, OverflowError):
        return None


def _text(cell: object) -> str:
    """The text of a cell, which a spreadsheet may give as a number, a truth value or nothing."""
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.isoformat()
    return str(int(cell)) if isinstance(cell, bool) else str(cell)
