"""Which pages a domain serves."""

from typing import Any

import pytest
from django.contrib.sites.models import Site
from django.http import HttpResponse
from django.test import AsyncClient, Client
from django.urls import reverse

from config.sites import depends_on_domain
from config.urls import of_app
from website.domain import sites


@pytest.fixture(autouse=True)
def any_host(settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["*"]


def get(host: str, path: str = "/") -> HttpResponse:
    response: Any = Client().get(path, HTTP_HOST=host)
    return response


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "seen"),
    [
        ("ocpp", '<h1 class="h3'),
        ("awg", "Cable calculator"),
        ("readme", '<h1 id="arthexis-constellation">'),
        ("no app", "Arthexis Constellation"),
    ],
)
def test_the_name_of_a_site_is_the_app_of_its_first_page(name: str, seen: str) -> None:
    Site.objects.create(domain="charge.example", name=name)
    response = get("charge.example")
    assert response.status_code == 200
    assert seen in response.text
    match = response.resolver_match  # type: ignore[attr-defined]
    assert match.app_name == (name if name != "no app" else "readme")


@pytest.mark.django_db
def test_an_app_without_a_first_page_shows_its_readme() -> None:
    Site.objects.create(domain="echo.example", name="chat")
    assert get("echo.example")["Location"] == "/readme/"
    assert "/ws/echo/" in get("echo.example", "/readme/").text
    assert "/ws/echo/" not in get("127.0.0.1", "/readme/").text


@pytest.mark.django_db
def test_the_urls_of_the_app_stand_at_the_root_too() -> None:
    Site.objects.create(domain="cables.example", name="awg")
    assert get("cables.example", "/tables/").status_code == 200
    assert get("127.0.0.1", "/tables/").status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/awg/", "/ocpp/", "/login/", "/admin/login/", "/api/docs"])
def test_every_domain_has_the_addresses_with_a_prefix(path: str) -> None:
    Site.objects.create(domain="cables.example", name="awg")
    for host in ("cables.example", "unknown.example", "127.0.0.1"):
        assert get(host, path).status_code == 200, host


@pytest.mark.django_db
def test_an_unknown_domain_gets_the_documentation() -> None:
    assert "Quick start" in get("unknown.example").text
    assert "Quick start" in get("unknown.example:8000").text


@pytest.mark.django_db
@pytest.mark.parametrize("host", ["192.168.1.7:8000", "localhost:9000", "[::1]:8000"])
def test_a_bare_address_is_the_nodes_own_site(host: str) -> None:
    assert get(host)["Location"] == "/ocpp/"


@pytest.mark.django_db
def test_a_domain_is_found_with_its_port_first_and_in_any_case() -> None:
    Site.objects.create(domain="charge.example", name="awg")
    Site.objects.create(domain="charge.example:8443", name="ocpp")
    assert sites.app_of("CHARGE.example:9000") == "awg"
    assert sites.app_of("charge.example:8443") == "ocpp"


@pytest.mark.django_db
def test_a_saved_or_deleted_site_is_noticed_at_once() -> None:
    site = Site.objects.create(domain="charge.example", name="awg")
    assert sites.app_of("charge.example") == "awg"
    site.name = "ocpp"
    site.save()
    assert sites.app_of("charge.example") == "ocpp"
    site.delete()
    assert sites.app_of("charge.example") == "readme"


@pytest.mark.django_db
def test_what_another_process_saved_is_noticed_when_it_is_due() -> None:
    sites.forget()
    assert sites.app_of("charge.example") == "readme"
    assert sites.is_fresh()
    # As by another process: no signal here.
    Site.objects.bulk_create([Site(domain="charge.example", name="awg")])
    assert sites.app_of("charge.example") == "readme"
    sites.prime(sites.Sites({}, fresh_until=0))
    assert sites.app_of("charge.example") == "awg"


@pytest.mark.django_db
def test_the_sites_are_read_once(django_assert_num_queries: Any) -> None:
    sites.forget()
    with django_assert_num_queries(1):
        for host in ("one.example", "two.example", "127.0.0.1"):
            sites.app_of(host)


def test_addresses_with_a_prefix_ask_no_database() -> None:
    """This test has no database: a look at the sites would fail it."""
    sites.forget()
    assert get("unknown.example", "/awg/nothing/").status_code == 404
    for path in ("/ocpp/chargers/", "/admin/", "/health/ready", "/metrics", "/login/", "/api/docs"):
        assert not depends_on_domain(path), path
    for path in ("/", "/readme/", "/c/CP1/", "/tables/"):
        assert depends_on_domain(path), path


def test_without_a_database_the_site_is_what_it_was(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from django.db import OperationalError

    def fail(*args: object) -> None:
        raise OperationalError("gone")

    monkeypatch.setattr(Site.objects, "values_list", fail)
    sites.prime(sites.Sites({"charge.example": "awg"}, fresh_until=0))
    assert sites.app_of("charge.example") == "awg"
    sites.forget()
    assert sites.app_of("127.0.0.1") == "website"


def test_written_addresses_keep_their_prefix_on_every_domain() -> None:
    for app in ("ocpp", "awg", "chat"):
        table: Any = of_app(app)
        assert reverse("ocpp:landing", urlconf=table, args=["CP1"]) == "/ocpp/c/CP1/"
        assert reverse("website:home", urlconf=table) == "/"


@pytest.mark.django_db(transaction=True)
async def test_it_works_for_asynchronous_servers() -> None:
    sites.forget()
    response = await AsyncClient().get("/", HTTP_HOST="unknown.example")
    assert b"Quick start" in response.content
    response = await AsyncClient().get("/", HTTP_HOST="127.0.0.1")
    assert response.status_code in (200, 302)


def test_a_host_that_is_not_allowed_is_told_in_the_dress_of_the_site(settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["node.example"]
    response = get("evil.example")
    assert response.status_code == 400
    assert "Not understood" in response.text
    assert response["Content-Security-Policy"]
