"""What the audit is told of people."""

from decimal import Decimal

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from accounts.domain import roles, tokens
from accounts.models import RFID, Account, Credit, User
from audit import domain as audit
from audit.models import Record

pytestmark = pytest.mark.django_db

SOMEBODY = audit.Actor("web", "192.0.2.7", lambda: 99)


def deeds() -> list[str]:
    return [record.deed for record in Record.objects.order_by("pk")]


def test_energy_is_always_recorded(account: Account, admin_user: User) -> None:
    credit = Credit.objects.create(
        account=account, amount_kwh=Decimal("2.500"), created_by=admin_user
    )
    made = Record.objects.get(deed="credit.added")
    assert made.subject_pk == str(credit.pk)
    assert made.after == {"account": account.pk, "amount_kwh": "2.500"}
    assert made.user_pk == admin_user.pk


def test_rights_and_roles(driver: User) -> None:
    with audit.acting(SOMEBODY):
        roles.give(driver, "operator")
        driver.refresh_from_db()
        driver.is_superuser = True
        driver.save()
        driver.groups.clear()
        Group.objects.get(name="viewer").permissions.clear()
    assert deeds() == [
        "rights.added",
        "rights.changed",
        "role.given",
        "rights.changed",
        "rights.cleared",
        "rights.cleared",
    ]
    changed = Record.objects.filter(deed="rights.changed").order_by("pk").last()
    assert changed is not None
    assert (changed.before, changed.after) == ({"is_superuser": False}, {"is_superuser": True})
    assert changed.user_pk == 99


def test_passwords_and_cards(driver: User) -> None:
    with audit.acting(SOMEBODY):
        driver.set_password("another-one")
        driver.save()
        driver.save()
        card = RFID.objects.create(rfid="CAFE0001", user=driver)
        card.allowed = False
        card.save()
        card.delete()
    assert deeds() == ["password.changed", "card.added", "card.changed", "card.deleted"]
    stored = str(list(Record.objects.values()))
    assert driver.password not in stored


def test_tokens(driver: User) -> None:
    token, text = tokens.create(driver, "x", areas=["charging:read"])
    tokens.revoke(token)
    tokens.revoke(token)
    assert deeds() == ["token.made", "token.revoked"]
    assert text not in str(list(Record.objects.values()))


def test_logins_of_staff_only(client: Client, driver: User) -> None:
    client.post("/login/", {"username": "ana", "password": "secret"})
    assert deeds() == []
    User.objects.filter(pk=driver.pk).update(is_staff=True)
    client.logout()
    client.post("/login/", {"username": "ana", "password": "secret"}, REMOTE_ADDR="192.0.2.9")
    made = Record.objects.get()
    assert (made.deed, made.user_pk, made.origin) == ("staff.logged_in", driver.pk, "192.0.2.9")


def test_a_list_taken_out(admin_client: Client, admin_user: User) -> None:
    answer = admin_client.post(
        "/admin/accounts/rfid/export/", {"format": "0", "rfidresource_rfid": "on"}
    )
    assert answer.status_code == 200
    made = Record.objects.get(deed="list.exported")
    assert (made.user_pk, made.after) == (admin_user.pk, {"list": "accounts.rfid"})
