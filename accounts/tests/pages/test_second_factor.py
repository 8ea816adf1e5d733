"""Logging in with two steps, at each door; the page where one turns it on and off."""

import re
from datetime import timedelta

import pytest
import time_machine
from asgiref.sync import async_to_sync
from django.contrib.auth import SESSION_KEY, aauthenticate, authenticate
from django.core.management import CommandError, call_command
from django.test import Client, RequestFactory
from django.utils import timezone
from pytest_django import Settings

from accounts.domain import second_factor, tokens
from accounts.models import RFID, SecondFactor, User
from accounts.tests.authenticator import code
from audit.models import Record

pytestmark = pytest.mark.django_db

PAGE = "/accounts/me/second-factor/"
CODE = "/accounts/login/code/"
#: The recovery codes of rosa.
RECOVERY: list[str] = []
FORM = {"username": "rosa", "password": "secret"}


@pytest.fixture
def rosa(db: None) -> User:
    """Staff, with a second factor since a minute ago."""
    user = User.objects.create_user("rosa", password="secret", is_staff=True, is_superuser=True)
    with time_machine.travel(timezone.now() - timedelta(minutes=1), tick=False):
        secret = second_factor.begin(user).secret
        RECOVERY[:] = second_factor.confirm(user, code(secret))
    return user


def now(user: User) -> str:
    return code(SecondFactor.objects.get(user=user).secret)


def logged_in(client: Client) -> bool:
    return SESSION_KEY in client.session


@pytest.mark.parametrize(
    ("door", "after"), [("/login/", "/admin/"), ("/admin/login/?next=/admin/auth/", "/admin/auth/")]
)
def test_two_steps_at_each_door(client: Client, rosa: User, door: str, after: str) -> None:
    answer = client.post(door, FORM)
    assert answer.status_code == 302
    page = answer["Location"]
    assert page.startswith(CODE)
    assert not logged_in(client)
    assert client.get("/admin/").status_code == 302
    shown = client.get(page)
    assert 'autocomplete="one-time-code"' in shown.content.decode()
    assert "no-store" in shown["Cache-Control"]
    key = client.session.session_key
    answer = client.post(page, {"code": now(rosa)})
    assert (answer.status_code, answer["Location"]) == (302, after)
    assert client.session.session_key != key
    assert client.get("/admin/").status_code == 200
    assert "second_step" not in client.session
    assert Record.objects.filter(deed="staff.logged_in", user_pk=rosa.pk).count() == 1


def test_a_wrong_password_is_told_as_ever(client: Client, rosa: User) -> None:
    answer = client.post("/login/", {**FORM, "password": "wrong"})
    assert answer.status_code == 200
    assert client.get(CODE)["Location"] == "/login/"


def test_wrong_codes_are_limited(client: Client, rosa: User) -> None:
    client.post("/login/", FORM)
    statuses = [client.post(CODE, {"code": "nonsense"}).status_code for _ in range(6)]
    assert statuses == [200] * 5 + [429]
    assert client.post(CODE, {"code": now(rosa)}).status_code == 429
    assert not logged_in(client)
    assert Record.objects.filter(deed="second_factor.failed", origin="127.0.0.1").count() == 5


def test_a_recovery_code_opens_the_door_once(client: Client, rosa: User) -> None:
    client.post("/login/", FORM)
    assert client.post(CODE, {"code": RECOVERY[0]}).status_code == 302
    other = Client()
    other.post("/login/", FORM)
    assert other.post(CODE, {"code": RECOVERY[0]}).status_code == 200
    assert not logged_in(other)


def test_the_code_has_to_come_soon_and_for_the_same_password(client: Client, rosa: User) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        client.post("/login/", FORM)
        clock.shift(timedelta(seconds=301))
        assert client.post(CODE, {"code": now(rosa)})["Location"] == "/login/"
        client.post("/login/", FORM)
        rosa.set_password("another")
        rosa.save()
        assert client.post(CODE, {"code": now(rosa)})["Location"] == "/login/"
    assert not logged_in(client)


def test_it_leads_to_no_other_host(client: Client, rosa: User) -> None:
    page = client.post("/login/", {**FORM, "next": "https://evil.example/"})["Location"]
    assert "evil" not in page
    answer = client.post(CODE, {"code": now(rosa), "next": "//evil.example/"})
    assert answer["Location"] == "/admin/"


def test_no_other_way_in_by_the_password_alone(rosa: User) -> None:
    request = RequestFactory().post("/")
    assert authenticate(username="rosa", password="secret") is None
    assert authenticate(request, username="rosa", password="secret") is None
    found = async_to_sync(aauthenticate)(request, username="rosa", password="secret")
    assert found is None
    assert not Client().login(username="rosa", password="secret")


