"""`POST /accounts/rfid-login/`."""

import json
from typing import Any

import pytest
from django.test import Client
from django.urls import get_resolver
from pytest_django import Settings

from accounts import urls
from accounts.domain import balance
from accounts.models import RFID, Credit, User

pytestmark = pytest.mark.django_db

URL = "/accounts/rfid-login/"


@pytest.fixture
def card(driver: User) -> RFID:
    return RFID.objects.create(rfid="04A2B3C4", user=driver)


@pytest.fixture
def client() -> Client:
    """A card reader: no CSRF token, and the server insists on none."""
    return Client(enforce_csrf_checks=True)


def send(client: Client, body: object, **headers: str) -> Any:
    return client.post(URL, json.dumps(body), content_type="application/json", headers=headers)


def test_the_user_is_logged_in_and_described(client: Client, card: RFID, driver: User) -> None:
    account = balance.open_account(driver)
    Credit.objects.create(account=account, amount_kwh="12.5")
    balance.settle(account.pk, 1)
    answer = send(client, {"rfid": "04:a2:b3:c4"})
    assert answer.status_code == 200
    assert answer.json() == {
        "id": driver.pk,
        "username": "ana",
        "first_name": "Ana",
        "last_name": "",
        "account": {
            "id": account.pk,
            "credits_kwh": "12.500",
            "total_kwh_spent": "0.001",
            "balance_kwh": "12.499",
            "held_kwh": "0.000",
            "available_kwh": "12.499",
            "service_account": False,
            "can_authorize": True,
            "reason": "12.499 kWh left.",
        },
    }
    assert client.session["_auth_user_id"] == str(driver.pk)
    assert "no-store" in answer["Cache-Control"]


def test_a_user_without_account_is_described_too(client: Client, card: RFID) -> None:
    assert send(client, {"rfid": "04A2B3C4"}).json()["account"] is None


@pytest.mark.parametrize("name", ["rfid", "uid"])
@pytest.mark.parametrize(
    "content_type",
    ["application/json", "application/x-www-form-urlencoded", "multipart/form-data"],
)
def test_both_names_and_every_kind_of_body(
    client: Client, card: RFID, name: str, content_type: str
) -> None:
    if content_type == "multipart/form-data":
        answer: Any = client.post(URL, {name: "04a2b3c4"})
    elif content_type == "application/json":
        answer = send(client, {name: "04a2b3c4"})
    else:
        answer = client.post(URL, f"{name}=04a2b3c4", content_type=content_type)
    assert answer.status_code == 200


def test_every_failure_has_the_same_answer(client: Client, driver: User) -> None:
    users = {
        "inactive": User.objects.create_user("inactive", is_active=False),
        "staff": User.objects.create_user("staff", is_staff=True),
        "root": User.objects.create_superuser("root"),
    }
    RFID.objects.create(rfid="0A0A0A0A", user=driver, allowed=False)
    RFID.objects.create(rfid="0B0B0B0B")
    RFID.objects.create(rfid="0C0C0C0C", user=users["inactive"])
    RFID.objects.create(rfid="0D0D0D0D", user=users["staff"])
    RFID.objects.create(rfid="0E0E0E0E", user=users["root"])
    answers = []
    for number, uid in enumerate(
        ["0A0A0A0A", "0B0B0B0B", "0C0C0C0C", "0D0D0D0D", "0E0E0E0E", "0F0F0F0F"]
    ):
        answer = client.post(URL, {"rfid": uid}, REMOTE_ADDR=f"10.0.0.{number}")
        # When it was answered is told to the second.
        headers = {name: told for name, told in answer.headers.items() if name != "Expires"}
        answers.append((answer.status_code, answer.content, headers))
    assert all(answer == answers[0] for answer in answers)
    assert answers[0][:2] == (401, b'{"detail": "This card cannot log in."}')
    assert "sessionid" not in client.cookies


