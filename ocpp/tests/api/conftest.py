"""Callers of the REST API."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from model_bakery import baker

from accounts.domain import tokens
from accounts.models import User
from ocpp.models import Charger, Transaction

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)

Act = Callable[..., Any]


@pytest.fixture
def staff(db: None) -> User:
    """A member of staff with every permission of charging and of people."""
    user: User = baker.make(User, username="staff", is_staff=True)
    apps = ("ocpp", "accounts")
    user.user_permissions.set(Permission.objects.filter(content_type__app_label__in=apps))
    return user


@pytest.fixture
def driver(db: None) -> User:
    user: User = baker.make(User, username="driver", is_staff=False)
    return user


@pytest.fixture
def by_token(staff: User) -> Client:
    """A program that speaks for a member of staff."""
    return token_client(staff)


@pytest.fixture
def act(by_token: Client) -> Act:
    """Posts an action to a charger, as a program does."""

    def post(cid: str, body: Any, query: str = "") -> Any:
        url = f"/ocpp/chargers/{cid}/action/{query}"
        return by_token.post(url, body, content_type="application/json")

    return post


def token_client(user: User, **options: Any) -> Client:
    """A client that sends a new token of `user`, and no cookies."""
    _token, secret = tokens.create(user, "test", **options)
    return Client(headers={"Authorization": f"Bearer {secret}"}, enforce_csrf_checks=True)


def make_transaction(charger: Charger, **fields: Any) -> Transaction:
    """A transaction that began at noon."""
    values = {"connector_id": 1, "meter_start": 1000, "start_time": NOW, "start_received": NOW}
    made: Transaction = baker.make(Transaction, charger=charger, **(values | fields))
    return made
