"""Callers of the API of people."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from accounts.api.rate import buckets
from accounts.domain import balance, credits, tokens
from accounts.models import RFID, Account, User, Vehicle

Ask = Callable[..., Any]


@pytest.fixture(autouse=True)
def nobody_has_asked_yet() -> None:
    buckets.clear()


def client_of(user: User, **options: Any) -> Client:
    """A program that speaks for a user."""
    _token, secret = tokens.create(user, "test", **options)
    return Client(headers={"Authorization": f"Bearer {secret}"}, enforce_csrf_checks=True)


def make_person(name: str, number: int, **fields: Any) -> Account:
    """A driver with an account, a card, a vehicle and 20 kWh."""
    user = User.objects.create_user(name, **fields)
    account = balance.open_account(user)
    RFID.objects.create(rfid=f"CAFE{number:04X}", user=user)
    Vehicle.objects.create(account=account, brand="BYD", model="X", VIN=f"LGXCE4CB1P{number:07}")
    credits.grant(account, 20, None)  # type: ignore[arg-type]
    return account


@pytest.fixture
def ana(db: None) -> Account:
    return make_person("ana", 1)


@pytest.fixture
def luis(db: None) -> Account:
    return make_person("luis", 2)


@pytest.fixture
def driver(ana: Account) -> Client:
    return client_of(ana.user)


@pytest.fixture
def clerk(db: None) -> User:
    """A member of staff without any permission yet."""
    return User.objects.create_user("clerk", is_staff=True)


def allow(user: User, *names: str) -> Client:
    """A program of a user who has these permissions (`view_rfid`) and no others."""
    user.user_permissions.set(Permission.objects.filter(codename__in=names))
    return client_of(user)
