"""Gives each domain its URL table: `website.domain.sites` says which app it serves."""

from collections.abc import Iterable, Iterator
from functools import cache
from typing import cast

from asgiref.sync import sync_to_async
from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import URLPattern, URLResolver, get_resolver

from accounts.both_ways import BothWays
from website.domain import sites


class SiteMiddleware(BothWays):
    """Sets `request.site_app`, and `request.urlconf` where the domain serves an app of its own.

    Addresses that are the same on every domain (the API, the admin, each app under its prefix) are
    let through without a look at the domain: they cost nothing and need no database.
    """

    def _now(self, request: HttpRequest) -> HttpResponseBase:
        if depends_on_domain(request.path_info):
            _choose(request)
        return cast(HttpResponseBase, self.get_response(request))

    async def _later(self, request: HttpRequest) -> HttpResponseBase:
        if depends_on_domain(request.path_info):
            if sites.is_fresh():
                _choose(request)
            else:
                await sync_to_async(_choose)(request)
        return cast(HttpResponseBase, await self.get_response(request))


def depends_on_domain(path: str) -> bool:
    """Whether what `path` leads to depends on the domain: no prefix of the URL table takes it."""
    first = path.lstrip("/").partition("/")[0]
    return first not in _prefixes() or first == sites.FALLBACK


@cache
def _prefixes() -> frozenset[str]:
    """The first words of all addresses that are the same everywhere."""
    return frozenset(_first_words(get_resolver("config.urls").url_patterns)) - {""}


def _first_words(patterns: Iterable[URLPattern | URLResolver]) -> Iterator[str]:
    for pattern in patterns:
        route = str(pattern.pattern)
        if not route and isinstance(pattern, URLResolver):
            yield from _first_words(pattern.url_patterns)
        else:
            yield route.partition("/")[0]


def _choose(request: HttpRequest) -> None:
    from config.urls import of_app

    app = sites.app_of(request.get_host())
    request.site_app = app  # type: ignore[attr-defined]
    # A test may have put a table of its own in the place of the project's.
    if app != sites.DEFAULT and settings.ROOT_URLCONF == "config.urls":
        request.urlconf = of_app(app)  # type: ignore[assignment]  # a module will do as well
