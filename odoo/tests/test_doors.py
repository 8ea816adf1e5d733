"""The API, the admin and the command."""

import io
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.core.management import CommandError, call_command
from django.test import Client

from accounts.models import Account, User
from odoo.domain import syncing
from odoo.domain.claiming import claimed
from odoo.models import Instance, Partner, PushedSession, SyncRun
from odoo.tests.conftest import MakeSession
from odoo.tests.server import Odoo
from schedules.models import Schedule

LIST = "/admin/odoo/instance/"


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def boss(db: None) -> Client:
    return client_of(User.objects.create_superuser("boss"))


def fields(instance: Instance, **changed: Any) -> dict[str, Any]:
    return {
        "name": instance.name,
        "url": instance.url,
        "database": instance.database,
        "user": instance.user,
        "password": "",
        "push_sessions": "on",
        "push_since_0": "2026-01-01",
        "push_since_1": "00:00",
        "product": instance.product,
        "reference": instance.reference,
        "card_field": instance.card_field,
        "runs-TOTAL_FORMS": "0",
        "runs-INITIAL_FORMS": "0",
        **changed,
    }


def test_the_api_tells_how_a_test_went(instance: Instance, boss: Client) -> None:
    told = boss.post(f"/odoo/test/{instance.pk}/")
    assert told.status_code == 200
    assert told.json() == {
        "ok": True,
        "reason": "ok",
        "detail": "Odoo 17.0 has let in api@example.com, number 2 there.",
    }
    Instance.objects.update(database="nope")
    told = boss.post(f"/odoo/test/{instance.pk}/").json()
    assert (told["ok"], told["reason"]) == (False, "no_database")
    assert boss.post("/odoo/test/999/").status_code == 404
    refused = boss.get(f"/odoo/test/{instance.pk}/")
    assert refused.status_code == 405


def test_a_test_takes_staff_with_the_permission(instance: Instance, server: Odoo) -> None:
    path = f"/odoo/test/{instance.pk}/"
    assert Client().post(path).status_code == 401
    assert client_of(User.objects.create_user("ana")).post(path).status_code == 403
    user = User.objects.create_user("bob", is_staff=True)
    refused = client_of(user).post(path)
    assert refused.status_code == 403
    assert "odoo.change_instance" in refused.json()["detail"]
    assert server.calls == []
    user.user_permissions.add(Permission.objects.get(codename="change_instance"))
    assert client_of(user).post(path).status_code == 200
    careful = Client(enforce_csrf_checks=True)
    careful.force_login(user)
    assert careful.post(path).status_code == 403


def test_the_admin_tests_connections(instance: Instance, boss: Client) -> None:
    chosen = {"action": "test_connection", "_selected_action": [instance.pk]}
    assert "has let in api@example.com" in boss.post(LIST, chosen, follow=True).text
    Instance.objects.update(database="nope")
    assert "has no database nope" in boss.post(LIST, chosen, follow=True).text


def test_the_password_is_written_and_never_shown(instance: Instance, boss: Client) -> None:
    path = f"{LIST}{instance.pk}/change/"
    assert "s3cr3t-pass" not in boss.get(path).text
    answer = boss.post(path, fields(instance, name="Renamed"))
    assert answer.status_code == 302, answer.context["errors"]
    changed = Instance.objects.get()
    assert (changed.name, changed.password) == ("Renamed", "s3cr3t-pass")
    boss.post(path, fields(instance, password=" new one "))
    assert Instance.objects.get().password == " new one "
    assert " new one " not in boss.get(f"{LIST}{instance.pk}/history/").text


def test_the_password_does_not_follow_to_another_server(instance: Instance, boss: Client) -> None:
    path = f"{LIST}{instance.pk}/change/"
    elsewhere = "https://mallory.example"
    answer = boss.post(path, fields(instance, url=elsewhere))
    assert "Type the password again" in answer.text
    assert Instance.objects.get().url == instance.url
    assert boss.post(path, fields(instance, url=elsewhere, password="x")).status_code == 302
    assert Instance.objects.get().password == "x"


