"""The sitemap, for people and for search engines."""

from typing import Any
from xml.etree import ElementTree

import pytest
from django.test import Client

from ocpp.choices import Registration
from ocpp.models import Charger
from website.domain import sitemap

pytestmark = pytest.mark.django_db

NAMESPACE = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


def addresses(client: Client, path: str = "/sitemap.xml") -> list[str]:
    answer = client.get(path)
    assert answer["Content-Type"] == "application/xml"
    root = ElementTree.fromstring(answer.content)  # noqa: S314  (it is our own)
    return [str(found.text) for found in root.iter(f"{NAMESPACE}loc")]


def test_every_address_leads_to_a_page(client: Client) -> None:
    Charger.objects.create(charger_id="CP/1&2")
    found = addresses(client)
    assert "http://testserver/ocpp/c/CP/1&2/" in found
    assert len(found) == len(set(found)) > 30
    for address in found:
        assert client.get(address.removeprefix("http://testserver")).status_code == 200, address


def test_a_charger_that_is_not_public_is_not_told(client: Client) -> None:
    Charger.objects.create(charger_id="WAITS", registration=Registration.PENDING)
    Charger.objects.create(charger_id="OPEN", name="Plaza")
    assert not any("WAITS" in address for address in addresses(client))
    html = client.get("/sitemap/").text
    assert "WAITS" not in html
    assert '<a href="/ocpp/c/OPEN/">Plaza</a>' in html


def test_too_many_addresses_come_in_parts(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(7):
        Charger.objects.create(charger_id=f"CP{number}")
    whole = addresses(client)
    monkeypatch.setattr(sitemap, "MOST", 5)
    parts = addresses(client)
    assert parts[0] == "http://testserver/sitemap-1.xml"
    assert len(parts) == -(-len(whole) // 5)
    told = [
        address
        for part in parts
        for address in addresses(client, part.removeprefix("http://testserver"))
    ]
    assert told == whole
    assert client.get(f"/sitemap-{len(parts) + 1}.xml").status_code == 404
    assert client.get("/sitemap-0.xml").status_code == 404


def test_the_page_for_people_turns_its_pages(
    client: Client, monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: Any
) -> None:
    monkeypatch.setattr(sitemap, "SHOWN", 2)
    for number in range(3):
        Charger.objects.create(charger_id=f"CP{number}")
    with django_assert_num_queries(2):
        html = client.get("/sitemap/").text
    assert "CP1" in html
    assert "CP2" not in html
    assert "CP2" in client.get("/sitemap/?page=2").text
    assert "Documentation" in html


def test_robots_find_the_sitemap(client: Client) -> None:
    answer = client.get("/robots.txt")
    assert answer["Content-Type"] == "text/plain"
    assert "Disallow: /admin/\n" in answer.text
    assert "Sitemap: http://testserver/sitemap.xml\n" in answer.text