def test_nor_by_a_card(client: Client, rosa: User, settings: Settings) -> None:
    settings.RFID_LOGIN_STAFF = True
    RFID.objects.create(rfid="CAFE0001", user=rosa)
    body = {"rfid": "CAFE0001"}
    answer = client.post("/accounts/rfid-login/", body, content_type="application/json")
    assert answer.status_code == 401


def test_a_token_is_not_affected(client: Client, rosa: User, settings: Settings) -> None:
    settings.STAFF_SECOND_FACTOR = "required"
    _token, secret = tokens.create(rosa, "program")
    headers = {"Authorization": f"Bearer {secret}"}
    assert client.get("/ocpp/chargers/", headers=headers).status_code == 200


# --- the page -----------------------------------------------------------------------------------


@pytest.fixture
def eva(db: None) -> Client:
    """Staff without a second factor, who has logged in."""
    User.objects.create_user("eva", password="secret", is_staff=True, is_superuser=True)
    client = Client()
    client.post("/login/", {"username": "eva", "password": "secret"})
    return client


def test_on_and_off(eva: Client) -> None:
    elsewhere = Client()
    elsewhere.post("/login/", {"username": "eva", "password": "secret"})
    assert "Set it up" in eva.get(PAGE).content.decode()
    eva.post(PAGE, {"do": "begin"})
    shown = eva.get(PAGE).content.decode()
    found = re.search(r'<code id="secret">([A-Z2-7]{32})</code>', shown)
    assert found is not None
    assert '<svg class="qr-code"' in shown
    wrong = eva.post(PAGE, {"do": "confirm", "code": "nonsense"})
    assert "not right" in wrong.content.decode()
    answer = eva.post(PAGE, {"do": "confirm", "code": code(found[1])})
    assert answer.status_code == 201
    one = r">([a-z2-7]{4}(?:-[a-z2-7]{4}){3})</code>"
    codes = re.findall(one, answer.content.decode())
    assert len(codes) == 10
    # This session goes on, the other has ended; nothing of it is shown again.
    again = eva.get(PAGE).content.decode()
    assert "10 recovery codes are left" in again
    assert codes[0] not in again
    assert found[1] not in again
    assert elsewhere.get("/admin/").status_code == 302
    assert "Nothing has changed" in eva.post(PAGE, {"do": "off", "password": "x"}).content.decode()
    assert eva.post(PAGE, {"do": "off", "password": "secret"}).status_code == 302
    assert "Set it up" in eva.get(PAGE).content.decode()
    deeds = list(Record.objects.filter(deed__startswith="second").values_list("deed", "origin"))
    assert sorted(deeds) == [("second_factor.off", "127.0.0.1"), ("second_factor.on", "127.0.0.1")]


def test_guesses_at_the_password_are_limited_there_too(client: Client, rosa: User) -> None:
    client.force_login(rosa)
    statuses = [
        client.post(PAGE, {"do": "off", "password": f"wrong {n}"}).status_code for n in range(6)
    ]
    assert statuses == [200] * 5 + [429]


def test_new_recovery_codes(client: Client, rosa: User) -> None:
    client.force_login(rosa)
    assert "Make new recovery codes" in client.get(PAGE).content.decode()
    wrong = client.post(PAGE, {"do": "renew", "code": RECOVERY[0]})
    assert wrong.status_code == 200
    assert "not right" in wrong.content.decode()
    assert client.post(PAGE, {"do": "renew"}).status_code == 200
    answer = client.post(PAGE, {"do": "renew", "code": now(rosa)})
    shown = answer.content.decode()
    assert answer.status_code == 201
    assert "the ones before are void" in shown
    assert "10 recovery codes are left" in shown
    codes = re.findall(r">([a-z2-7]{4}(?:-[a-z2-7]{4}){3})</code>", shown)
    assert len({*codes, *RECOVERY}) == 20
    assert "no-store" in answer["Cache-Control"]
    # Sessions go on; at the door the former ones are void and the new ones good.
    assert client.get(PAGE).status_code == 200
    door = Client()
    door.post("/login/", FORM)
    assert door.post(CODE, {"code": RECOVERY[0]}).status_code == 200
    assert door.post(CODE, {"code": codes[0]}).status_code == 302
    told = Record.objects.get(deed="second_factor.recovery_renewed")
    assert (told.user_pk, told.origin) == (rosa.pk, "127.0.0.1")


def test_guesses_for_new_recovery_codes_are_limited(client: Client, rosa: User) -> None:
    client.force_login(rosa)
    form = {"do": "renew", "code": "nonsense"}
    assert [client.post(PAGE, form).status_code for _ in range(6)] == [200] * 5 + [429]
    assert client.post(PAGE, {**form, "code": now(rosa)}).status_code == 429
    assert second_factor.recovery_codes_left(rosa) == 10