def test_a_new_instance_needs_a_password(instance: Instance, boss: Client) -> None:
    new = fields(instance, name="Second", reference="EV2")
    assert "needs its password" in boss.post(f"{LIST}add/", new).text
    assert boss.post(f"{LIST}add/", new | {"password": "x"}).status_code == 302


def test_every_page_opens(
    instance: Instance, server: Odoo, driver: Account, make_session: MakeSession, boss: Client
) -> None:
    number = server.add("res.partner", name="Ana", barcode="CAFE0001")
    Partner.objects.create(instance=instance, external_id=number, user=driver.user)
    make_session(driver)
    syncing.sync_all()
    pages = {
        "instance": instance.pk,
        "partner": Partner.objects.get().pk,
        "pushedsession": PushedSession.objects.get().pk,
        "syncrun": SyncRun.objects.filter(kind="push").get().pk,
    }
    for model, pk in pages.items():
        assert boss.get(f"/admin/odoo/{model}/").status_code == 200
        assert boss.get(f"/admin/odoo/{model}/{pk}/change/").status_code == 200
    for model in ("partner", "pushedsession"):
        for problem in "01":
            assert boss.get(f"/admin/odoo/{model}/?problem={problem}").status_code == 200
        file = boss.post(f"/admin/odoo/{model}/export/", {"format": "0"}).content.decode()
        assert "Main" in file


def test_synchronise_now_makes_the_schedule_due(instance: Instance, boss: Client) -> None:
    boss.post(LIST, {"action": "synchronise", "_selected_action": [instance.pk]})
    row = Schedule.objects.get(name=syncing.NAME)
    assert row.last_run is None
    Instance.objects.update(push_sessions=False, pull_partners=False)
    chosen = {"action": "synchronise", "_selected_action": [instance.pk]}
    assert "neither sessions nor contacts" in boss.post(LIST, chosen, follow=True).text


def test_what_failed_is_tried_again_by_whoever_may_change_instances(
    instance: Instance, driver: Account, make_session: MakeSession, boss: Client
) -> None:
    row = PushedSession.objects.create(
        instance=instance,
        transaction=make_session(driver),
        problem="x",
        next_try="2099-01-01T00:00:00Z",
    )
    chosen = {"action": "try_again", "_selected_action": [row.pk]}
    viewer = User.objects.create_user("viewer", is_staff=True)
    viewer.user_permissions.add(Permission.objects.get(codename="view_pushedsession"))
    client_of(viewer).post("/admin/odoo/pushedsession/", chosen)
    row.refresh_from_db()
    assert row.next_try is not None
    boss.post("/admin/odoo/pushedsession/", chosen)
    row.refresh_from_db()
    assert row.next_try is None


def test_the_command_says_what_was_done(instance: Instance, server: Odoo) -> None:
    server.add("res.partner", name="Ana", barcode="CAFE0001")
    out = io.StringIO()
    call_command("odoo_sync", stdout=out)
    assert out.getvalue().splitlines() == [
        "Main: contacts fetched: 1 done, 0 failed",
        "Main: sessions sent: 0 done, 0 failed",
    ]
    out = io.StringIO()
    call_command("odoo_sync", "Main", "--push", stdout=out)
    assert out.getvalue() == "Main: sessions sent: 0 done, 0 failed\n"


def test_the_command_fails_with_the_reason(instance: Instance, server: Odoo) -> None:
    with pytest.raises(CommandError, match="no instance Nope"):
        call_command("odoo_sync", "Nope")
    with claimed(instance), pytest.raises(CommandError, match="Another process"):
        call_command("odoo_sync", stdout=io.StringIO())
    server.add("res.partner", name="Ana", barcode="no-card-number")
    with pytest.raises(CommandError, match="1 failed"):
        call_command("odoo_sync", stdout=io.StringIO())
    server.password = "changed"
    with pytest.raises(CommandError, match="knows no user"):
        call_command("odoo_sync", stdout=io.StringIO())
