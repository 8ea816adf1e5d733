"""Codes of the second factor: which are taken, how often, and what is told of it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core import serializers
from django.db import connection

from accounts.domain import privacy, second_factor, throttle
from accounts.models import RecoveryCode, SecondFactor, User
from accounts.tests.authenticator import code
from audit.models import Record

pytestmark = pytest.mark.django_db

BEGIN = datetime(2026, 3, 2, 12, 0, 10, tzinfo=UTC)
HERE = "192.0.2.1"


@pytest.fixture
def clock() -> Iterator[Any]:
    with time_machine.travel(BEGIN, tick=False) as traveller:
        yield traveller


@pytest.fixture
def rosa(db: None) -> User:
    return User.objects.create_user("rosa", password="secret", is_staff=True)


def turned_on(user: User) -> tuple[str, list[str]]:
    secret = second_factor.begin(user).secret
    return secret, second_factor.confirm(user, code(secret))


def deeds() -> list[str]:
    return [row.deed for row in Record.objects.order_by("pk")]


def test_the_authenticator_is_that_of_the_standard() -> None:
    # RFC 6238, appendix B: the secret is 12345678901234567890; the last six of eight digits.
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    assert code(secret, at=59) == "287082"
    assert code(secret, at=1111111109) == "081804"
    assert code(secret, at=20000000000) == "353130"


def test_it_is_on_once_the_authenticator_has_shown_a_code(clock: Any, rosa: User) -> None:
    factor = second_factor.begin(rosa)
    assert second_factor.address(factor).startswith("otpauth://totp/Constellation:rosa?")
    assert f"secret={factor.secret}" in second_factor.address(factor)
    assert not second_factor.is_on(rosa)
    with pytest.raises(second_factor.WrongCode):
        second_factor.confirm(rosa, "000000" if code(factor.secret) != "000000" else "111111")
    codes = second_factor.confirm(rosa, code(factor.secret))
    assert len(set(codes)) == 10
    assert second_factor.is_on(User.objects.get(pk=rosa.pk))
    assert deeds() == ["second_factor.on"]
    with pytest.raises(second_factor.NotBegun):
        second_factor.begin(rosa)
    with pytest.raises(second_factor.NotBegun):
        second_factor.confirm(rosa, code(factor.secret))


def test_beginning_again_forgets_the_secret_before(rosa: User) -> None:
    first = second_factor.begin(rosa).secret
    second = second_factor.begin(rosa).secret
    assert first != second
    with pytest.raises(second_factor.WrongCode):
        second_factor.confirm(rosa, code(first))
    assert second_factor.confirm(rosa, code(second))


@pytest.mark.parametrize(("steps", "taken"), [(-2, False), (-1, True), (1, True), (2, False)])
def test_clocks_may_differ_by_a_step(clock: Any, rosa: User, steps: int, taken: bool) -> None:
    secret, _codes = turned_on(rosa)
    clock.shift(timedelta(hours=1))
    shown = code(secret, at=(BEGIN + timedelta(hours=1, seconds=30 * steps)).timestamp())
    if taken:
        second_factor.check(rosa, shown, HERE)
    else:
        with pytest.raises(second_factor.WrongCode):
            second_factor.check(rosa, shown, HERE)


def test_no_code_is_taken_twice_nor_one_before_it(clock: Any, rosa: User) -> None:
    secret, _codes = turned_on(rosa)
    with pytest.raises(second_factor.WrongCode):  # the one that it was confirmed with
        second_factor.check(rosa, code(secret), HERE)
    clock.shift(timedelta(minutes=1))
    before = code(secret, at=(BEGIN + timedelta(seconds=30)).timestamp())
    second_factor.check(rosa, code(secret), HERE)
    for used in (code(secret), before):
        with pytest.raises(second_factor.WrongCode):
            second_factor.check(rosa, used, HERE)
    clock.shift(timedelta(seconds=30))
    second_factor.check(rosa, f" {code(secret)[:3]} {code(secret)[3:]} ", HERE)


def test_a_recovery_code_is_good_once(rosa: User) -> None:
    _secret, codes = turned_on(rosa)
    second_factor.check(rosa, codes[3].upper().replace("-", " "), HERE)
    with pytest.raises(second_factor.WrongCode):
        second_factor.check(rosa, codes[3], HERE)
    assert second_factor.recovery_codes_left(rosa) == 9
    used = Record.objects.get(deed="second_factor.recovery_used")
    assert (used.user_pk, used.after) == (rosa.pk, {"left": 9})


def test_new_recovery_codes_make_those_before_void(clock: Any, rosa: User) -> None:
    secret, former = turned_on(rosa)
    second_factor.check(rosa, former[0], HERE)
    clock.shift(timedelta(minutes=1))
    codes = second_factor.renew_recovery_codes(rosa, code(secret), HERE)
    assert len({*codes, *former}) == 20
    assert second_factor.recovery_codes_left(rosa) == 10
    for void in former[:2]:
        with pytest.raises(second_factor.WrongCode):
            second_factor.check(rosa, void, HERE)
    second_factor.check(rosa, codes[0], HERE)
    told = Record.objects.get(deed="second_factor.recovery_renewed")
    assert (told.user_pk, told.subject_pk) == (rosa.pk, str(rosa.pk))
    assert (told.before, told.after) == (None, None)


def test_only_the_authenticator_gives_new_recovery_codes(clock: Any, rosa: User) -> None:
    secret, codes = turned_on(rosa)
    for wrong in (codes[0], code(secret), "nonsense"):  # a recovery code; one that is used up
        with pytest.raises(second_factor.WrongCode):
            second_factor.renew_recovery_codes(rosa, wrong, HERE)
    assert second_factor.recovery_codes_left(rosa) == 10
    for _ in range(2):
        with pytest.raises(second_factor.WrongCode):
            second_factor.renew_recovery_codes(rosa, "nonsense", HERE)
    clock.shift(timedelta(minutes=1))
    with pytest.raises(throttle.TooManyAttempts):
        second_factor.renew_recovery_codes(rosa, code(secret), HERE)
    assert "second_factor.recovery_renewed" not in deeds()


def test_without_a_second_factor_there_are_no_recovery_codes(rosa: User) -> None:
    with pytest.raises(second_factor.WrongCode):
        second_factor.renew_recovery_codes(rosa, "123456", HERE)
    assert not RecoveryCode.objects.exists()


def test_another_users_codes_are_wrong(rosa: User) -> None:
    other = User.objects.create_user("eva", is_staff=True)
    _secret, codes = turned_on(other)
    turned_on(rosa)
    with pytest.raises(second_factor.WrongCode):
        second_factor.check(rosa, codes[0], HERE)


@pytest.mark.parametrize("text", ["", "12345", "1234567", "²²²²²²", "abc\x00", "\ud800", "٣" * 6])
def test_nonsense_is_wrong(rosa: User, text: str) -> None:
    turned_on(rosa)
    with pytest.raises(second_factor.WrongCode):
        second_factor.check(rosa, text, HERE)
    assert deeds()[-1] == "second_factor.failed"


def test_guesses_are_limited_here_and_of_the_user_everywhere(clock: Any, rosa: User) -> None:
    secret, codes = turned_on(rosa)

    def guess(address: str) -> bool:
        """Whether it was looked at."""
        try:
            second_factor.check(rosa, "nonsense", address)
        except throttle.TooManyAttempts:
            return False
        except second_factor.WrongCode:
            return True
        raise AssertionError("taken")

    assert [guess(HERE) for _ in range(7)] == [True] * 5 + [False] * 2
    with pytest.raises(throttle.TooManyAttempts):
        second_factor.check(rosa, codes[0], HERE)
    assert sum(guess(f"198.51.100.{number}") for number in range(100)) == 25
    clock.shift(timedelta(hours=1, seconds=1))
    second_factor.check(rosa, code(secret), HERE)
    # A right one is no guess.
    for _ in range(10):
        clock.shift(timedelta(seconds=60))
        second_factor.check(rosa, code(secret), HERE)


def test_the_secret_is_neither_in_the_database_nor_in_dumps(rosa: User) -> None:
    secret, codes = turned_on(rosa)
    with connection.cursor() as cursor:
        cursor.execute("SELECT secret FROM accounts_secondfactor")
        stored = str(cursor.fetchall())
        cursor.execute("SELECT digest FROM accounts_recoverycode")
        digests = str(cursor.fetchall())
    assert secret not in stored
    assert not any(one in digests or one.replace("-", "") in digests for one in codes)
    assert secret not in serializers.serialize("json", SecondFactor.objects.all())
    shown = str(list(Record.objects.values_list("before", "after")))
    assert secret not in shown


def test_turned_off_nothing_is_left(rosa: User) -> None:
    turned_on(rosa)
    assert second_factor.turn_off(rosa)
    assert not second_factor.turn_off(rosa)
    assert not RecoveryCode.objects.exists()
    assert not SecondFactor.objects.exists()
    assert deeds() == ["second_factor.on", "second_factor.off"]


def test_who_is_erased_has_none(rosa: User) -> None:
    turned_on(rosa)
    User.objects.filter(pk=rosa.pk).update(is_staff=False)
    rosa.refresh_from_db()
    privacy.erase(rosa)
    assert not SecondFactor.objects.exists()
    assert User.objects.get(pk=rosa.pk).second_factor_since is None


def test_drivers_have_none(driver: User) -> None:
    secret = second_factor.begin(driver).secret
    with pytest.raises(second_factor.NotBegun):
        second_factor.confirm(driver, code(secret))
