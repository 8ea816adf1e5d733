"""Addresses of a charger's pages."""

from collections.abc import Iterator

import pytest
from django.contrib.sites.models import Site
from pytest_django import Settings

from ocpp.domain import links
from ocpp.models import Charger

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def site() -> Iterator[None]:
    Site.objects.update_or_create(pk=1, defaults={"domain": "node.example", "name": "website"})
    Site.objects.clear_cache()
    yield
    Site.objects.clear_cache()


def test_any_id_makes_a_url(settings: Settings) -> None:
    settings.SITE_URL = "https://n.example"
    charger = Charger(charger_id="a/b ñ#?%&")
    assert links.landing_url(charger) == "https://n.example/ocpp/c/a/b%20%C3%B1%23%3F%25&/"


@pytest.mark.parametrize(
    ("site_url", "host", "secure", "expected"),
    [
        (
            "https://n.example",
            "192.168.1.9:8000",
            False,
            ["wss://n.example/ws/ocpp/", "ws://192.168.1.9:8000/ws/ocpp/"],
        ),
        ("https://n.example", "n.example", True, ["wss://n.example/ws/ocpp/"]),
        (
            "",
            "192.168.1.9:8000",
            False,
            ["ws://192.168.1.9:8000/ws/ocpp/", "ws://node.example/ws/ocpp/"],
        ),
        (
            "",
            "localhost:8000",
            False,
            ["ws://node.example/ws/ocpp/", "ws://localhost:8000/ws/ocpp/"],
        ),
        (
            "",
            "charge.example",
            True,
            ["wss://charge.example/ws/ocpp/", "ws://node.example/ws/ocpp/"],
        ),
    ],
)
def test_where_a_charge_point_reaches_this_node(
    settings: Settings, site_url: str, host: str, secure: bool, expected: list[str]
) -> None:
    settings.SITE_URL = site_url
    settings.SECURE_SSL_REDIRECT = False
    assert links.charge_point_bases(host, secure=secure) == expected


def test_any_id_ends_the_address_of_a_charge_point() -> None:
    url = links.charge_point_url("ws://n.example/ws/ocpp/", "a/b ñ?")
    assert url == "ws://n.example/ws/ocpp/a%2Fb%20%C3%B1%3F"
