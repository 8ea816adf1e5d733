"""Which stretch of time is plotted."""

from datetime import timedelta

import pytest

from ocpp.domain.queries import windows
from ocpp.tests.factories import NOON

HOUR = timedelta(hours=1)


def seconds(hours: float) -> str:
    return str(int((NOON + hours * HOUR).timestamp()))


@pytest.mark.parametrize("name", list(windows.RANGES))
def test_a_range_ends_now(name: str) -> None:
    window = windows.of({"range": name}, NOON)
    assert (window.end, window.length) == (NOON, windows.RANGES[name])
    assert window.query == f"range={name}"
    assert window.raw == (name in ("1h", "6h"))


@pytest.mark.parametrize(
    "asked", [{}, {"range": "year"}, {"from": "x", "to": "1"}, {"from": "1"}, {"from": "9" * 30}]
)
def test_what_makes_no_sense_is_the_usual_range(asked: dict[str, str]) -> None:
    assert windows.of(asked, NOON).name == windows.DEFAULT


@pytest.mark.parametrize(
    ("begin", "end", "hours"),
    [
        (-3, -2, (-3, -2)),
        (-2, -3, (-3, -2)),
        (-1, 5, (-6, 0)),  # not into the future
        (-2, -2, (-2 - 1 / 12, -2)),
        (-24 * 100, 0, (-24 * 31, 0)),
    ],
)
def test_a_window_of_ones_own_is_kept_within_bounds(
    begin: float, end: float, hours: tuple[float, float]
) -> None:
    window = windows.of({"from": seconds(begin), "to": seconds(end)}, NOON)
    assert (window.begin, window.end) == (NOON + hours[0] * HOUR, NOON + hours[1] * HOUR)
    assert windows.of(dict(pair.split("=") for pair in window.query.split("&")), NOON) == window


def test_the_oldest_time_is_bounded_too() -> None:
    window = windows.of({"from": "0", "to": "3600"}, NOON)
    assert window.begin.year >= 2015


def test_the_buttons_lead_somewhere_else() -> None:
    window = windows.of({"range": "1h"}, NOON)
    zoomed = windows.zoomed(window, NOON)
    assert set(zoomed) == {"closer", "wider", "earlier"}  # nothing is later than now
    assert zoomed["closer"].length == HOUR / 2
    assert zoomed["wider"].length == 2 * HOUR
    assert "later" in windows.zoomed(zoomed["earlier"], NOON)
