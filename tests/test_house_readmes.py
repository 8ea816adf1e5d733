"""The README of each app is enough to use it: what it is for, its ways in, and what goes wrong."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from config.access.addresses import all_addresses

pytestmark = pytest.mark.skipif(
    connection.vendor != "sqlite", reason="documents are no matter of the database"
)
ROOT = Path(settings.BASE_DIR)
APPS = pytest.mark.parametrize("app", sorted(settings.LOCAL_APPS))
#: Addresses of one app below the prefix of another.
ELSEWHERE = {"/accounts/me/notifications/": "notifications"}
_PLACEHOLDER = re.compile(r"<[^>]+>")


def readme(app: str) -> str:
    return (ROOT / app / "README.md").read_text(encoding="utf-8")


def names(text: str, route: str) -> bool:
    """Whether a text names an address; what stands for its parts may be called anything."""
    parts = [re.escape(part) for part in _PLACEHOLDER.split(route)]
    return re.search(r"(?:<[^<>]+>|[^\s`/<>]+)".join(parts) + r"(?![\w<])", text) is not None


@APPS
def test_it_has_a_title_and_says_what_the_app_is_for(app: str) -> None:
    title, blank, first, *_rest = readme(app).splitlines()
    assert re.fullmatch(rf"# \S.* \(`{app}`\)", title)
    assert blank == ""
    assert len(first) > 40


@APPS
def test_it_tells_what_happens_when_something_fails_and_where_the_settings_are(app: str) -> None:
    text = readme(app)
    assert "## When something goes wrong" in text
    assert "](../docs/settings.md" in text


@APPS
def test_it_names_every_command(app: str) -> None:
    commands = [path.stem for path in (ROOT / app).glob("management/commands/[a-z]*.py")]
    text = readme(app)
    assert [one for one in commands if not re.search(rf"\b{one}\b", text)] == []


@APPS
def test_it_names_every_address(app: str) -> None:
    own = [
        one.route
        for one in all_addresses()
        if ELSEWHERE.get(one.route, one.route.split("/")[1]) == app and "(?P<" not in one.route
    ]
    text = readme(app)
    assert [route for route in own if "^" not in route and not names(text, route)] == []


def test_an_address_is_found_as_a_whole() -> None:
    assert names("`GET /ocpp/chargers/<charger id>/`", "/ocpp/chargers/<path:cid>/")
    assert names("POST /ocpp/tariffs/7/versions/ …", "/ocpp/tariffs/<int:number>/versions/")
    assert not names("`/ocpp/chargers/<charger id>/`", "/ocpp/chargers/")
    assert not names("`/ocpp/chargers/`", "/ocpp/chargers/<path:cid>/")