def test_nobody_renews_what_is_not_on(eva: Client, client: Client, driver: User) -> None:
    answer = eva.post(PAGE, {"do": "renew", "code": "123456"})
    assert (answer.status_code, SecondFactor.objects.count()) == (200, 0)
    client.force_login(driver)
    assert client.post(PAGE, {"do": "renew", "code": "123456"}).status_code == 403


def test_drivers_need_none(client: Client, driver: User) -> None:
    client.force_login(driver)
    assert "It is for staff" in client.get(PAGE).content.decode()
    assert client.post(PAGE, {"do": "begin"}).status_code == 403


def test_a_session_by_card_changes_nothing(client: Client, driver: User) -> None:
    client.force_login(driver, "accounts.backends.RFIDBackend")
    assert client.get(PAGE).status_code == 403


# --- required -----------------------------------------------------------------------------------


def test_required_of_staff_before_anything_else(eva: Client, settings: Settings) -> None:
    settings.STAFF_SECOND_FACTOR = "required"
    for path in ("/admin/", "/ocpp/", "/accounts/me/password/"):
        assert eva.get(path)["Location"] == PAGE, path
    refused = eva.get("/ocpp/chargers/", headers={"Accept": "application/json"})
    assert refused.status_code == 403
    assert PAGE in refused.json()["detail"]
    # A header does not help a session past it.
    assert eva.get("/admin/", headers={"Authorization": "Bearer x"}).status_code in (302, 403)
    assert "staff need a second factor" in eva.get(PAGE).content.decode()
    eva.post(PAGE, {"do": "begin"})
    secret = SecondFactor.objects.get().secret
    assert eva.post(PAGE, {"do": "confirm", "code": code(secret)}).status_code == 201
    assert eva.get("/admin/").status_code == 200


def test_required_of_staff_only(client: Client, driver: User, settings: Settings) -> None:
    settings.STAFF_SECOND_FACTOR = "required"
    client.force_login(driver)
    assert client.get("/accounts/me/contact/").status_code == 200
    assert Client().get("/ocpp/").status_code == 200


def test_a_connection_of_who_lacks_it_is_nobodys(eva: Client, settings: Settings) -> None:
    user = User.objects.get(username="eva")
    assert second_factor.or_nobody(user) == user
    settings.STAFF_SECOND_FACTOR = "required"
    assert not second_factor.or_nobody(user).is_authenticated


# --- others take it away ------------------------------------------------------------------------


def test_an_administrator_takes_it_from_another_person(eva: Client, rosa: User) -> None:
    form = {"action": "take_second_factor", "_selected_action": [rosa.pk], "confirmed": "True"}
    answer = eva.post("/admin/accounts/user/", form, follow=True)
    assert "“rosa” has no second factor any more" in answer.content.decode()
    assert not second_factor.is_on(User.objects.get(pk=rosa.pk))
    off = Record.objects.get(deed="second_factor.off")
    assert off.user_pk == User.objects.get(username="eva").pk
    assert off.subject_pk == str(rosa.pk)


def test_but_not_from_oneself_there(client: Client, rosa: User) -> None:
    client.force_login(rosa)
    form = {"action": "take_second_factor", "_selected_action": [rosa.pk], "confirmed": "True"}
    answer = client.post("/admin/accounts/user/", form, follow=True)
    assert "turn it off under My account" in answer.content.decode()
    assert second_factor.is_on(User.objects.get(pk=rosa.pk))


def test_nor_do_clerks_from_a_superuser(client: Client, rosa: User) -> None:
    from django.contrib.auth.models import Permission

    clerk = User.objects.create_user("clerk", is_staff=True)
    clerk.user_permissions.set(Permission.objects.filter(codename__in=["view_user", "change_user"]))
    client.force_login(clerk)
    form = {"action": "take_second_factor", "_selected_action": [rosa.pk], "confirmed": "True"}
    answer = client.post("/admin/accounts/user/", form, follow=True)
    assert "only another one may do that" in answer.content.decode()
    assert second_factor.is_on(User.objects.get(pk=rosa.pk))


def test_the_command_for_who_is_locked_out(rosa: User, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("second_factor", "rosa")
    assert "has a second factor since" in capsys.readouterr().out
    call_command("second_factor", "--off", "rosa")
    assert Client().login(username="rosa", password="secret")
    with pytest.raises(CommandError, match="has no second factor"):
        call_command("second_factor", "--off", "rosa")
    with pytest.raises(CommandError, match="no user"):
        call_command("second_factor", "--off", "nobody")
