"""Roles: one table, kept as groups."""

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, Permission
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import translation

from accounts import apps as accounts_apps
from accounts.domain import roles
from accounts.models import User

pytestmark = pytest.mark.django_db


def permissions_of(name: str) -> set[str]:
    group = Group.objects.get(name=name)
    found = group.permissions.values_list("content_type__app_label", "codename")
    return {f"{app}.{code}" for app, code in found}


def test_each_migration_leaves_the_groups_of_all_roles() -> None:
    assert set(Group.objects.values_list("name", flat=True)) >= set(roles.BY_NAME)
    assert permissions_of("driver") == set()
    assert {"ocpp.view_charger", "ocpp.view_transaction"} <= permissions_of("viewer")
    everything = set(Permission.objects.values_list("content_type__app_label", "codename"))
    assert len(permissions_of("administrator")) == len(everything)


def test_who_may_what() -> None:
    seen = permissions_of("viewer")
    assert all(".view_" in name for name in seen)
    assert not any(name.startswith("accounts.") for name in seen)
    operator = permissions_of("operator")
    assert {"ocpp.add_command", "ocpp.change_charger", "accounts.add_rfid"} <= operator
    assert not {"accounts.add_credit", "accounts.change_user", "ocpp.change_tariff"} & operator
    accountant = permissions_of("accountant")
    assert {"accounts.add_credit", "ocpp.change_tariffversion"} <= accountant
    assert not {"ocpp.add_command", "ocpp.change_charger", "accounts.change_user"} & accountant
    for name in ("viewer", "operator", "accountant"):
        assert not {"audit.view_record", "auth.change_group"} & permissions_of(name)


def test_who_may_what_beside_charging() -> None:
    viewer = permissions_of("viewer")
    assert {"events.view_event", "events.view_webhook", "events.view_delivery"} <= viewer
    # E-mails, subscriptions and what Odoo was told name people.
    assert not any(name.startswith(("mailer.", "subscriptions.", "odoo.")) for name in viewer)
    operator = permissions_of("operator")
    webhooks = {f"events.{verb}_webhook" for verb in ("add", "change", "delete", "view")}
    assert webhooks | {"events.change_delivery", "mailer.change_email"} <= operator
    assert {"notifications.view_notification", "subscriptions.view_subscription"} <= operator
    assert not {"mailer.add_email", "mailer.change_template", "odoo.change_instance"} & operator
    assert not {"subscriptions.add_subscription", "events.delete_event"} & operator
    accountant = permissions_of("accountant")
    assert {"subscriptions.change_product", "odoo.change_pushedsession"} <= accountant
    assert {"mailer.view_email", "mailer.change_email"} <= accountant
    assert not {"events.add_webhook", "mailer.add_email", "mailer.add_template"} & accountant


def test_what_staff_added_stays_and_what_is_missing_comes_back() -> None:
    viewer = Group.objects.get(name="viewer")
    more = Permission.objects.get(codename="view_rfid")
    lost = Permission.objects.get(codename="view_charger")
    viewer.permissions.add(more)
    viewer.permissions.remove(lost)
    roles.keep()
    assert {"accounts.view_rfid", "ocpp.view_charger"} <= permissions_of("viewer")


def test_it_is_done_once_for_a_migration(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[bool] = []
    monkeypatch.setattr(roles, "keep", lambda: done.append(True))
    for config in apps.get_app_configs():
        if config.models_module:
            accounts_apps._keep_roles(config, using="default", verbosity=0, apps=apps)
    assert done == [True]


def test_a_role_replaces_the_one_before(driver: User) -> None:
    other = Group.objects.create(name="night shift")
    driver.groups.add(other)
    roles.give(driver, "operator")
    driver = User.objects.get(pk=driver.pk)
    assert [role.name for role in roles.of(driver)] == ["operator"]
    assert driver.is_staff
    assert driver.has_perm("ocpp.add_command")
    roles.give(driver, "driver")
    driver = User.objects.get(pk=driver.pk)
    assert [role.name for role in roles.of(driver)] == ["driver"]
    assert not driver.is_staff
    assert other in driver.groups.all()


def test_a_superuser_stays_staff(admin_user: User) -> None:
    roles.give(admin_user, "driver")
    assert User.objects.get(pk=admin_user.pk).is_staff


def test_the_command(driver: User) -> None:
    call_command("set_role", "ana", "viewer")
    assert User.objects.get(pk=driver.pk).has_perm("ocpp.view_charger")
    with pytest.raises(CommandError, match="nobody"):
        call_command("set_role", "nobody", "viewer")
    with pytest.raises(CommandError, match="king"):
        call_command("set_role", "ana", "king")


def test_the_admin_shows_roles_translated(admin_client: Client, driver: User) -> None:
    with translation.override("es"):
        page = admin_client.get(
            f"/admin/accounts/user/{driver.pk}/change/", headers={"accept-language": "es"}
        )
    assert "Operador" in page.content.decode()
    listed = admin_client.get("/admin/auth/group/").content.decode()
    assert "Operator" in listed
    viewer = Group.objects.get(name="viewer")
    assert admin_client.post(f"/admin/auth/group/{viewer.pk}/delete/").status_code == 403
