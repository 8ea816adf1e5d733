"""API tokens."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.domain import tokens
from accounts.models import ApiToken, User

pytestmark = pytest.mark.django_db

NOW = datetime(2025, 11, 21, 12, tzinfo=UTC)


def test_a_token_opens_for_its_user_and_is_stored_as_a_digest_only(driver: User) -> None:
    token, text = tokens.create(driver, "wallboard")
    found = tokens.find(text)
    assert found == token
    assert found.user == driver
    row = ApiToken.objects.filter(pk=token.pk).values().get()
    secret = text.partition(".")[2]
    assert len(secret) >= 40
    assert not any(secret in str(value) for value in row.values())


def test_other_text_opens_nothing(driver: User) -> None:
    _token, text = tokens.create(driver, "wallboard")
    prefix = text.partition(".")[0]
    for wrong in ("", prefix, f"{prefix}.", f"{text}x", text.upper(), text[:-1], "\0", "\ud800"):
        assert tokens.find(wrong) is None


def test_a_revoked_token_opens_nothing_and_keeps_its_moment(driver: User) -> None:
    token, text = tokens.create(driver, "wallboard")
    with time_machine.travel(NOW, tick=False):
        tokens.revoke(token)
    assert tokens.find(text) is None
    tokens.revoke(token)
    token.refresh_from_db()
    assert token.revoked == NOW


def test_a_token_ends_when_it_expires(driver: User) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        _token, text = tokens.create(driver, "wallboard", NOW + timedelta(days=1))
        clock.shift(timedelta(days=1) - timedelta(seconds=1))
        assert tokens.find(text) is not None
        clock.shift(timedelta(seconds=1))
        assert tokens.find(text) is None


def test_a_deactivated_user_has_no_tokens(driver: User) -> None:
    _token, text = tokens.create(driver, "wallboard")
    driver.is_active = False
    driver.save()
    assert tokens.find(text) is None


def test_the_last_use_is_written_once_a_minute(
    driver: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        token, text = tokens.create(driver, "wallboard")
        assert token.last_used is None
        with django_assert_num_queries(2):
            tokens.find(text)
        clock.shift(timedelta(seconds=59))
        with django_assert_num_queries(1):
            tokens.find(text)
        token.refresh_from_db()
        assert token.last_used == NOW
        clock.shift(timedelta(seconds=1))
        tokens.find(text)
        token.refresh_from_db()
        assert token.last_used == timezone.now()
