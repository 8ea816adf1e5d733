"""Clocks of real charge points: what they tell is kept, and what cannot be is replaced."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from ocpp.models import Charger, Transaction
from ocpp.tests.connection.wire import connected
from ocpp.tests.factories import in_thread
from ocpp.tests.quirks.playing import charger, odd, only, start


def told(moment: datetime, suffix: str = "Z") -> str:
    return moment.replace(tzinfo=None).isoformat() + suffix


async def kept(text: str) -> Transaction:
    """The transaction of a start at this time."""
    async with connected() as wire:
        await start(wire, timestamp=text)
    found: Transaction = await only(Transaction)
    assert found.start_raw == text
    return found


async def test_local_time_without_a_zone() -> None:
    """Without a zone it is the time of the charger's place, as staff have set it."""
    await in_thread(lambda: Charger.objects.create(charger_id="CP1", time_zone="America/Monterrey"))
    found = await kept("2026-05-01T06:00:00")
    assert found.start_time == datetime(2026, 5, 1, 12, tzinfo=UTC)


async def test_time_without_a_zone_is_utc_where_nobody_said_otherwise() -> None:
    """The standard recommends UTC (3.14)."""
    assert (await kept("2026-05-01T06:00:00")).start_time == datetime(2026, 5, 1, 6, tzinfo=UTC)


async def test_local_time_that_says_it_is_utc() -> None:
    """Local time with a Z is hours off; it is kept as told, and a clock ahead is noted."""
    ahead = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=6)
    found = await kept(told(ahead))
    assert found.start_time == ahead
    assert found.start_received < ahead - timedelta(hours=5)
    assert [kind for kind, _ in await odd()] == ["clock"]


@pytest.mark.parametrize(
    "text", ["1970-01-01T00:00:07Z", "22222-02-02T00:00:00Z", "2014-12-31T23:59:59Z", "later", ""]
)
async def test_impossible_time(text: str) -> None:
    """A clock without a battery begins at 1970; others count years beyond four digits."""
    before = datetime.now(UTC)
    found = await kept(text)
    assert before <= found.start_time <= datetime.now(UTC)
    assert found.start_time == found.start_received
    assert [kind for kind, _ in await odd()] == ["clock"]


async def test_more_than_a_day_ahead() -> None:
    """A clock that runs far ahead would book sessions in the future."""
    found = await kept(told(datetime.now(UTC) + timedelta(hours=25)))
    assert found.start_time == found.start_received
    assert [kind for kind, _ in await odd()] == ["clock"]


async def test_microseconds() -> None:
    """More digits than the standard's milliseconds."""
    found = await kept("2026-05-01T12:00:00.123456Z")
    assert found.start_time == datetime(2026, 5, 1, 12, 0, 0, 123456, UTC)
    assert await odd() == []


async def test_nanoseconds() -> None:
    """Nine digits, as some libraries write them by themselves."""
    found = await kept("2026-05-01T12:00:00.123456789Z")
    assert found.start_time == datetime(2026, 5, 1, 12, 0, 0, 123456, UTC)
    assert await odd() == []


async def test_leap_second() -> None:
    """The sixty-first second of a minute is the first of the next."""
    found = await kept("2016-12-31T23:59:60Z")
    assert found.start_time == datetime(2017, 1, 1, tzinfo=UTC)
    assert await odd() == []


async def test_skew_over_five_minutes_is_noted() -> None:
    """A clock a little ahead is told to staff; within five minutes it is nobody's trouble."""
    now = datetime.now(UTC)
    async with connected() as wire:
        await start(wire, timestamp=told(now + timedelta(minutes=4)))
        assert await odd() == []
        await start(wire, timestamp=told(now + timedelta(minutes=7)), connectorId=2)
    assert [kind for kind, _ in await odd()] == ["clock"]


async def test_our_own_times_are_whole_seconds_in_utc() -> None:
    """Chargers with simple parsers stumble over fractions and offsets."""
    async with connected() as wire:
        answer = await wire.call("Heartbeat")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", answer["currentTime"])
    assert (await charger()).last_heartbeat is not None
