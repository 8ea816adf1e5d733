"""Fixtures of the tests of `notifications`."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db.models import Q
from pytest_django import Settings

from accounts.domain import balance
from accounts.models import Account, Credit, User
from mailer.models import Email
from ocpp.models import Charger, ServerProcess, Transaction

NOW = datetime.now(UTC)
Ended = Callable[..., Transaction]


@pytest.fixture(autouse=True)
def site(settings: Settings) -> None:
    """Where links lead, and a mail server that is set; nothing here sends."""
    settings.SITE_URL = "https://node.example"
    settings.EMAIL_HOST = "mail.example"


@pytest.fixture
def driver(db: None) -> User:
    return User.objects.create_user("ana", email="ana@example.com", first_name="Ana")


@pytest.fixture
def account(driver: User) -> Account:
    """The driver's account with 20 kWh."""
    opened = balance.open_account(driver)
    Credit.objects.create(account=opened, amount_kwh=20)
    return opened


@pytest.fixture
def staff(db: None) -> User:
    """Staff who may see chargers and sessions."""
    user = User.objects.create_user("eva", email="eva@example.com", is_staff=True)
    wanted = Q(codename__in=["view_charger", "view_transaction", "view_securityevent"])
    user.user_permissions.set(Permission.objects.filter(wanted, content_type__app_label="ocpp"))
    return user


@pytest.fixture
def charger(db: None) -> Charger:
    return Charger.objects.create(charger_id="CP1", name="Macroplaza 1")


@pytest.fixture
def serving(db: None) -> ServerProcess:
    """A process that has served chargers for an hour."""
    return ServerProcess.objects.create(
        name="p",
        host="h",
        pid=1,
        started=NOW - timedelta(hours=1),
        lease_until=NOW.replace(year=2100),
    )


@pytest.fixture
def ended(charger: Charger, account: Account) -> Ended:
    """Makes a session of 1.5 kWh that has ended, as the rules leave it."""

    def ended(**fields: Any) -> Transaction:
        number = Transaction.objects.count()
        return Transaction.objects.create(
            **{
                "charger": charger,
                "connector_id": 1,
                "state": "completed",
                "id_tag": "04A2B3C4",
                "account": account,
                "meter_start": 0,
                "meter_stop": 1500,
                "energy_wh": 1500,
                "billed_wh": 1500,
                "start_time": NOW - timedelta(minutes=90),
                "start_raw": str(number),
                "start_received": NOW,
                "stop_time": NOW,
                "stop_received": NOW,
                **fields,
            }
        )

    return ended


def emails(topic: str) -> list[Email]:
    return list(Email.objects.filter(topic=f"notifications.{topic}").order_by("pk"))
