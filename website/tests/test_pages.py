"""The first page, login, language, errors and what every page tells the browser."""

from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.sites.models import Site
from django.test import Client
from django.test.utils import override_settings

from accounts.models import User
from website.middleware import POLICY

pytestmark = pytest.mark.django_db


@pytest.fixture
def driver() -> User:
    return User.objects.create_user("driver", password="secret")


@pytest.fixture
def boss() -> User:
    return User.objects.create_user("boss", password="secret", is_staff=True)


def log_in(client: Client, name: str, target: str = "") -> str:
    """Log in at the page with `next`; where it leads, or the page when it does not."""
    data = {"username": name, "password": "secret", "next": target}
    answer = client.post("/login/", data)
    return answer["Location"] if answer.status_code == 302 else answer.content.decode()


def test_the_root_leads_to_the_dashboard(client: Client) -> None:
    answer = client.get("/", HTTP_HOST="127.0.0.1")
    assert (answer.status_code, answer["Location"]) == (302, "/ocpp/")


def test_staff_land_in_the_admin(client: Client, boss: User) -> None:
    assert log_in(client, "boss", "/ocpp/c/CP1/") == "/admin/"


def test_others_land_on_next(client: Client, driver: User) -> None:
    assert log_in(client, "driver", "/ocpp/c/CP1/?x=1") == "/ocpp/c/CP1/?x=1"


@pytest.mark.parametrize(
    "elsewhere",
    ["https://evil.example/", "//evil.example/", "javascript:alert(1)", "/\\evil.example", ""],
)
def test_next_never_leads_to_another_host(client: Client, driver: User, elsewhere: str) -> None:
    assert log_in(client, "driver", elsewhere) == "/"


def test_a_wrong_password_says_so_without_naming_staff(client: Client, driver: User) -> None:
    answer = client.post("/login/", {"username": "driver", "password": "wrong"})
    html = answer.content.decode()
    assert answer.status_code == 200
    assert "correct username and password" in html
    assert "staff" not in html


def test_too_many_failures_are_refused_and_say_for_how_long(client: Client, driver: User) -> None:
    for _ in range(5):
        client.post("/login/", {"username": "driver", "password": "wrong"})
    assert "Try again in 15 minutes" in log_in(client, "driver")


def test_next_survives_a_failure_and_is_escaped(client: Client, driver: User) -> None:
    data = {"username": "driver", "password": "wrong", "next": "/ocpp/?q=<b>"}
    html = client.post("/login/", data).content.decode()
    assert 'name="next" value="/ocpp/?q=&lt;b&gt;"' in html


def test_who_is_logged_in_need_not_do_it_again(client: Client, driver: User) -> None:
    client.force_login(driver)
    assert client.get("/login/?next=/ocpp/")["Location"] == "/ocpp/"
    assert client.get("/login/?next=/login/")["Location"] == "/"


def test_logging_out_takes_a_post(client: Client, driver: User) -> None:
    client.force_login(driver)
    assert client.get("/logout/").status_code == 405
    assert client.post("/logout/")["Location"] == "/"
    assert "Log in" in client.get("/ocpp/").content.decode()


def test_the_login_link_leads_back(client: Client) -> None:
    html = client.get("/ocpp/?q=a%26b").content.decode()
    assert 'href="/login/?next=%2Focpp%2F%3Fq%3Da%2526b"' in html


def test_the_language_is_the_browsers_until_one_is_chosen(client: Client) -> None:
    assert '<html lang="es">' in client.get("/ocpp/", headers={"accept-language": "es-MX"}).text
    assert '<html lang="en">' in client.get("/ocpp/", headers={"accept-language": "de"}).text
    answer = client.post("/language/", {"language": "es", "next": "/ocpp/?q=x"})
    assert answer["Location"] == "/ocpp/?q=x"
    assert '<html lang="es">' in client.get("/ocpp/", headers={"accept-language": "en"}).text


def test_the_language_switch_leads_to_this_host_only(client: Client) -> None:
    answer = client.post("/language/", {"language": "es", "next": "https://evil.example/"})
    assert answer["Location"] == "/"


@pytest.mark.parametrize("path", ["/ocpp/", "/login/", "/admin/login/", "/nothing/"])
def test_no_page_may_run_inline_scripts(client: Client, settings: Any, path: str) -> None:
    settings.MAP_TILES = ""
    answer = client.get(path)
    assert answer["Content-Security-Policy"] == POLICY
    assert "script-src" not in POLICY
    assert POLICY.startswith("default-src 'self';")


@pytest.mark.parametrize("path", ["/ocpp/", "/login/"])
def test_our_pages_have_no_inline_scripts_or_styles(client: Client, path: str) -> None:
    html = client.get(path).text
    assert html.count("<script") == html.count("<script src=")
    assert "<style" not in html
    assert " style=" not in html
    # Nothing from elsewhere but the tiles of the map.
    assert "://" not in html.replace("http://testserver", "").replace(settings.MAP_TILES, "")


def test_the_theme_is_set_before_anything_is_painted(client: Client) -> None:
    html = client.get("/login/").text
    head = html[: html.index("</head>")]
    assert '<script src="/static/website/theme.js"></script>' in head
    assert head.index("theme.js") < head.index("stylesheet")


def test_a_page_that_is_not_there_says_so(client: Client) -> None:
    answer = client.get("/nothing/")
    assert answer.status_code == 404
    assert "There is no such page here" in answer.text


def test_a_failure_has_a_page_that_needs_nothing(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: object, **kwargs: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr("ocpp.domain.queries.dashboard.totals", fail)
    client.raise_request_exception = False
    answer = client.get("/ocpp/")
    assert answer.status_code == 500
    assert "The error is on our side" in answer.text
    assert "bootstrap.min.css" in answer.text
    assert "secret detail" not in answer.text


def test_developers_keep_their_own_error_pages(client: Client) -> None:
    with override_settings(DEBUG=True):
        assert "Content-Security-Policy" not in client.get("/nothing/")


def test_a_browser_finds_the_icon(client: Client) -> None:
    assert client.get("/favicon.ico")["Location"] == "/static/website/icon.svg"


@pytest.mark.parametrize("before", [[], [("example.com", "example.com")]])
def test_a_new_node_has_a_site_of_its_own(before: list[tuple[str, str]]) -> None:
    """Whatever was there before: a test that empties the database brings Django's site back."""
    Site.objects.all().delete()
    for domain, name in before:
        Site.objects.create(pk=1, domain=domain, name=name)
    import_module("website.migrations.0001_site").make_site(apps, None)
    site = Site.objects.get()
    assert (site.domain, site.name) == ("127.0.0.1:8000", "website")


def test_a_site_that_somebody_has_named_stays() -> None:
    Site.objects.all().delete()
    Site.objects.create(domain="charge.example", name="ocpp")
    import_module("website.migrations.0001_site").make_site(apps, None)
    assert [(site.domain, site.name) for site in Site.objects.all()] == [("charge.example", "ocpp")]
