"""Times of charge points, whose clocks are not to be trusted."""

import re
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ocpp.domain.oddities import Odd, Oddity, odd

EARLIEST = datetime(2015, 1, 1, tzinfo=UTC)
LATEST_AHEAD = timedelta(hours=24)
#: A clock that is further ahead than this is noted; one that is behind may be an offline queue.
SKEW = timedelta(minutes=5)
#: How old an event from an offline queue may be.
OFFLINE_QUEUE = timedelta(days=30)

_LEAP_SECOND = re.compile(r":60(?=$|[.Z+-])")


class DeviceTime(NamedTuple):
    """A time to reckon with, and what was odd about the one that was sent (None: nothing)."""

    time: datetime
    oddity: Odd | None = None


@cache
def zone(name: str) -> ZoneInfo | None:
    """The time zone of that name, or None when there is no such."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def read(text: str, zone_name: str, now: datetime) -> DeviceTime:
    """Read a charge point's timestamp.

    Without a zone it is in the charger's zone, or UTC. One that cannot be read, or lies outside
    of 2015 to tomorrow, is replaced by the server's time `now`; its text is kept by the caller.
    """
    moment = _parse(text)
    if moment is None:
        return DeviceTime(now, odd(Oddity.TIME_UNREADABLE, time=text[:64]))
    try:
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=zone(zone_name) or UTC)
        moment = moment.astimezone(UTC)
        ahead = moment - now
    except OverflowError:
        return DeviceTime(now, odd(Oddity.TIME_OUT_OF_RANGE, time=text[:64]))
    if moment < EARLIEST or ahead > LATEST_AHEAD:
        return DeviceTime(now, odd(Oddity.TIME_OUT_OF_RANGE, time=text[:64]))
    if ahead > SKEW:
        return DeviceTime(moment, odd(Oddity.CLOCK_AHEAD, seconds=int(ahead.total_seconds())))
    return DeviceTime(moment)


def happened(time: datetime, now: datetime) -> datetime:
    """When something was that a charge point tells `now`, with `time` by its own clock.

    That is `time` where it may come from an offline queue, and now where the clock is wrong.
    """
    return time if now - OFFLINE_QUEUE <= time < now - SKEW else now


def _parse(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return _read_leap_second(text)


def _read_leap_second(text: str) -> datetime | None:
    if not _LEAP_SECOND.search(text):
        return None
    try:
        return datetime.fromisoformat(_LEAP_SECOND.sub(":59", text, count=1)) + timedelta(seconds=1)
    except (ValueError, OverflowError):
        return None


def is_of_queue(time: datetime, now: datetime) -> bool:
    """Whether an event of `time` that came `now` was kept in an offline queue, or looks like it."""
    return time < now - SKEW


def written(moment: datetime) -> str:
    """A time as it is sent: `YYYY-MM-DDTHH:MM:SSZ`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
