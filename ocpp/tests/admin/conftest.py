"""Who works in the admin, and something to look at."""

from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from accounts.models import RFID, Account, User
from ocpp.admin import commanding
from ocpp.models import (
    Anomaly,
    Charger,
    Command,
    Connector,
    DataTransfer,
    Message,
    MeterReading,
    Transaction,
)

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def boss(db: None) -> Client:
    """A superuser."""
    client = Client()
    client.force_login(User.objects.create_superuser("boss"))
    return client


@pytest.fixture
def viewer(db: None) -> Client:
    """Staff who may look at everything of charging and change nothing."""
    user = User.objects.create_user("viewer", is_staff=True)
    user.user_permissions.set(
        Permission.objects.filter(content_type__app_label="ocpp", codename__startswith="view_")
    )
    client = Client()
    client.force_login(user)
    return client


def make_charger(number: int, **facts: object) -> Charger:
    """A charger with one of everything that can be listed."""
    charger = Charger.objects.create(charger_id=f"CP{number}", **facts)
    Connector.objects.create(charger=charger, connector_id=1, status="Available", status_time=NOON)
    Connector.objects.create(charger=charger, connector_id=2, status="Faulted", status_time=NOON)
    user = User.objects.create_user(f"driver{number}")
    transaction = Transaction.objects.create(
        charger=charger,
        connector_id=1,
        id_tag="AABBCCDD",
        rfid=RFID.objects.get_or_create(rfid="AABBCCDD")[0],
        account=Account.objects.get_or_create(user=user)[0],
        meter_start=0,
        energy_wh=1500,
        start_time=NOON,
        start_received=NOON,
        start_raw="2026-03-01T12:00:00Z",
    )
    MeterReading.objects.create(
        charger=charger,
        connector_id=1,
        transaction=transaction,
        timestamp=NOON,
        measurand="Energy.Active.Import.Register",
        value=1500,
        unit="Wh",
    )
    Message.objects.create(
        charger=charger,
        direction="out",
        action="ChangeConfiguration",
        request='[2,"1","ChangeConfiguration",{"key":"AuthorizationKey","value":"c0ffee"}]',
        answer='[3,"1",{"status":"Accepted"}]',
        time=NOON,
        answer_time=NOON,
    )
    Anomaly.objects.create(
        charger=charger, transaction=transaction, kind="clock", detail="odd", time=NOON
    )
    Command.objects.create(
        charger=charger,
        action="change_configuration",
        payload={"key": "AuthorizationKey", "value": "c0ffee"},
        created_by=user,
        expires=NOON,
    )
    DataTransfer.objects.create(charger=charger, vendor_id="Maker", data="<b>x</b>", time=NOON)
    return charger


@pytest.fixture
def without_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages do not wait for answers: in these tests nobody gives one."""
    monkeypatch.setattr(commanding, "WAIT_S", 0.0)


def clerk(*permissions: str) -> Client:
    """The browser of a member of staff with these permissions of `ocpp` and no others."""
    user = User.objects.create_user("clerk", is_staff=True)
    user.user_permissions.set(
        Permission.objects.filter(content_type__app_label="ocpp", codename__in=permissions)
    )
    client = Client()
    client.force_login(user)
    return client
