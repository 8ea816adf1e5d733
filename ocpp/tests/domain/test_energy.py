"""The energy of a session from what its meter said: counted, counted from elsewhere, or doubted."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocpp.domain.energy import HIGHEST_WH, Judgement, Register, judge, most_wh

MOST = 30_000
HOUR = timedelta(hours=1)


def told(judgement: Judgement) -> str:
    assert judgement.why is not None
    return judgement.why.text


def judged(start: int, stop: int, *values: int, begin: int | None = None) -> Judgement:
    registers = [Register(wh) for wh in values]
    if begin is not None:
        registers.insert(0, Register(begin, "Transaction.Begin"))
    return judge(start, stop, registers, MOST)


# --- the most that can have flowed ------------------------------------------------------------


@pytest.mark.parametrize(
    ("power_w", "elapsed", "most"),
    [
        # A quarter of an hour more, and a tenth.
        (22_000, HOUR, 30_250),
        (22_000, timedelta(0), 6_050),
        (22_000, -HOUR, 6_050),
        (400_000, timedelta(days=30), HIGHEST_WH),
        (0, HOUR, 0),
    ],
)
def test_most(power_w: int, elapsed: timedelta, most: int) -> None:
    assert most_wh(power_w, elapsed) == most


# --- what is counted --------------------------------------------------------------------------


@pytest.mark.parametrize("values", [(), (1000, 2000, 5000), (5000, 2000), (0, 3000, 6000)])
def test_the_difference_counts(values: tuple[int, ...]) -> None:
    """Where it can be, nothing else is asked: a 0 in between is mostly a stutter."""
    assert judged(1000, 6000, *values) == Judgement(5000)


def test_no_energy_is_energy_too() -> None:
    assert judged(1000, 1000) == Judgement(0)


@pytest.mark.parametrize("values", [(500, 2000, 4900), (0, 4900), (100, 5000)])
def test_a_register_that_begins_with_the_session(values: tuple[int, ...]) -> None:
    found = judged(123_456, 5000, *values)
    assert (found.energy_wh, found.base) == (5000, 0)
    assert "begins with the session" in told(found)


def test_the_value_of_the_beginning_is_where_it_began() -> None:
    assert judged(123_456, 5000, begin=0).energy_wh == 5000
    assert judged(123_456, 5000, begin=20).energy_wh == 4980


@pytest.mark.parametrize("values", [(5000, 1000, 3000), (100, 6000)])
def test_a_register_that_runs_backwards_is_none_of_a_session(values: tuple[int, ...]) -> None:
    assert judged(123_456, 5000, *values).energy_wh is None


def test_one_value_below_the_start_is_no_evidence() -> None:
    assert judged(123_456, 5000, 2000).energy_wh is None


@pytest.mark.parametrize("start", [0, -1])
def test_a_start_that_was_no_register_value(start: int) -> None:
    found = judged(start, 1_006_000, 1_000_000, 1_003_000)
    assert (found.energy_wh, found.base) == (6000, 1_000_000)
    assert f"at {start} Wh at the start" in told(found)


def test_a_jump_after_a_true_start_is_no_new_beginning() -> None:
    assert judged(1, 1_006_000, 1_000_000, 1_003_000).energy_wh is None


# --- what people must look at -----------------------------------------------------------------


def test_a_stop_below_the_start_is_not_counted() -> None:
    found = judged(6000, 1000)
    assert (found.energy_wh, found.base) == (None, None)
    assert "from 6000 to 1000 Wh" in told(found)
    assert "rolled over" not in told(found)


@pytest.mark.parametrize(("start", "stop"), [(99_990, 10), (999_000, 5_000), (2**32 - 5, 0)])
def test_a_rollover_is_suggested_and_not_counted(start: int, stop: int) -> None:
    found = judged(start, stop)
    assert found.energy_wh is None
    assert "if it rolled over at" in told(found)


def test_a_jump_beyond_what_can_have_flowed_is_not_counted() -> None:
    assert judged(1000, 1001 + MOST).energy_wh is None
    assert judged(1000, 1001 + MOST, 2000, 3000).energy_wh is None
    assert judged(1000, 1000 + MOST).energy_wh == MOST


REGISTERS = st.integers(-(10**6), 10**10)


@given(REGISTERS, REGISTERS, st.lists(REGISTERS, max_size=6), st.integers(0, HIGHEST_WH))
def test_energy_is_never_negative_and_never_too_much(
    start: int, stop: int, values: list[int], most: int
) -> None:
    found = judge(start, stop, [Register(value) for value in values], most)
    if found.energy_wh is None:
        assert found.why
        assert found.base is None
    else:
        assert 0 <= found.energy_wh <= most
        assert found.energy_wh == stop - (start if found.base is None else found.base)


@given(st.integers(0, 10**9), st.integers(0, MOST), st.data())
def test_a_meter_that_tells_the_truth_is_believed(
    start: int, delivered: int, data: st.DataObject
) -> None:
    between = data.draw(st.lists(st.integers(start, start + delivered), max_size=6))
    assert judged(start, start + delivered, *sorted(between)) == Judgement(delivered)
