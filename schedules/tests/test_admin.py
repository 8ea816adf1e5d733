"""Schedules in the admin."""

from datetime import timedelta

import pytest
from django.db.models.functions import Now
from django.test import Client
from django.urls import reverse
from django_tasks_db.models import DBTaskResult, get_date_max

from accounts.models import User
from schedules import domain
from schedules.models import Schedule

LIST = "admin:schedules_schedule_changelist"


@pytest.fixture
def schedule(db: None) -> Schedule:
    domain.make_rows()
    Schedule.objects.update(next_run=Now() + timedelta(hours=1), last_error="ValueError: no disk")
    return Schedule.objects.get(name="ocpp.reservations")


def test_it_shows_what_runs_and_what_went_wrong(admin_client: Client, schedule: Schedule) -> None:
    page = admin_client.get(reverse(LIST)).content.decode()
    assert "ocpp.reservations" in page
    assert "Reservations whose time is over are marked as expired." in page
    assert "ValueError: no disk" in page
    one = reverse("admin:schedules_schedule_change", args=[schedule.pk])
    assert admin_client.get(one).status_code == 200


def test_it_makes_chosen_ones_run(admin_client: Client, schedule: Schedule) -> None:
    chosen = {"action": "run_now", "_selected_action": [schedule.pk]}
    page = admin_client.post(reverse(LIST), chosen, follow=True).content.decode()
    assert "1 schedule runs within a few seconds." in page
    due = Schedule.objects.filter(next_run__lte=Now())
    assert list(due) == [schedule]


def test_who_may_only_look_makes_nothing_run(
    client: Client, schedule: Schedule, django_user_model: type[User]
) -> None:
    from django.contrib.auth.models import Permission

    user = django_user_model.objects.create_user("looks", password="x", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_schedule"))
    client.force_login(user)
    chosen = {"action": "run_now", "_selected_action": [schedule.pk]}
    assert client.post(reverse(LIST), chosen).status_code in (200, 302)
    assert not Schedule.objects.filter(next_run__lte=Now()).exists()


def test_tasks_are_shown_in_the_readers_language(admin_client: Client) -> None:
    row = DBTaskResult.objects.create(
        status="FAILED",
        args_kwargs={"args": [], "kwargs": {}},
        task_path="gone.module.send_it",
        backend_name="default",
        run_after=get_date_max(),
        traceback="Traceback of <it>",
    )
    page = "/admin/django_tasks_database/dbtaskresult/"
    html = admin_client.get(page, headers={"accept-language": "es"}).content.decode()
    for words in ("Tareas diferidas", "En cola desde", "Falló", "send_it", "Parte del nombre"):
        assert words in html
    one = admin_client.get(f"{page}{row.pk}/change/", headers={"accept-language": "es"})
    told = one.content.decode()
    assert "Traza del error" in told
    assert "Traceback of &lt;it&gt;" in told
    for english in ("Enqueued at", "Traceback:", "Run after", "Task path", "Worker id", "9999"):
        assert english not in told
    assert "Failed" in admin_client.get(page).content.decode()


def test_nobody_edits_tasks(admin_client: Client) -> None:
    page = "/admin/django_tasks_database/dbtaskresult/"
    assert admin_client.get(f"{page}add/").status_code == 403
