"""The page on which a person chooses, and the admin."""

import pytest
from django.test import Client

from accounts.models import User
from mailer.domain import unsubscribing
from notifications.domain import drivers, preferences
from notifications.models import Event, Notification, Preferences
from notifications.tests.conftest import NOW, Ended

PATH = "/accounts/me/notifications/"


def logged_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_a_driver_chooses_events_and_language(driver: User) -> None:
    client = logged_in(driver)
    page = client.get(PATH).content.decode()
    assert "ana@example.com" in page
    assert page.count('type="checkbox"') == 3
    assert "A charger is offline" not in page
    answer = client.post(PATH, {"wanted": ["renewal"], "language": "es"})
    assert answer.status_code == 302
    found = Preferences.objects.get(user=driver)
    assert (found.unwanted, found.language) == (["low_balance", "session_ended"], "es")
    assert client.get(PATH).content.decode().count("checked") == 1
    assert not preferences.wants(driver, Event.SESSION_ENDED)
    assert preferences.wants(driver, Event.RENEWAL)


def test_nobody_chooses_what_they_are_not_offered(driver: User) -> None:
    answer = logged_in(driver).post(PATH, {"wanted": ["charger_offline"], "language": "en"})
    assert answer.status_code == 200
    assert "charger_offline" in answer.content.decode()
    assert not Preferences.objects.exists()
    Preferences.objects.create(user=driver, unwanted=[])
    assert not preferences.wants(driver, Event.CHARGER_OFFLINE)


def test_what_is_not_offered_now_stays_as_it_was_chosen(staff: User) -> None:
    preferences.choose(staff, ["session_ended"], "en")
    staff.user_permissions.clear()
    staff = User.objects.get(pk=staff.pk)
    preferences.choose(staff, [event.value for event in preferences.offered(staff)], "en")
    assert "charger_offline" in Preferences.objects.get(user=staff).unwanted


def test_staff_are_offered_what_they_may_see(staff: User) -> None:
    assert len(preferences.offered(staff)) == len(Event)
    assert logged_in(staff).get(PATH).content.decode().count('type="checkbox"') == len(Event)


def test_one_must_log_in_and_is_told_that_an_address_is_missing(driver: User) -> None:
    assert Client().get(PATH).status_code == 302
    User.objects.update(email="")
    assert "without an e-mail address" in logged_in(driver).get(PATH).content.decode()
    assert (
        'href="/accounts/me/notifications/"'
        in logged_in(driver).get("/accounts/me/contact/").content.decode()
    )


def test_an_address_of_two_people_is_unsubscribed_for_both(driver: User) -> None:
    other = User.objects.create_user("b", email="ANA@example.com")
    unsubscribing.unsubscribe("ana@example.com", "notifications.renewal")
    unsubscribing.unsubscribe("ana@example.com", "news")
    for user in (driver, other):
        assert Preferences.objects.get(user=user).unwanted == ["renewal"]


@pytest.mark.parametrize("name", ["preferences", "notification"])
def test_the_admin_shows_them(name: str, ended: Ended, driver: User) -> None:
    drivers.receipt(ended(), NOW)
    Preferences.objects.create(user=driver, unwanted=["renewal"], language="es")
    client = logged_in(User.objects.create_superuser("root"))
    page = client.get(f"/admin/notifications/{name}/").content.decode()
    assert "ana" in page
    model = Preferences if name == "preferences" else Notification
    pk = model.objects.get().pk
    assert client.get(f"/admin/notifications/{name}/{pk}/change/").status_code == 200
    assert client.get(f"/admin/notifications/{name}/?q=ana").status_code == 200
