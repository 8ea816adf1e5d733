"""The policy on every response, whichever way it is made."""

from typing import Any

import pytest
from asgiref.sync import iscoroutinefunction
from django.http import HttpRequest, HttpResponse

from website.middleware import HEADER, POLICY, ContentSecurityPolicyMiddleware, policy


@pytest.fixture(autouse=True)
def closed(settings: Any) -> None:
    settings.MAP_TILES = ""


def plain(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


async def asynchronous(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


def test_a_response_gets_the_policy() -> None:
    middleware = ContentSecurityPolicyMiddleware(plain)
    response = middleware(HttpRequest())
    assert isinstance(response, HttpResponse)
    assert response[HEADER] == POLICY
    assert not iscoroutinefunction(middleware)


async def test_an_asynchronous_one_gets_it_too() -> None:
    middleware = ContentSecurityPolicyMiddleware(asynchronous)
    assert iscoroutinefunction(middleware)
    response = middleware(HttpRequest())
    assert not isinstance(response, HttpResponse)
    assert (await response).headers[HEADER] == POLICY


def test_a_view_may_have_a_policy_of_its_own() -> None:
    def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse(headers={HEADER: "default-src *"})

    response = ContentSecurityPolicyMiddleware(view)(HttpRequest())
    assert isinstance(response, HttpResponse)
    assert response[HEADER] == "default-src *"


@pytest.mark.parametrize(
    ("tiles", "sources"),
    [
        ("", "'self' data:"),
        ("/tiles/{z}/{x}/{y}.png", "'self' data:"),
        (
            "https://tile.openstreetmap.org/{z}/{x}/{y}.png",
            "'self' data: https://tile.openstreetmap.org",
        ),
        ("http://{s}.tiles.lan:8080/{z}/{x}/{y}", "'self' data: http://*.tiles.lan:8080"),
    ],
)
@pytest.mark.parametrize("cdn", [True, False])
def test_pictures_come_from_here_and_from_where_the_maps_are(
    cdn: bool, tiles: str, sources: str
) -> None:
    rules = dict(rule.split(" ", 1) for rule in policy(cdn=cdn, tiles=tiles).split("; "))
    assert rules["img-src"] == sources
