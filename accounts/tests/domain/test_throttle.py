"""Limits on guessing."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from accounts.domain import throttle
from accounts.domain.throttle import Counter, Limit, TooManyAttempts
from accounts.models import Throttle

NOW = datetime(2025, 11, 21, 12, tzinfo=UTC)


@given(
    hits=st.lists(st.integers(0, 100_000), max_size=30).map(sorted),
    attempts=st.integers(1, 5),
    window_s=st.integers(1, 60),
)
def test_after_the_wait_and_not_earlier_there_is_room(
    hits: list[int], attempts: int, window_s: int
) -> None:
    counter = Counter("key", (Limit(attempts, window_s),))
    now = 100_000
    wait = counter.wait_ms(hits, now)
    within = [hit for hit in hits if hit > now - window_s * 1000]
    assert (wait == 0) == (len(within) < attempts)
    assert counter.wait_ms(hits, now + wait) == 0
    if wait:
        assert counter.wait_ms(hits, now + wait - 1) > 0


@pytest.mark.django_db
class TestTaking:
    def attempt(self, *counters: Counter) -> int:
        """Seconds to wait; 0 when the attempt was counted."""
        try:
            throttle.take(counters)
        except TooManyAttempts as refusal:
            return refusal.retry_after_s
        return 0

    def test_the_window_slides(self) -> None:
        counter = Counter("key", (Limit(2, 60),))
        with time_machine.travel(NOW, tick=False) as clock:
            assert self.attempt(counter) == 0
            clock.shift(timedelta(seconds=30))
            assert self.attempt(counter) == 0
            clock.shift(timedelta(seconds=20))
            assert self.attempt(counter) == 10
            clock.shift(timedelta(seconds=10))
            assert self.attempt(counter) == 0
            assert self.attempt(counter) == 30

    def test_a_refused_attempt_is_counted_nowhere(self) -> None:
        narrow, wide = Counter("narrow", (Limit(1, 60),)), Counter("wide", (Limit(2, 60),))
        with time_machine.travel(NOW, tick=False):
            assert self.attempt(narrow, wide) == 0
            for _ in range(5):
                assert self.attempt(narrow, wide) == 60
            assert self.attempt(wide) == 0
            assert self.attempt(wide) == 60

    def test_the_strictest_limit_says_how_long(self) -> None:
        counter = Counter("key", (Limit(1, 60), Limit(2, 3600)))
        with time_machine.travel(NOW, tick=False) as clock:
            assert self.attempt(counter) == 0
            assert self.attempt(counter) == 60
            clock.shift(timedelta(seconds=60))
            assert self.attempt(counter) == 0
            assert self.attempt(counter) == 3540

    def test_a_limit_of_zero_closes_the_door(self) -> None:
        assert self.attempt(Counter("key", (Limit(0, 60),))) == 60

    def test_what_is_given_back_was_never_counted(self) -> None:
        counter = Counter("key", (Limit(1, 60),))
        throttle.give_back([counter], throttle.take([counter]))
        assert self.attempt(counter) == 0
        throttle.forget(counter)
        assert self.attempt(counter) == 0

    def test_a_flood_over_the_limit_writes_nothing(
        self, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        counter = Counter("key", (Limit(1, 60),))
        self.attempt(counter)
        with django_assert_num_queries(1):
            assert self.attempt(counter) > 0

    def test_a_clock_that_goes_back_opens_no_door(self) -> None:
        counter = Counter("key", (Limit(1, 60),))
        with time_machine.travel(NOW, tick=False) as clock:
            self.attempt(counter)
            clock.shift(timedelta(seconds=-30))
            assert self.attempt(counter) == 90
            clock.shift(timedelta(days=-30))
            assert self.attempt(counter) == 0

    def test_rows_stay_small_and_old_ones_go(self) -> None:
        counter = Counter("busy", (Limit(3, 60),))
        with time_machine.travel(NOW, tick=False) as clock:
            self.attempt(Counter("idle", (Limit(3, 60),)))
            for _ in range(100):
                clock.shift(timedelta(minutes=1))
                assert self.attempt(counter) == 0
            assert [(row.key, len(row.hits)) for row in Throttle.objects.all()] == [("busy", 1)]


def test_a_user_is_counted_with_the_address_and_in_one_spelling() -> None:
    mine, address = throttle.password_login("Ana", "10.0.0.1")
    assert mine == throttle.password_login("ana", "10.0.0.1")[0]
    assert mine != throttle.password_login("ana", "10.0.0.2")[0]
    assert address == throttle.password_login("eva", "10.0.0.1")[1]
    assert len({mine.key, address.key}) == 2


@given(username=st.text(max_size=400))
def test_any_user_name_makes_a_key_that_fits_the_database(username: str) -> None:
    for counter in throttle.password_login(username, "2001:db8:ffff:ffff::/64"):
        assert len(counter.key) <= 255
        assert counter.key.isprintable()
