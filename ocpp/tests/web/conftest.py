"""Visitors of the pages."""

import pytest
from django.core.cache import cache
from django.test import Client

from accounts.models import User


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
