"""The inbox of unknown tags in the admin."""

import html
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from accounts.models import RFID, User
from ocpp.models import Charger, UnknownTag
from ocpp.tests.factories import NOON

LIST = reverse("admin:ocpp_unknowntag_changelist")


def _tag(tag: str = "04A2B3C4", **facts: Any) -> UnknownTag:
    charger = Charger.objects.get_or_create(charger_id="CP<1>")[0]
    facts = {"answer": "Invalid", "first_seen": NOON, "last_seen": NOON, **facts}
    return UnknownTag.objects.create(tag=tag, charger=charger, **facts)


def _page(row: UnknownTag) -> str:
    return reverse("admin:ocpp_unknowntag_adopt", args=[row.pk])


def _text(response: Any) -> str:
    return html.unescape(response.content.decode())


def _act(client: Client, action: str, *rows: UnknownTag) -> str:
    data = {"action": action, "_selected_action": [row.pk for row in rows]}
    return _text(client.post(LIST, data, follow=True))


def _staff(*codenames: str) -> Client:
    user = User.objects.create_user("clerk", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    client = Client()
    client.force_login(user)
    return client


def test_the_list_says_where_and_what_it_might_be(boss: Client) -> None:
    RFID.objects.create(rfid="C4B3A204")
    _tag("04A2B3C4", backwards="C4B3A204")
    _tag("<b>VIRTUAL</b>")
    text = boss.get(LIST).content.decode()
    assert "CP&lt;1&gt;" in text
    assert "&lt;b&gt;VIRTUAL&lt;/b&gt;" in text
    assert "<b>VIRTUAL" not in text
    assert "Is this the card" in text
    assert "C4B3A204</a> read backwards?" in text
    assert "Not the number of a card" in text


def test_a_page_of_many_takes_few_queries(
    boss: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(20):
        _tag(f"{number:08}")
    boss.get(LIST)
    with django_assert_num_queries(7):  # two of them for the dates
        boss.get(LIST)


def test_one_is_adopted_with_a_user_and_noted(boss: Client) -> None:
    row = _tag()
    user = User.objects.create_user("ana")
    assert "Adopt" in _text(boss.get(_page(row)))
    told = _text(boss.post(_page(row), {"user": user.pk}, follow=True))
    assert "04A2B3C4</a> is a card now." in told
    card = RFID.objects.get()
    assert (card.rfid, card.user, card.allowed) == ("04A2B3C4", user, True)
    assert LogEntry.objects.get().change_message == "Adopted; seen at CP<1>."
    assert not UnknownTag.objects.exists()


def test_many_are_adopted_at_once_and_what_cannot_be_says_why(boss: Client) -> None:
    told = _act(boss, "adopt", _tag("04A2B3C4"), _tag("VIRTUAL1"))
    assert "04A2B3C4</a> is a card now." in told
    assert "“VIRTUAL1” is not the number of a card, which has 8, 14 or 20" in told
    assert [card.user for card in RFID.objects.all()] == [None]
    assert UnknownTag.objects.get().tag == "VIRTUAL1"


def test_the_page_of_one_that_cannot_be_a_card_has_no_form(boss: Client) -> None:
    text = _text(boss.get(_page(_tag("VIRTUAL1"))))
    assert "is not the number of a card" in text
    assert 'type="submit" value="Adopt"' not in text


def test_the_page_of_one_that_is_a_card_meanwhile_leads_back(boss: Client) -> None:
    row = _tag()
    RFID.objects.create(rfid="04A2B3C4")
    assert "There is no unknown tag" in _text(boss.get(_page(row), follow=True))


def test_ignored_ones_are_shown_when_asked_for(boss: Client) -> None:
    row = _tag()
    assert "1 tag changed." in _act(boss, "ignore", row)
    assert "04A2B3C4" not in _text(boss.get(LIST))
    assert "04A2B3C4" in _text(boss.get(LIST + "?tags=ignored"))
    assert "04A2B3C4" in _text(boss.get(LIST + "?tags=all"))
    data = {"action": "take_back", "_selected_action": [row.pk]}
    boss.post(LIST + "?tags=ignored", data)
    assert "04A2B3C4" in _text(boss.get(LIST))


def test_who_may_only_look_changes_nothing(viewer: Client) -> None:
    row = _tag()
    assert "04A2B3C4" in _text(viewer.get(LIST))
    assert viewer.get(_page(row)).status_code == 403
    assert viewer.post(_page(row)).status_code == 403
    for action in ("adopt", "ignore"):
        _act(viewer, action, row)
    row.refresh_from_db()
    assert not row.ignored
    assert not RFID.objects.exists()


@pytest.mark.parametrize(
    ("permission", "adopts", "ignores"),
    [("add_rfid", True, False), ("change_unknowntag", False, True)],
)
def test_each_deed_has_its_permission(
    db: None, permission: str, adopts: bool, ignores: bool
) -> None:
    client = _staff("view_unknowntag", permission)
    row = _tag("VIRTUAL1")
    _act(client, "ignore", row)
    row.refresh_from_db()
    assert row.ignored is ignores
    assert (client.get(_page(row)).status_code == 200) is adopts
