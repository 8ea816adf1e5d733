"""Hours of the week: as people write them, past midnight, and when the clocks change."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from accounts import hours
from accounts.hours import Hours
from accounts.models import Account, User

MONTERREY = ZoneInfo("America/Monterrey")  # UTC-6, without summer time
MADRID = ZoneInfo("Europe/Madrid")  # summer time until 2026-10-25 03:00, from 2026-03-29 02:00


def allowed(text: str, zone: ZoneInfo = MONTERREY) -> Hours:
    return Hours(hours.read(text), zone)


def at(text: str, zone: ZoneInfo = MONTERREY, fold: int = 0) -> datetime:
    """An aware time from one of the clock on the wall. 2026-05-01 is a Friday."""
    return datetime.fromisoformat(text).replace(tzinfo=zone, fold=fold).astimezone(UTC)


@pytest.mark.parametrize(
    ("text", "usual"),
    [
        ("", ""),
        ("mo-fr 8:00-18:00", "Mo-Fr 08:00-18:00"),
        ("Lu-Vi 08:00 - 18:00 ; Sa 22:00-6:00;", "Mo-Fr 08:00-18:00; Sa 22:00-06:00"),
        ("Do 00:00-24:00", "Su 00:00-24:00"),
        ("22:00-06:00", "22:00-06:00"),
        ("Mo-Su 22:00-06:00", "22:00-06:00"),
        ("Fr-Mo 10:00-24:00", "Mo,Fr-Su 10:00-24:00"),
        ("Mi, Vi 10:00-12:00", "We,Fr 10:00-12:00"),
    ],
)
def test_hours_are_written_in_one_way(text: str, usual: str) -> None:
    assert hours.written(text) == usual
    assert hours.read(usual) == hours.read(text)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("always", "“always” are no hours: write for example Mo-Fr 08:00-18:00"),
        ("Mo-Fr 8-18", "are no hours"),
        ("Xx 08:00-18:00", "“Xx” is no day: write Mo, Tu, We, Th, Fr, Sa, Su."),
        ("Mo- 08:00-18:00", "“” is no day"),
        ("Mo 08:00-25:00", "there is no 25:00 o'clock"),
        ("Mo 08:00-12:00,13:00-18:00", "is no day"),
        ("Mo 08:00-08:00", "begins when it ends: write 00:00-24:00"),
    ],
)
def test_what_are_no_hours_is_named(text: str, problem: str) -> None:
    with pytest.raises(ValueError, match=re.escape(problem)):
        hours.read(text)
    assert hours.written(text) == text


@pytest.mark.parametrize(
    ("time", "open_"),
    [
        ("2026-05-01T07:59", False),
        ("2026-05-01T08:00", True),
        ("2026-05-01T17:59:59", True),
        ("2026-05-01T18:00", False),
        # Saturday's hours reach into Sunday, and Sunday has none of its own.
        ("2026-05-02T05:00", False),
        ("2026-05-02T22:00", True),
        ("2026-05-03T05:59", True),
        ("2026-05-03T06:00", False),
        ("2026-05-03T22:00", False),
    ],
)
def test_a_window_past_midnight_belongs_to_the_day_it_began_on(time: str, open_: bool) -> None:
    assert allowed("Mo-Fr 08:00-18:00; Sa 22:00-06:00").holds(at(time)) is open_


def test_it_closes_at_the_end_of_what_joins() -> None:
    joined = allowed("Fr 08:00-18:00; Fr 18:00-24:00; Sa 00:00-01:30; Sa 03:00-04:00")
    assert joined.until(at("2026-05-01T09:00")) == at("2026-05-02T01:30")
    assert allowed("Sa 22:00-06:00").until(at("2026-05-03T01:00")) == at("2026-05-03T06:00")
    assert allowed("00:00-24:00").until(at("2026-05-01T09:00")) is None
    assert allowed("Sa 00:00-24:00").until(at("2026-05-02T09:00")) == at("2026-05-03T00:00")


def test_the_night_on_which_the_clocks_go_forward() -> None:
    """In Madrid it was never 02:00 to 03:00 on 2026-03-29."""
    night = allowed("22:00-02:30", MADRID)
    began = at("2026-03-28T23:00", MADRID)
    assert night.until(began) == datetime(2026, 3, 29, 1, tzinfo=UTC)
    assert allowed("02:00-03:00", MADRID).holds(datetime(2026, 3, 29, 1, tzinfo=UTC)) is False
    day = allowed("22:00-06:00", MADRID).until(began)
    assert day == at("2026-03-29T06:00", MADRID)
    assert day - began == timedelta(hours=6)


def test_the_night_on_which_the_clocks_go_back() -> None:
    """In Madrid it was 02:00 to 03:00 twice on 2026-10-25."""
    night = allowed("22:00-06:00", MADRID)
    began = at("2026-10-24T23:00", MADRID)
    end = night.until(began)
    assert end == at("2026-10-25T06:00", MADRID)
    assert end - began == timedelta(hours=8)
    half_past = allowed("22:00-02:30", MADRID)
    assert half_past.until(began) == at("2026-10-25T02:30", MADRID)
    assert half_past.until(at("2026-10-25T02:10", MADRID, fold=1)) == at(
        "2026-10-25T02:30", MADRID, fold=1
    )


WINDOWS = st.lists(
    st.builds(
        "{} {:02}:{:02}-{:02}:{:02}".format,
        st.lists(st.sampled_from(hours.DAYS), min_size=1, max_size=7).map(",".join),
        st.integers(0, 11),
        st.sampled_from([0, 15, 59]),
        st.integers(12, 23),
        st.sampled_from([0, 30, 59]),
    ),
    min_size=1,
    max_size=4,
).map("; ".join)


@hypothesis_settings(max_examples=60, deadline=None)
@given(WINDOWS, st.integers(0, 60 * 24 * 365), st.sampled_from([MONTERREY, MADRID]))
def test_it_is_open_until_it_closes(text: str, minutes: int, zone: ZoneInfo) -> None:
    found = allowed(text, zone)
    moment = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    if not found.holds(moment):
        return
    end = found.until(moment)
    assert end is not None
    assert not found.holds(end)
    assert found.holds(end - timedelta(seconds=1))
    steps = (end - moment) // timedelta(minutes=10)
    assert all(found.holds(moment + timedelta(minutes=10) * step) for step in range(steps))


def test_what_cannot_be_read_is_never_stored(db: None) -> None:
    account = Account.objects.create(user=User.objects.create_user("ana"))
    account.allowed_hours = "lu-vi 8:00-18:00"
    account.full_clean()
    account.save()
    account.refresh_from_db()
    assert account.allowed_hours == "Mo-Fr 08:00-18:00"
    with pytest.raises(ValidationError), transaction.atomic():
        Account.objects.update(allowed_hours="always")
    account.allowed_hours = "always"
    with pytest.raises(ValidationError, match="are no hours"):
        account.full_clean()
