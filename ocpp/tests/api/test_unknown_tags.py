"""The inbox of unknown tags over REST."""

from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from accounts.models import RFID, User
from ocpp.models import Charger, UnknownTag
from ocpp.tests.api.conftest import NOW, token_client

URL = "/ocpp/unknown-tags/"


def _tag(tag: str = "04A2B3C4", **facts: Any) -> UnknownTag:
    charger = Charger.objects.get_or_create(charger_id="CP1")[0]
    facts = {"answer": "Invalid", "first_seen": NOW, "last_seen": NOW, **facts}
    return UnknownTag.objects.create(tag=tag, charger=charger, **facts)


@pytest.fixture
def clerk(staff: User) -> Client:
    """Staff who may add cards and empty the inbox."""
    names = ["add_rfid", "change_unknowntag"]
    staff.user_permissions.set(Permission.objects.filter(codename__in=names))
    return token_client(staff)


def _post(client: Client, row: UnknownTag, deed: str, body: Any = None) -> Any:
    return client.post(f"{URL}{row.pk}/{deed}/", body or {}, content_type="application/json")


def test_the_inbox_is_read(by_token: Client) -> None:
    RFID.objects.create(rfid="C4B3A204")
    row = _tag(backwards="C4B3A204")
    _tag("OTHER", ignored=True)
    answer = by_token.get(URL).json()
    assert answer == {
        "count": 1,
        "limit": 1000,
        "offset": 0,
        "tags": [
            {
                "id": row.pk,
                "tag": "04A2B3C4",
                "charger_id": "CP1",
                "first_seen": "2026-05-01T12:00:00Z",
                "last_seen": "2026-05-01T12:00:00Z",
                "times": 1,
                "answer": "Invalid",
                "ignored": False,
                "suggestion": "C4B3A204",
            }
        ],
    }
    assert [one["tag"] for one in by_token.get(URL + "?ignored=true").json()["tags"]] == ["OTHER"]
    assert by_token.get(URL + "?offset=1").json()["tags"] == []
    assert by_token.get(URL + "?limit=0").status_code == 400


def test_a_tag_is_adopted(clerk: Client) -> None:
    User.objects.create_user("ana")
    answer = _post(clerk, _tag(), "adopt", {"user": "ana"})
    assert answer.status_code == 201
    assert answer.json() == {"rfid": "04A2B3C4", "user": "ana", "allowed": True}
    bare = clerk.generic("POST", f"{URL}{_tag('DEADBEEF').pk}/adopt/")
    assert (bare.status_code, bare.json()["user"]) == (201, None)
    assert RFID.objects.count() == 2
    assert not UnknownTag.objects.exists()


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        ({"user": "eva"}, "user: there is no user “eva”."),
        ({"user": 7}, "user: there is no user “7”."),
        ({"card": 1}, "card: is not known here."),
    ],
)
def test_a_wrong_request_is_told_what_is_wrong(
    clerk: Client, body: dict[str, Any], detail: str
) -> None:
    answer = _post(clerk, _tag(), "adopt", body)
    assert (answer.status_code, answer.json()["detail"]) == (400, detail)
    assert not RFID.objects.exists()


def test_what_cannot_be_adopted_says_why(clerk: Client) -> None:
    answer = _post(clerk, _tag("VIRTUAL1"), "adopt")
    assert answer.status_code == 400
    assert answer.json()["detail"].startswith("tag: “VIRTUAL1” is not the number of a card")
    row = _tag()
    RFID.objects.create(rfid=row.tag)
    assert _post(clerk, row, "adopt").status_code == 404
    assert clerk.generic("POST", f"{URL}{10**30}/adopt/").status_code == 404


def test_a_tag_is_ignored_and_shown_again(clerk: Client) -> None:
    row = _tag()
    assert _post(clerk, row, "ignore").json()["ignored"] is True
    assert _post(clerk, row, "ignore", {"ignored": False}).json()["ignored"] is False
    assert _post(clerk, row, "ignore", {"ignored": "no"}).status_code == 400


def test_it_is_for_staff_and_changing_needs_the_permission(
    client: Client, driver: User, staff: User, by_token: Client
) -> None:
    staff.user_permissions.clear()
    row = _tag()
    assert client.get(URL).status_code == 401
    assert token_client(driver).get(URL).status_code == 403
    needed = {"adopt": "accounts.add_rfid", "ignore": "ocpp.change_unknowntag"}
    for deed, permission in needed.items():
        assert client.post(f"{URL}{row.pk}/{deed}/").status_code == 401
        answer = _post(by_token, row, deed)
        assert answer.status_code == 403
        assert answer.json()["detail"] == f"You need the permission {permission}."
    assert not RFID.objects.exists()
