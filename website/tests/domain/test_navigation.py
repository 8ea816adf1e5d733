"""What the navigation bar links."""

from typing import Any

import pytest
from django.apps import apps
from django.test import Client

from website.domain.navigation import public_pages


def test_every_page_is_there_for_visitors(client: Client, db: None) -> None:
    pages = public_pages()
    assert [page.app for page in pages] == ["ocpp", "awg", "qrcodes", "subscriptions", "readme"]
    for page in pages:
        assert client.get(page.url).status_code == 200


def test_an_app_that_is_not_enabled_is_not_linked(settings: Any) -> None:
    settings.LOCAL_APPS = ["ocpp"]
    assert [page.app for page in public_pages()] == ["ocpp"]


def test_an_app_says_itself_what_is_public(monkeypatch: pytest.MonkeyPatch) -> None:
    pages = [("website:sitemap", "Everything")]
    monkeypatch.setattr(apps.get_app_config("chat"), "public_pages", pages, raising=False)
    assert [page.view_name for page in public_pages()].count("website:sitemap") == 1


@pytest.mark.django_db
def test_the_bar_marks_where_one_is(client: Client) -> None:
    html = client.get("/awg/tables/").text
    assert 'class="nav-link active" href="/awg/" aria-current="true">Cables<' in html
    assert 'class="nav-link" href="/ocpp/">Chargers<' in html
