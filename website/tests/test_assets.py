"""Files of others: the CDN's copy is the very file that is installed, and pages do without it."""

import base64
import hashlib
from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.template import Context, Template
from django.test import Client, RequestFactory

from website.assets import ASSETS, CDN
from website.middleware import POLICY, policy


def rendered(name: str, cookies: str = "") -> str:
    request = RequestFactory().get("/", headers={"cookie": cookies})
    template = Template("{% load website %}{% asset name %}")
    return template.render(Context({"name": name, "request": request}))


@pytest.mark.parametrize("name", ASSETS)
def test_the_hash_is_that_of_the_installed_file(name: str) -> None:
    asset = ASSETS[name]
    path = finders.find(asset.local)
    assert isinstance(path, str)
    digest = hashlib.sha384(Path(path).read_bytes()).digest()
    assert asset.integrity == "sha384-" + base64.b64encode(digest).decode()


@pytest.mark.parametrize("name", ASSETS)
def test_the_cdns_copy_has_the_version_of_the_installed_one(name: str) -> None:
    asset = ASSETS[name]
    version = asset.remote.partition("@")[2].partition("/")[0]
    assert f"v{version} (" in Path(str(finders.find(asset.local))).read_text()[:200]


@pytest.mark.parametrize("name", ASSETS)
def test_with_the_cdn_a_file_has_its_hash_and_its_local_copy(settings: Any, name: str) -> None:
    settings.ASSETS_CDN = True
    asset = ASSETS[name]
    markup = rendered(name)
    assert f'"{asset.url}" integrity="{asset.integrity}" crossorigin="anonymous"' in markup
    assert f'data-local="/static/{asset.local}"' in markup


@pytest.mark.parametrize("name", ASSETS)
def test_without_it_the_file_is_the_local_one(settings: Any, name: str) -> None:
    settings.ASSETS_CDN = False
    assert f'"/static/{ASSETS[name].local}"' in rendered(name)
    assert "integrity" not in rendered(name)


def test_a_browser_that_could_not_reach_it_is_not_sent_there_again(settings: Any) -> None:
    settings.ASSETS_CDN = True
    assert CDN not in rendered("bootstrap.css", cookies="assets=local")
    assert CDN in rendered("bootstrap.css", cookies="assets=other")


@pytest.mark.django_db
@pytest.mark.parametrize("cdn", [True, False])
def test_the_policy_lets_in_what_the_page_names_and_nothing_else(
    client: Client, settings: Any, cdn: bool
) -> None:
    settings.ASSETS_CDN = cdn
    answer = client.get("/login/")
    assert answer["Content-Security-Policy"] == policy(cdn=cdn, tiles=settings.MAP_TILES)
    assert (CDN in answer.text) == cdn
    assert ("website/assets.js" in answer.text) == cdn
    assert (policy(cdn=False), CDN in POLICY) == (POLICY, False)


def test_the_policy_names_single_files_of_the_cdn() -> None:
    rules = dict(rule.split(" ", 1) for rule in policy(cdn=True).split("; "))
    assert rules["script-src"].split() == ["'self'", ASSETS["bootstrap.js"].url]
    assert "'unsafe-inline'" not in rules["script-src"]
    assert ASSETS["icons.css"].url in rules["style-src"].split()
    assert rules["font-src"] == f"'self' {CDN}bootstrap-icons@1.11.3/font/fonts/"
    assert rules["default-src"] == "'self'"
