"""What a session costs: by hour, weekday, season, and to the cent."""

from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocpp.domain.tariffs.curve import Curve
from ocpp.domain.tariffs.pricing import Line, Price, Session, lines

MONTERREY = ZoneInfo("America/Monterrey")  # UTC-6, without summer time
MADRID = ZoneInfo("Europe/Madrid")
#: A Friday, at noon in Monterrey.
NOON = datetime(2026, 5, 1, 18, tzinfo=UTC)
WEEK = frozenset(range(7))


def price(component: str, amount: str, **when: Any) -> Price:
    return Price(component, Decimal(amount), **when)


def session(
    minutes: float,
    energy_wh: int,
    *points: tuple[float, int],
    start: datetime = NOON,
    charging: float | None = None,
) -> Session:
    def moment(minute: float) -> datetime:
        return start + timedelta(minutes=minute)

    curve = Curve(start, moment(minutes), energy_wh, [(moment(m), wh) for m, wh in points])
    until = moment(minutes if charging is None else charging)
    return Session(start, moment(minutes), until, curve)


def told(found: list[Line]) -> list[tuple[str, str, str, str]]:
    return [(one.component, one.label, str(one.quantity), str(one.amount)) for one in found]


def test_energy_time_idle_and_session() -> None:
    prices = [
        price("session", "5"),
        price("energy", "3.456"),
        price("charging", "0.5"),
        price("idle", "1.25"),
    ]
    found = lines(session(90, 12_345, (60, 12_345), charging=60), prices, MONTERREY)
    assert told(found) == [
        ("session", "", "1", "5.00"),
        ("energy", "", "12.345", "42.66"),
        ("charging", "", "60.000", "30.00"),
        ("idle", "", "30.000", "37.50"),
    ]


def test_without_prices_nothing_is_charged() -> None:
    assert lines(session(60, 5000), [], MONTERREY) == []


def test_a_price_of_nothing_is_a_line_of_nothing() -> None:
    assert told(lines(session(60, 5000), [price("energy", "0")], MONTERREY)) == [
        ("energy", "", "5.000", "0.00")
    ]


def test_energy_is_divided_where_another_hour_begins() -> None:
    prices = [
        price("energy", "4", label="peak", start=time(13), end=time(22)),
        price("energy", "1", label="base"),
    ]
    # 10 kWh from noon to 14:00: 8 kWh until 13:00, as the values tell.
    found = lines(session(120, 10_000, (60, 8_000)), prices, MONTERREY)
    assert told(found) == [("energy", "peak", "2.000", "8.00"), ("energy", "base", "8.000", "8.00")]
    # Without a value in between it flowed evenly.
    found = lines(session(120, 10_001), prices, MONTERREY)
    assert told(found) == [
        ("energy", "peak", "5.001", "20.00"),
        ("energy", "base", "5.000", "5.00"),
    ]


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        (datetime(2026, 5, 2, 3, tzinfo=UTC), "night"),  # Friday 21:00
        (datetime(2026, 5, 2, 7, tzinfo=UTC), "night"),  # Saturday 01:00: the night of Friday
        (datetime(2026, 5, 3, 7, tzinfo=UTC), "day"),  # Sunday 01:00: no night of a weekday
        (datetime(2026, 5, 1, 12, tzinfo=UTC), "day"),  # Friday 06:00
    ],
)
def test_a_window_past_midnight_belongs_to_the_day_it_began(start: datetime, expected: str) -> None:
    prices = [
        price("energy", "1", label="night", weekdays=WEEK - {5, 6}, start=time(21), end=time(6)),
        price("energy", "2", label="day"),
    ]
    found = lines(session(10, 1000, start=start), prices, MONTERREY)
    assert [one.label for one in found] == [expected]


@pytest.mark.parametrize(
    ("month", "day", "expected"),
    [(3, 31, "winter"), (4, 1, "summer"), (9, 30, "summer"), (10, 1, "winter"), (2, 29, "winter")],
)
def test_seasons(month: int, day: int, expected: str) -> None:
    prices = [
        price("energy", "1", label="summer", season_start=(4, 1), season_end=(9, 30)),
        price("energy", "2", label="winter", season_start=(10, 1), season_end=(3, 31)),
    ]
    start = datetime(2028, month, day, 18, tzinfo=UTC)
    found = lines(session(10, 1000, start=start), prices, MONTERREY)
    assert [one.label for one in found] == [expected]


def test_the_hour_that_a_clock_is_set_forward_over() -> None:
    """Madrid, 29 March 2026: 02:00 to 03:00 does not exist."""
    prices = [
        price("charging", "1", label="before", end=time(2)),
        price("charging", "2", label="gap", start=time(2), end=time(3)),
        price("charging", "3", label="after"),
    ]
    found = lines(session(120, 0, start=datetime(2026, 3, 29, tzinfo=UTC)), prices, MADRID)
    assert told(found) == [
        ("charging", "before", "60.000", "60.00"),
        ("charging", "after", "60.000", "180.00"),
    ]


def test_minutes_are_reckoned_by_the_second_and_rounded_once() -> None:
    found = lines(session(1 / 3, 0), [price("charging", "0.5")], MONTERREY)
    assert told(found) == [("charging", "", "0.333", "0.17")]


WINDOWS = st.builds(
    Price,
    component=st.just("energy"),
    amount=st.decimals(0, 100, places=4),
    label=st.sampled_from("abc"),
    weekdays=st.frozensets(st.integers(0, 6), min_size=1),
    start=st.times(),
    end=st.times(),
)


@given(
    st.lists(WINDOWS, max_size=4),
    st.integers(0, 5 * 24 * 60),
    st.integers(0, 200_000),
    st.lists(st.tuples(st.integers(0, 5 * 24 * 60), st.integers(0, 200_000)), max_size=8),
    st.integers(0, 365 * 24 * 60).map(lambda minutes: NOON + timedelta(minutes=minutes)),
)
def test_the_parts_add_up_to_the_session(
    windows: list[Price],
    minutes: int,
    energy_wh: int,
    points: list[tuple[int, int]],
    start: datetime,
) -> None:
    rest = [price("energy", "1"), price("charging", "1"), price("idle", "1")]
    whole = session(minutes, energy_wh, *points, start=start, charging=minutes / 2)
    for zone in (MONTERREY, MADRID):
        found = lines(whole, [*windows, *rest], zone)
        quantities: dict[str, Decimal] = {}
        for one in found:
            assert one.amount >= 0
            quantities[one.component] = quantities.get(one.component, Decimal(0)) + one.quantity
        assert quantities.get("energy", 0) == Decimal(energy_wh) / 1000
        assert quantities.get("charging", 0) + quantities.get("idle", 0) == minutes


@given(st.integers(0, 100_000), st.lists(st.tuples(st.integers(0, 60), st.integers(0, 10**5))))
def test_a_curve_only_grows(energy_wh: int, points: list[tuple[int, int]]) -> None:
    curve = session(60, energy_wh, *points).curve
    seen = [curve.until(NOON + timedelta(minutes=minute)) for minute in range(-5, 66)]
    assert seen == sorted(seen)
    assert (seen[0], seen[-1]) == (0, energy_wh)
    assert curve.until(curve.last_growth()) == energy_wh
