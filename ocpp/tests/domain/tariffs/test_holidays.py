"""Holidays: which days they are, that they cost as Sundays, and that what was charged stays."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from io import StringIO
from zoneinfo import ZoneInfo

import pytest
from django.core.management import call_command
from hypothesis import given
from hypothesis import strategies as st

from ocpp.choices import HolidayCalendar
from ocpp.domain import clock
from ocpp.domain.tariffs import costs, holidays, pricing, versions
from ocpp.domain.tariffs.curve import Curve
from ocpp.domain.tariffs.pricing import Price, Session, days_of, lines
from ocpp.models import Holiday, SessionCost, Tariff, TariffPrice, TariffVersion, Transaction
from ocpp.tests.factories import Reporter

MONTERREY = ZoneInfo("America/Monterrey")
MEXICO, OWN, NONE = HolidayCalendar.MEXICO, HolidayCalendar.OWN, HolidayCalendar.NONE
#: A Wednesday, and the day of independence.
INDEPENDENCE = date(2026, 9, 16)


# --- which days they are ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("year", "days"),
    [
        (2024, ["01-01", "02-05", "03-18", "05-01", "09-16", "10-01", "11-18", "12-25"]),
        (2025, ["01-01", "02-03", "03-17", "05-01", "09-16", "11-17", "12-25"]),
        (2026, ["01-01", "02-02", "03-16", "05-01", "09-16", "11-16", "12-25"]),
        (2027, ["01-01", "02-01", "03-15", "05-01", "09-16", "11-15", "12-25"]),
        (2030, ["01-01", "02-04", "03-18", "05-01", "09-16", "10-01", "11-18", "12-25"]),
    ],
)
def test_the_federal_holidays_of_mexico(year: int, days: list[str]) -> None:
    assert sorted(f"{day:%m-%d}" for day in holidays.of_mexico(year)) == days


@given(st.integers(2000, 2200))
def test_holidays_of_any_year(year: int) -> None:
    days = holidays.of_mexico(year)
    assert {day.year for day in days} == {year}
    assert len(days) == (8 if year in range(2024, 2201, 6) else 7)
    movable = [day for day in days if day.month in (2, 3, 11)]
    assert [day.weekday() for day in movable] == [0, 0, 0]
    assert [(day.day - 1) // 7 + 1 for day in sorted(movable)] == [1, 3, 3]


@pytest.mark.parametrize(
    ("calendar", "expected"),
    [(NONE, [False, False]), (OWN, [False, True]), (MEXICO, [True, True])],
)
def test_own_days_stand_beside_those_of_the_law(
    db: None, calendar: str, expected: list[bool]
) -> None:
    local = date(2026, 9, 20)
    Holiday.objects.create(date=local, name="Foundation of Monterrey")
    plain = date(2026, 9, 17)
    found = holidays.among([local, plain, INDEPENDENCE], calendar)
    assert list(found.values()) == [expected[0], False, expected[1]]


# --- what they cost ---------------------------------------------------------------------------

#: From Monday to Saturday, and on Sundays.
WEEK = Price("energy", Decimal(5), "week", weekdays=frozenset(range(6)))
SUNDAY = Price("energy", Decimal(2), "sunday", weekdays=frozenset([6]))

moments = st.integers(0, 7 * 365 * 86_400).map(
    lambda seconds: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
)


def session(start: datetime, minutes: int, wh: int) -> Session:
    stop = start + timedelta(minutes=minutes)
    return Session(start, stop, stop, Curve(start, stop, wh))


@given(moments, st.integers(1, 6000), st.integers(1, 10**6))
def test_without_holidays_nothing_changes(start: datetime, minutes: int, wh: int) -> None:
    one = session(start, minutes, wh)
    assert lines(one, [WEEK, SUNDAY], MONTERREY, set()) == lines(one, [WEEK, SUNDAY], MONTERREY)


@given(moments, st.integers(1, 6000), st.integers(1, 10**6), st.data())
def test_energy_of_holidays_costs_as_that_of_sundays(
    start: datetime, minutes: int, wh: int, data: st.DataObject
) -> None:
    one = session(start, minutes, wh)
    sundays = data.draw(st.sets(st.sampled_from(days_of(one, MONTERREY))))
    found = {line.label: line.quantity for line in lines(one, [WEEK, SUNDAY], MONTERREY, sundays)}
    # All of it, and by day what the curve says of that day.
    assert sum(found.values()) == Decimal(wh).scaleb(-3)
    cheap = 0
    for day in days_of(one, MONTERREY):
        midnights = [datetime.combine(day + timedelta(days=n), time.min, MONTERREY) for n in (0, 1)]
        begin, end = (one.curve.until(midnight.astimezone(UTC)) for midnight in midnights)
        if day in sundays or day.weekday() == 6:
            cheap += end - begin
    assert found.get("sunday", Decimal(0)) == Decimal(cheap).scaleb(-3)


@given(moments, st.integers(1, 6000), st.integers(1, 10**6))
def test_when_all_days_are_holidays_all_costs_as_on_sundays(
    start: datetime, minutes: int, wh: int
) -> None:
    one = session(start, minutes, wh)
    found = lines(one, [WEEK, SUNDAY], MONTERREY, set(days_of(one, MONTERREY)))
    assert [line.label for line in found] == ["sunday"]


def test_past_midnight_the_day_it_began_on_counts() -> None:
    night = Price(
        "energy",
        Decimal(1),
        "night of sunday",
        weekdays=frozenset([6]),
        start=time(22),
        end=time(6),
    )
    # From 23:00 of the holiday to 07:00 of the Thursday.
    start = datetime(2026, 9, 16, 23, tzinfo=MONTERREY).astimezone(UTC)
    one = session(start, 8 * 60, 8000)
    (line,) = lines(one, [night], MONTERREY, {INDEPENDENCE})
    assert line.quantity == 7
    assert lines(one, [night], MONTERREY, {date(2026, 9, 17)}) == []


# --- what is kept -----------------------------------------------------------------------------


@pytest.fixture
def version(db: None) -> TariffVersion:
    tariff = Tariff.objects.create(name="GDMTH", standard=True, time_zone="America/Monterrey")
    made: TariffVersion = TariffVersion.objects.create(
        tariff=tariff, valid_from=datetime(2026, 1, 1, tzinfo=UTC), holidays=MEXICO
    )
    for position, price in enumerate((WEEK, SUNDAY)):
        TariffPrice.objects.create(
            version=made,
            component=price.component,
            amount=price.amount,
            label=price.label,
            weekdays="".join(map(str, sorted(price.weekdays))),
            position=position,
        )
    return made


def charge(reporter: Reporter, day: int, meter: int = 0) -> Transaction:
    begin = datetime(2026, 9, day, 18, tzinfo=UTC)
    end = begin + timedelta(hours=1)
    started, _ = reporter.start(meter=meter, time=clock.written(begin), now=begin)
    reporter.stop(started.pk, meter=meter + 1000, time=clock.written(end), now=end)
    return Transaction.objects.get(pk=started.pk)


def test_a_session_on_a_holiday_costs_as_on_a_sunday(
    reporter: Reporter, version: TariffVersion
) -> None:
    totals = [charge(reporter, day, meter=day * 1000).cost.total for day in (15, 16, 17, 20)]
    assert totals == [5, 2, 5, 2]


def test_a_tariff_that_does_not_say_so_knows_no_holidays(
    reporter: Reporter, version: TariffVersion
) -> None:
    version.holidays = NONE
    version.save()
    cost = charge(reporter, 16).cost
    assert (cost.total, cost.holidays) == (5, {})


def test_what_was_counted_is_kept_with_the_cost(reporter: Reporter, version: TariffVersion) -> None:
    cost = charge(reporter, 16).cost
    assert cost.holidays == {"2026-09-15": False, "2026-09-16": True}


def test_a_calendar_that_changes_later_changes_no_cost(
    reporter: Reporter, version: TariffVersion
) -> None:
    Holiday.objects.create(date=date(2026, 9, 17), name="A day of our own")
    free, plain = charge(reporter, 17), charge(reporter, 18, meter=5000)
    assert (free.cost.total, plain.cost.total) == (2, 5)
    Holiday.objects.all().delete()
    Holiday.objects.create(date=date(2026, 9, 18), name="Another")
    told = StringIO()
    call_command("reckon_costs", "--check", stdout=told)
    assert "2 sessions as reckoned" in told.getvalue()
    for found, total in ((free, 2), (plain, 5)):
        again = costs.record(Transaction.objects.get(pk=found.pk), found.start_time)
        assert again is not None
        assert again.total == total
    # A session of which nothing was kept is charged by the calendar of now.
    SessionCost.objects.all().delete()
    call_command("reckon_costs", stdout=told)
    assert [one.total for one in SessionCost.objects.order_by("transaction_id")] == [5, 2]


def test_a_copy_of_a_version_counts_the_same_holidays(version: TariffVersion) -> None:
    copy = versions.copy(version, datetime(2027, 1, 1, tzinfo=UTC))
    assert copy.holidays == MEXICO


def test_days_of_a_session_begin_with_the_one_before(version: TariffVersion) -> None:
    start = datetime(2026, 9, 16, 6, tzinfo=UTC)  # midnight in Monterrey
    days = pricing.days_of(session(start, 24 * 60, 1), MONTERREY)
    assert days == [date(2026, 9, day) for day in (15, 16, 17)]
