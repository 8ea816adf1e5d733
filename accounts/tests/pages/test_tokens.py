"""`/accounts/me/tokens/`: tokens of one's own."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.domain import tokens
from accounts.models import RFID, ApiToken, User

pytestmark = pytest.mark.django_db

PAGE = "/accounts/me/tokens/"
FORM = {"name": "home", "days": 30, "scope": "read"}


@pytest.fixture
def ana(driver: User) -> Client:
    client = Client()
    client.force_login(driver, "accounts.backends.PasswordBackend")
    return client


def test_a_token_is_shown_once(ana: Client, driver: User) -> None:
    answer = ana.post(PAGE, FORM)
    assert answer.status_code == 201
    found = re.search(r'<code id="secret">([^<]+)</code>', answer.content.decode())
    assert found is not None
    token = tokens.find(found[1])
    assert token is not None
    assert token.user == driver
    assert token.expires is not None
    assert abs(token.expires - timezone.now() - timedelta(days=30)) < timedelta(minutes=1)
    assert found[1] not in ana.get(PAGE).content.decode()
    assert "no-store" in answer["Cache-Control"]


def test_areas_go_with_their_scope(ana: Client) -> None:
    assert ana.post(PAGE, FORM | {"scope": "some"}).status_code == 200
    assert ana.post(PAGE, FORM | {"areas": ["charging:read"]}).status_code == 200
    assert not ApiToken.objects.exists()
    chosen = {"scope": "some", "areas": ["people:read", "charging:change"]}
    assert ana.post(PAGE, FORM | chosen).status_code == 201
    assert ApiToken.objects.get().areas == ["charging:change", "people:read"]


def test_only_ones_own_are_shown_and_revoked(ana: Client, driver: User) -> None:
    other, _text = tokens.create(User.objects.create_user("bob"), "of bob")
    mine, text = tokens.create(driver, "of ana")
    page = ana.get(PAGE).content.decode()
    assert "of ana" in page
    assert "of bob" not in page
    assert ana.post(f"{PAGE}{other.pk}/revoke/").status_code == 404
    asked = ana.get(f"{PAGE}{mine.pk}/revoke/")
    assert "You cannot undo this." in asked.content.decode()
    assert tokens.find(text) is not None
    assert ana.get(f"{PAGE}{other.pk}/revoke/").status_code == 404
    assert ana.post(f"{PAGE}{mine.pk}/revoke/").status_code == 302
    assert tokens.find(text) is None
    other.refresh_from_db()
    assert other.revoked is None


def test_there_is_an_end_to_them(
    ana: Client, driver: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tokens, "MOST", 1)
    assert ana.post(PAGE, FORM).status_code == 201
    assert ana.post(PAGE, FORM).status_code == 200
    assert ApiToken.objects.count() == 1


def test_a_card_makes_no_token(client: Client, driver: User) -> None:
    """Its number can be copied; a token would outlive the card."""
    RFID.objects.create(rfid="CAFE0001", user=driver)
    assert client.post("/accounts/card-login/", {"rfid": "CAFE0001"}).status_code == 302
    assert client.get(PAGE).status_code == 403
    assert client.post(PAGE, FORM).status_code == 403
    assert not ApiToken.objects.exists()
