"""Fixtures of the tests of `accounts`."""

from collections.abc import Collection, Mapping

import hypothesis
import pytest
from pytest_django import Settings

from accounts.domain import balance
from accounts.domain.balance import Use
from accounts.models import Account, User

# How long an example takes says more about the other work of the machine than about the code.
hypothesis.settings.register_profile("shared machine", deadline=None)
hypothesis.settings.load_profile("shared machine")


class RunningSessions:
    """Stands where `ocpp` registers: running energy by account id (Wh), counting the calls."""

    def __init__(self) -> None:
        self.wh: dict[int, int] = {}
        self.calls = 0

    def __call__(self, account_ids: Collection[int]) -> Mapping[int, Use]:
        self.calls += 1
        return {pk: Use(wh) for pk, wh in self.wh.items() if pk in account_ids}


@pytest.fixture(autouse=True)
def running(monkeypatch: pytest.MonkeyPatch) -> RunningSessions:
    """The only source of running energy: these tests stand below the apps that have others."""
    sessions = RunningSessions()
    monkeypatch.setattr(balance, "_sources", [])
    balance.register_running_energy(sessions)
    return sessions


@pytest.fixture(autouse=True)
def quick_hashes(settings: Settings) -> None:
    """Passwords are hashed many times here, and a good hash takes its time."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def driver(db: None) -> User:
    """A user without any rights, with the password `secret`."""
    return User.objects.create_user("ana", password="secret", first_name="Ana")


@pytest.fixture
def account(driver: User) -> Account:
    """The driver's account, still empty."""
    return balance.open_account(driver)
