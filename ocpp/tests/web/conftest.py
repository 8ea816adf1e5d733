"""Visitors of the pages."""

import pytest
from django.core.cache import cache
from django.test import Client

from accounts.models import Account, User
from ocpp.tests.factories import make_driver


@pytest.fixture(autouse=True)
def nothing_remembered() -> None:
    """What pages remember for some seconds is not that of the test before."""
    cache.clear()


@pytest.fixture
def visitor(db: None) -> Client:
    """Nobody known."""
    return Client()


@pytest.fixture
def driver(db: None) -> Client:
    """A user who is no staff."""
    client = Client()
    client.force_login(User.objects.create_user("driver"))
    return client


@pytest.fixture
def staff(db: None) -> Client:
    """A user who is staff, without any permission."""
    client = Client()
    client.force_login(User.objects.create_user("staff", is_staff=True))
    return client


@pytest.fixture
def account(db: None) -> Account:
    """That of Ana, a driver with a card and 12 kWh."""
    return make_driver(credit_kwh=12)


@pytest.fixture
def ana(account: Account) -> Client:
    """Her browser."""
    client = Client()
    client.force_login(account.user)
    return client
