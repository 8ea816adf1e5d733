"""Hours of the week, such as `Mo-Fr 08:00-18:00; Sa 22:00-06:00`, as OpenStreetMap writes them.

They are hours of the clock on the wall: on the day on which the clocks change, too.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
#: The days as they may be written, in English and in Spanish.
_NUMBERS = {
    name.casefold(): number
    for names in (DAYS, ("Lu", "Ma", "Mi", "Ju", "Vi", "Sa", "Do"))
    for number, name in enumerate(names)
}
_TIMES = re.compile(r"(\d{1,2}):(\d\d)\s*-\s*(\d{1,2}):(\d\d)\Z")
_QUARTER = timedelta(minutes=15)
#: Hours that are open for longer than this never end.
_WEEK = 8


_SUNDAY = 6


def began_on(
    local: datetime,
    weekdays: Collection[int],
    start: time,
    end: time,
    sundays: Collection[date] = (),
) -> date | None:
    """The day that a window of the week began on, where it holds at a local time; or None.

    `weekdays` are 0 (Monday) to 6; the days of `sundays` count as 6. From `start` to `end` o'clock,
    past midnight when `end` is not later: then the day it began on counts. Equal ones are the
    whole day.
    """
    clock = local.time()
    day = local.date()
    if start < end:
        if not start <= clock < end:
            return None
    elif start > end:
        if end <= clock < start:
            return None
        if clock < end:
            day -= timedelta(days=1)
    weekday = _SUNDAY if day in sundays else day.weekday()
    return day if weekday in weekdays else None


@dataclass(frozen=True, slots=True)
class Window:
    """Some hours of some days of the week."""

    weekdays: frozenset[int]
    start: time
    end: time

    def __str__(self) -> str:
        end = f"{self.end:%H:%M}" if self.end > time.min else "24:00"
        hours = f"{self.start:%H:%M}-{end}"
        return hours if len(self.weekdays) == len(DAYS) else f"{_days(self.weekdays)} {hours}"


@dataclass(frozen=True, slots=True)
class Hours:
    """When something is open: in any of its windows, by the clocks of a time zone."""

    windows: tuple[Window, ...]
    zone: ZoneInfo

    def holds(self, moment: datetime) -> bool:
        """Whether it is open at an aware time."""
        local = moment.astimezone(self.zone)
        return any(began_on(local, one.weekdays, one.start, one.end) for one in self.windows)

    def until(self, moment: datetime) -> datetime | None:
        """When it closes after `moment`, at which it is open, in UTC; None: never."""
        return next((when for when in self._changes(moment) if not self.holds(when)), None)

    def _changes(self, moment: datetime) -> Iterator[datetime]:
        """All moments of the days to come at which it may close, in their order."""
        clocks = {clock for one in self.windows for clock in (one.start, one.end)} | {time.min}
        first = moment.astimezone(self.zone).date()
        for number in range(_WEEK):
            day = first + timedelta(days=number)
            found: set[datetime] = set()
            for clock in clocks:
                times = {
                    datetime.combine(day, clock, self.zone).replace(fold=fold).astimezone(UTC)
                    for fold in (0, 1)
                }
                found |= times
                if len(times) > 1:  # the clocks change about then, at some quarter of an hour
                    quarter = min(times).replace(minute=0, second=0)
                    found |= {quarter + _QUARTER * step for step in range(-8, 17)}
            yield from sorted(when for when in found if when > moment)


@lru_cache(maxsize=1024)
def read(text: str) -> tuple[Window, ...]:
    """The windows that `text` names, separated by `;`. None are no restriction.

    Raises ValueError, whose text tells people what is wrong and how to write it.
    """
    return tuple(_window(part.strip()) for part in text.split(";") if part.strip())


def _window(text: str) -> Window:
    found = _TIMES.search(text)
    if found is None:
        raise ValueError(
            _("“%(text)s” are no hours: write for example Mo-Fr 08:00-18:00; Sa 22:00-06:00.")
            % {"text": text}
        )
    start, end = (_clock(text, *found.group(one, one + 1)) for one in (1, 3))
    if start == end and start != time.min:
        raise ValueError(
            _("“%(text)s” begins when it ends: write 00:00-24:00 for the whole day.")
            % {"text": text}
        )
    return Window(_weekdays(text[: found.start()].strip()), start, end)


def _clock(text: str, hour: str, minute: str) -> time:
    if (int(hour), int(minute)) == (24, 0):
        return time.min
    try:
        return time(int(hour), int(minute))
    except ValueError:
        raise ValueError(
            _("“%(text)s”: there is no %(hour)s:%(minute)s o'clock.")
            % {"text": text, "hour": hour, "minute": minute}
        ) from None


def _weekdays(text: str) -> frozenset[int]:
    if not text:
        return frozenset(range(len(DAYS)))
    found: set[int] = set()
    for part in text.split(","):
        first, dash, last = (one.strip() for one in part.partition("-"))
        begin = _day(first)
        found.add(begin)
        while dash and begin != _day(last):
            begin = (begin + 1) % len(DAYS)
            found.add(begin)
    return frozenset(found)


def _day(text: str) -> int:
    number = _NUMBERS.get(text.casefold())
    if number is None:
        raise ValueError(
            _("“%(text)s” is no day: write %(days)s.") % {"text": text, "days": ", ".join(DAYS)}
        )
    return number


def _days(weekdays: frozenset[int]) -> str:
    """`Mo-We,Fr`."""
    runs: list[list[int]] = []
    for number in sorted(weekdays):
        if runs and runs[-1][-1] == number - 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ",".join(
        DAYS[run[0]] if len(run) == 1 else f"{DAYS[run[0]]}-{DAYS[run[-1]]}" for run in runs
    )


def written(text: str) -> str:
    """The same hours in their usual form; as it is when it cannot be read."""
    try:
        return "; ".join(str(window) for window in read(text))
    except ValueError:
        return text