def test_staff_where_the_setting_allows_it(client: Client, settings: Settings) -> None:
    staff = User.objects.create_user("office", is_staff=True)
    RFID.objects.create(rfid="0D0D0D0D", user=staff)
    settings.RFID_LOGIN_STAFF = True
    assert send(client, {"rfid": "0D0D0D0D"}).json()["username"] == "office"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"04A2B3C4"',
        b"{}",
        b'{"rfid": null}',
        b'{"rfid": 12345678}',
        b'{"rfid": ["04A2B3C4"]}',
        b'{"rfid": "04A2B3C"}',
        b'{"rfid": "VIRTUAL1"}',
        b'{"rfid": "\\u0000\\u0000\\u0000\\u0000\\u0000\\u0000\\u0000\\u0000"}',
        b'{"rfid": "\\ud8000000000"}',
        b"\xff\xfe\xfd",
        b"[" * 4000,
        b"9" * 4096,
    ],
)
def test_malformed_json_is_400_and_counts_as_no_attempt(client: Client, body: bytes) -> None:
    for _ in range(6):
        answer = client.post(URL, body, content_type="application/json")
        assert answer.status_code == 400
        assert list(answer.json()) == ["detail"]


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ("other=04A2B3C4", "application/x-www-form-urlencoded"),
        ("rfid=%ff%fe", "application/x-www-form-urlencoded"),
        ("a&" * 2000, "application/x-www-form-urlencoded"),
        ("nonsense", "multipart/form-data"),
        ("--x\r\nnonsense", "multipart/form-data; boundary=x"),
    ],
)
def test_malformed_forms_are_400(client: Client, body: str, content_type: str) -> None:
    answer = client.post(URL, body, content_type=content_type)
    assert answer.status_code == 400
    assert list(answer.json()) == ["detail"]


@pytest.mark.parametrize("method", ["get", "put", "patch", "delete", "options"])
def test_other_methods_are_405(client: Client, method: str) -> None:
    answer = getattr(client, method)(URL)
    assert (answer.status_code, answer["Allow"]) == (405, "POST")


def test_other_kinds_of_body_are_415(client: Client) -> None:
    answer = client.post(URL, "<rfid/>", content_type="text/xml")
    assert answer.status_code == 415
    assert "text/xml" in answer.json()["detail"]


def test_a_long_body_is_413_and_not_read(client: Client) -> None:
    assert client.post(URL, {"rfid": "0" * 5000}).status_code == 413
    huge = client.post(URL, {}, CONTENT_LENGTH="9" * 5000)
    assert huge.status_code == 413


def test_a_body_of_unknown_length_is_411(client: Client) -> None:
    assert client.post(URL, {"rfid": "04A2B3C4"}, CONTENT_LENGTH="").status_code == 411


def test_the_sixth_attempt_in_a_minute_waits(client: Client, card: RFID) -> None:
    for _ in range(5):
        assert send(client, {"rfid": "0B0B0B0B"}).status_code == 401
    answer = send(client, {"rfid": "04A2B3C4"})
    assert answer.status_code == 429
    assert 1 <= int(answer["Retry-After"]) <= 60
    assert answer["Retry-After"] in answer.json()["detail"]
    assert "_auth_user_id" not in client.session


def test_a_forged_header_does_not_reset_the_limit(client: Client) -> None:
    for number in range(5):
        send(client, {"rfid": "0B0B0B0B"}, X_Forwarded_For=f"10.0.0.{number}")
    answer = send(client, {"rfid": "0B0B0B0B"}, X_Forwarded_For="10.0.0.99")
    assert answer.status_code == 429


def test_each_login_has_a_new_session_key(client: Client, card: RFID) -> None:
    keys = set()
    for _ in range(2):
        send(client, {"rfid": "04A2B3C4"})
        keys.add(client.session.session_key)
    assert len(keys) == 2


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("http://testserver", 200),
        ("https://kiosk.example.mx", 200),
        ("https://north.sites.example.mx", 200),
        ("http://north.sites.example.mx", 403),
        ("https://evil.example", 403),
        ("null", 403),
        ("http://[", 403),
    ],
)
def test_a_page_of_another_site_cannot_log_its_visitor_in(
    client: Client, card: RFID, settings: Settings, origin: str, status: int
) -> None:
    settings.CSRF_TRUSTED_ORIGINS = ["https://kiosk.example.mx", "https://*.sites.example.mx"]
    assert send(client, {"rfid": "04A2B3C4"}, Origin=origin).status_code == status


def test_the_card_login_is_the_only_exemption_here() -> None:
    exempt = {
        pattern.name
        for pattern in urls.urlpatterns
        if getattr(pattern.callback, "csrf_exempt", False)
    }
    assert exempt == {"rfid-login"}
    assert get_resolver().resolve(URL).view_name == "accounts:rfid-login"
