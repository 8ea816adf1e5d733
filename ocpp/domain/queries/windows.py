"""The stretch of time that plots show: a range up to now, or one that was zoomed to."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

HOUR = timedelta(hours=1)
#: The ranges to choose from, by their names in an address.
RANGES: Mapping[str, timedelta] = {
    "1h": HOUR,
    "6h": 6 * HOUR,
    "day": timedelta(days=1),
    "week": timedelta(days=7),
    "month": timedelta(days=31),
}
DEFAULT = "6h"
SHORTEST, LONGEST = timedelta(minutes=5), timedelta(days=31)
#: Up to this, plots are made of the readings themselves.
RAW = 6 * HOUR
_EARLIEST = datetime(2015, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Window:
    """From `begin` to `end`; `name` is that of a range up to now, "" for one in the past."""

    begin: datetime
    end: datetime
    name: str = ""

    @property
    def length(self) -> timedelta:
        """How long it is."""
        return self.end - self.begin

    @property
    def raw(self) -> bool:
        """Whether readings themselves are shown, and not quarter-hours."""
        return self.length <= RAW

    @property
    def query(self) -> str:
        """How it is named in an address."""
        if self.name:
            return f"range={self.name}"
        return f"from={int(self.begin.timestamp())}&to={int(self.end.timestamp())}"


def of(asked: Mapping[str, str], now: datetime) -> Window:
    """The window that an address asks for: `range`, or `from` and `to` in s since 1970 (UTC).

    What makes no sense is brought to the nearest that does: never longer than `LONGEST`, shorter
    than `SHORTEST`, or in the future.
    """
    begin, end = _moment(asked.get("from", "")), _moment(asked.get("to", ""))
    if begin is not None and end is not None:
        return past(begin, end, now)
    name = asked.get("range", "")
    name = name if name in RANGES else DEFAULT
    return Window(now - RANGES[name], now, name)


def past(begin: datetime, end: datetime, now: datetime) -> Window:
    """A window of one's own, within what is allowed."""
    begin, end = min(begin, end), max(begin, end)
    length = min(max(end - begin, SHORTEST), LONGEST)
    end = min(max(end, _EARLIEST + LONGEST), now)
    return Window(end - length, end)


def zoomed(window: Window, now: datetime) -> dict[str, Window]:
    """Where the buttons lead: closer, wider, earlier and later; not where nothing would change."""
    quarter, half = window.length / 4, window.length / 2
    offered = {
        "closer": past(window.begin + quarter, window.end - quarter, now),
        "wider": past(window.begin - half, window.end + half, now),
        "earlier": past(window.begin - half, window.end - half, now),
        "later": past(window.begin + half, window.end + half, now),
    }
    return {
        name: one
        for name, one in offered.items()
        if abs(one.begin - window.begin) > timedelta(seconds=1)
        or abs(one.end - window.end) > timedelta(seconds=1)
    }


def _moment(text: str) -> datetime | None:
    if not (text.isascii() and text.isdecimal() and len(text) <= 11):
        return None
    return datetime.fromtimestamp(int(text), UTC)
