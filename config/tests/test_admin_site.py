"""The admin's index: grouped, complete, and cheap with many sessions."""

from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.test import Client, RequestFactory
from django.utils import timezone, translation

from accounts.models import User
from config.admin_site import GROUPS, GroupedAdminSite, grouped
from ocpp.models import Charger
from ocpp.tests.factories import make_running


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_it_is_the_site_that_everything_is_registered_with() -> None:
    assert isinstance(admin.site, GroupedAdminSite)


def test_every_model_is_in_one_group_and_every_name_is_a_model(db: None) -> None:
    request = RequestFactory().get("/admin/")
    request.user = User.objects.create_superuser("boss")
    listed = [
        model["model"]._meta.label_lower
        for group in admin.site.get_app_list(request)
        for model in group["models"]
    ]
    registered = {model._meta.label_lower for model in admin.site._registry}
    assert sorted(listed) == sorted(registered)
    named = {label for _name, _title, labels in GROUPS for label in labels if "." in label}
    assert named <= registered
    assert listed[0] == "ocpp.charger"
    # One app by itself is listed as Django does it.
    (app,) = admin.site.get_app_list(request, "accounts")
    assert app["app_label"] == "accounts"


def test_nothing_makes_no_groups() -> None:
    assert grouped([]) == []


def test_it_speaks_both_languages(db: None) -> None:
    boss = client_of(User.objects.create_superuser("boss"))
    html = boss.get("/admin/").content.decode()
    assert "People and energy" in html
    with translation.override("es"):
        html = boss.get("/admin/", headers={"accept-language": "es"}).content.decode()
    assert "Personas y energía" in html


def test_numbers_stand_on_top_for_those_who_may_see_them(db: None) -> None:
    charger = Charger.objects.create(charger_id="CP1", owner="host/1/word")
    make_running(charger, 2500, start=timezone.now())
    html = client_of(User.objects.create_superuser("boss")).get("/admin/").content.decode()
    assert "Chargers connected" in html
    assert "2.500 kWh" in html
    clerk = User.objects.create_user("clerk", is_staff=True)
    clerk.user_permissions.set(Permission.objects.filter(codename="view_charger"))
    html = client_of(clerk).get("/admin/").content.decode()
    assert "Chargers connected" not in html
    assert "/admin/ocpp/charger/" in html


def test_its_queries_do_not_grow(db: None, django_assert_max_num_queries: Any) -> None:
    boss = client_of(User.objects.create_superuser("boss"))
    for number in range(20):
        Charger.objects.create(charger_id=f"CP{number}")
    with django_assert_max_num_queries(10):
        assert boss.get("/admin/").status_code == 200


@pytest.mark.parametrize("path", ["/admin/ocpp/charger/", "/admin/accounts/"])
def test_pages_below_it_open(db: None, path: str) -> None:
    boss = client_of(User.objects.create_superuser("boss"))
    assert boss.get(path).status_code == 200
