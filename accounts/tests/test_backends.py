"""Proving who one is: by password and by card."""

from datetime import UTC, datetime
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth import aauthenticate, authenticate
from django.core.exceptions import PermissionDenied
from django.db import connections
from django.http import HttpRequest
from django.test import AsyncRequestFactory, Client, RequestFactory
from pytest_django import DjangoAssertNumQueries, Settings

from accounts import backends
from accounts.models import RFID, Throttle, User

pytestmark = pytest.mark.django_db


def request_from(address: str) -> HttpRequest:
    return RequestFactory().post("/", REMOTE_ADDR=address)


def log_in(address: str, username: str, password: str) -> bool:
    request = request_from(address)
    return authenticate(request, username=username, password=password) is not None


class TestPassword:
    def test_five_failures_close_the_door_for_that_user_at_that_address(self, driver: User) -> None:
        User.objects.create_user("eva", password="secret")
        for _ in range(5):
            assert not log_in("10.0.0.1", "ana", "wrong")
        assert not log_in("10.0.0.1", "ana", "secret")
        assert not log_in("10.0.0.1", "ANA", "secret")
        assert log_in("10.0.0.1", "eva", "secret")
        assert log_in("10.0.0.2", "ana", "secret")

    def test_an_unknown_name_is_counted_like_a_known_one(self) -> None:
        for _ in range(5):
            request = request_from("10.0.0.1")
            assert authenticate(request, username="nobody", password="x") is None
            assert backends.retry_after(request) == 0
        request = request_from("10.0.0.1")
        assert authenticate(request, username="nobody", password="x") is None
        assert 0 < backends.retry_after(request) <= 15 * 60

    def test_fifty_failures_close_the_address(self, driver: User) -> None:
        for number in range(50):
            assert not log_in("10.0.0.1", f"user{number}", "wrong")
        assert not log_in("10.0.0.1", "ana", "secret")
        assert log_in("10.0.0.2", "ana", "secret")

    def test_success_is_no_failure_and_forgives_the_users_own(self, driver: User) -> None:
        for _ in range(20):
            assert not log_in("10.0.0.1", "ana", "wrong")
            assert log_in("10.0.0.1", "ana", "secret")
        address = Throttle.objects.get(key="password-address 10.0.0.1")
        assert len(address.hits) == 20

    def test_a_deactivated_user_cannot_log_in(self, driver: User) -> None:
        User.objects.filter(pk=driver.pk).update(is_active=False)
        assert not log_in("10.0.0.1", "ana", "secret")

    def test_the_program_itself_is_not_limited(self, driver: User) -> None:
        for _ in range(10):
            assert authenticate(username="ana", password="wrong") is None
        assert authenticate(username="ana", password="secret") == driver
        assert not Throttle.objects.exists()

    def test_the_password_is_not_looked_at_beyond_the_limit(
        self, driver: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for _ in range(5):
            log_in("10.0.0.1", "ana", "wrong")
        looked_at = []
        monkeypatch.setattr(User, "check_password", lambda *args: looked_at.append(args))
        with pytest.raises(PermissionDenied):
            backends.PasswordBackend().authenticate(request_from("10.0.0.1"), "ana", "secret")
        assert not looked_at


@pytest.mark.django_db(transaction=True)
async def test_asynchronous_logins_are_limited_too() -> None:
    await User.objects.acreate_user("ana", password="secret")

    async def attempt(password: str) -> User | None:
        request = AsyncRequestFactory().post("/")
        return await aauthenticate(request, username="ana", password=password)

    try:
        assert await attempt("secret") is not None
        for _ in range(5):
            assert await attempt("wrong") is None
        assert await attempt("secret") is None
    finally:  # the thread that asynchronous code uses has a connection of its own
        await sync_to_async(connections.close_all)()


class TestCard:
    @pytest.fixture
    def card(self, driver: User) -> RFID:
        return RFID.objects.create(rfid="04A2B3C4", user=driver)

    def user(self, uid: str = "04A2B3C4", address: str = "10.0.0.1") -> User | None:
        return authenticate(request_from(address), rfid=uid)

    def test_the_user_of_an_allowed_card(self, card: RFID, driver: User) -> None:
        assert self.user("04:a2:b3:c4") == driver

    @pytest.mark.parametrize(
        "change",
        [
            {"allowed": False},
            {"expires": datetime(2026, 5, 1, tzinfo=UTC)},
            {"user__is_active": False},
            {"user__is_staff": True},
            {"user__is_superuser": True},
            {"user": None},
            {"rfid": "0B0B0B0B"},
        ],
    )
    def test_nobody_else(
        self,
        card: RFID,
        change: dict[str, object],
        django_assert_num_queries: DjangoAssertNumQueries,
    ) -> None:
        for name, value in change.items():
            target, _, attribute = name.rpartition("__")
            changed: Any = card.user if target else card
            setattr(changed, attribute, value)
            changed.save()
        # Whatever the reason, the same work: how long it takes tells nothing.
        with django_assert_num_queries(1):
            assert authenticate(rfid="04A2B3C4") is None

    def test_staff_where_the_setting_allows_it(
        self, card: RFID, driver: User, settings: Settings
    ) -> None:
        driver.is_staff = True
        driver.save()
        settings.RFID_LOGIN_STAFF = True
        assert self.user() == driver

    def test_guessing_is_limited_by_address_and_in_all(
        self, card: RFID, settings: Settings
    ) -> None:
        for _ in range(5):
            assert self.user("0B0B0B0B") is None
        assert self.user() is None
        assert self.user(address="10.0.0.2") is not None
        settings.RFID_LOGIN_PER_MINUTE_IN_ALL = 6
        assert self.user(address="10.0.0.3") is None

    def test_a_driver_who_becomes_staff_leaves_the_cards_session(
        self, card: RFID, driver: User, client: Client
    ) -> None:
        client.post("/accounts/rfid-login/", {"rfid": "04A2B3C4"})
        assert client.session["_auth_user_id"] == str(driver.pk)
        backend = backends.RFIDBackend()
        assert backend.get_user(driver.pk) == driver
        driver.is_staff = True
        driver.save()
        assert backend.get_user(driver.pk) is None
        assert client.get("/admin/").status_code == 302
