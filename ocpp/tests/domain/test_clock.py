"""Clocks of charge points: what they say, and what is made of it."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocpp.domain import clock
from ocpp.domain.clock import DeviceTime
from ocpp.domain.oddities import Oddity, odd
from ocpp.tests.factories import NOON

MONTERREY = "America/Monterrey"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-05-01T11:00:00Z", datetime(2026, 5, 1, 11, tzinfo=UTC)),
        ("2026-05-01T11:00:00.123Z", datetime(2026, 5, 1, 11, 0, 0, 123_000, tzinfo=UTC)),
        ("2026-05-01T11:00:00.123456Z", datetime(2026, 5, 1, 11, 0, 0, 123_456, tzinfo=UTC)),
        ("2026-05-01T11:00:00.123456789Z", datetime(2026, 5, 1, 11, 0, 0, 123_456, tzinfo=UTC)),
        ("2026-05-01T06:00:00-05:00", datetime(2026, 5, 1, 11, tzinfo=UTC)),
        ("2026-05-01T06:00:00-0500", datetime(2026, 5, 1, 11, tzinfo=UTC)),
        ("2026-05-01 11:00:00Z", datetime(2026, 5, 1, 11, tzinfo=UTC)),
        ("2026-05-01T11:00Z", datetime(2026, 5, 1, 11, tzinfo=UTC)),
        ("20260501T110000Z", datetime(2026, 5, 1, 11, tzinfo=UTC)),
        ("2016-12-31T23:59:60Z", datetime(2017, 1, 1, tzinfo=UTC)),
        ("2016-12-31T23:59:60.5Z", datetime(2017, 1, 1, 0, 0, 0, 500_000, tzinfo=UTC)),
        ("2016-12-31T17:59:60-06:00", datetime(2017, 1, 1, tzinfo=UTC)),
        # An offline queue may be old: that is no fault of its clock.
        ("2015-01-01T00:00:00Z", datetime(2015, 1, 1, tzinfo=UTC)),
        ("2026-05-01T12:05:00Z", NOON + timedelta(minutes=5)),
    ],
)
def test_a_time_with_its_zone(text: str, expected: datetime) -> None:
    assert clock.read(text, MONTERREY, NOON) == DeviceTime(expected)


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        (MONTERREY, datetime(2026, 5, 1, 11, tzinfo=UTC)),
        ("Europe/Madrid", datetime(2026, 5, 1, 3, tzinfo=UTC)),
        ("", datetime(2026, 5, 1, 5, tzinfo=UTC)),
        ("Nowhere/Town", datetime(2026, 5, 1, 5, tzinfo=UTC)),
        ("../../etc/passwd", datetime(2026, 5, 1, 5, tzinfo=UTC)),
        ("America", datetime(2026, 5, 1, 5, tzinfo=UTC)),
    ],
)
def test_a_time_without_a_zone_is_the_chargers_or_utc(zone: str, expected: datetime) -> None:
    assert clock.read("2026-05-01T05:00:00", zone, NOON) == DeviceTime(expected)


@pytest.mark.parametrize(
    "text",
    [
        *("1970-01-01T00:00:00Z", "2014-12-31T23:59:59Z", "2026-05-02T12:00:01Z"),
        *("2099-01-01T00:00:00Z", "9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59"),
        *("22222-01-01T00:00:00Z", "", "yesterday", "2026-13-01T00:00:00Z", "1777636800"),
        *("2026-05-01T25:00:00Z", "2026-05-01T11:00:61Z", "2026-05-01T11:60:60Z"),
        *("9999-12-31T23:59:60Z", "²026-05-01T11:00:00Z", "x" * 100_000),
    ],
)
def test_a_time_that_cannot_be_is_the_servers_and_its_text_is_told(text: str) -> None:
    time, oddity = clock.read(text, MONTERREY, NOON)
    assert time == NOON
    assert oddity is not None
    assert oddity.values == {"time": text[:64]}


@pytest.mark.parametrize(
    ("ahead", "noted"), [(300, False), (301, True), (3600, True), (86_400, True)]
)
def test_a_clock_that_is_ahead_is_noted_but_kept(ahead: int, noted: bool) -> None:
    moment = NOON + timedelta(seconds=ahead)
    time, oddity = clock.read(clock.written(moment), "", NOON)
    assert time == moment
    assert oddity == (odd(Oddity.CLOCK_AHEAD, seconds=ahead) if noted else None)


def test_local_time_stamped_as_utc_is_ahead_or_behind_but_kept() -> None:
    """A clock of Monterrey that says Z is six hours behind: nothing tells it from a queue."""
    assert clock.read("2026-05-01T06:00:00Z", MONTERREY, NOON).oddity is None
    assert clock.read("2026-05-01T14:00:00Z", "Europe/Madrid", NOON).oddity


@given(st.text() | st.from_regex(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?(\.\d+)?(Z|[+-]\d\d:\d\d)?"))
def test_any_text_is_a_time_that_can_be_stored(text: str) -> None:
    time, oddity = clock.read(text, MONTERREY, NOON)
    assert time.tzinfo is UTC
    assert clock.EARLIEST <= time <= NOON + clock.LATEST_AHEAD
    assert oddity is None or len(oddity.text) < 1000


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2026, 5, 1, 12, 0, 0, 999_999, tzinfo=UTC),
        datetime.fromisoformat("2026-05-01T06:00:00.5-06:00"),
    ],
)
def test_a_time_is_written_in_utc_and_whole_seconds(moment: datetime) -> None:
    assert clock.written(moment) == "2026-05-01T12:00:00Z"


@pytest.mark.parametrize(
    ("ago", "believed"),
    [
        (timedelta(hours=-1), False),
        (clock.SKEW, False),
        (timedelta(hours=1), True),
        (clock.OFFLINE_QUEUE, True),
        (timedelta(days=4000), False),
    ],
)
def test_what_may_come_from_an_offline_queue_happened_then(ago: timedelta, believed: bool) -> None:
    assert clock.happened(NOON - ago, NOON) == (NOON - ago if believed else NOON)
