"""Which other sites' pages may read what the JSON API answers: none unless a setting names them.

They ask with a token of their own: cookies are never let in, so nobody who has logged in here is
asked for on the way.
"""

from collections.abc import Callable
from typing import Any, Final

from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers

from accounts.both_ways import BothWays

#: What a page may send, and how long a browser remembers that (s).
METHODS: Final = "GET, HEAD, POST, PUT, PATCH, DELETE"
HEADERS: Final = "Authorization, Content-Type, If-Match, If-None-Match"
REMEMBERED_S: Final = 600


class CorsMiddleware(BothWays):
    """Lets the pages of `CORS_ALLOWED_ORIGINS` read answers; not there at all when it is empty."""

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        if not settings.CORS_ALLOWED_ORIGINS:
            raise MiddlewareNotUsed
        super().__init__(get_response)

    def _now(self, request: HttpRequest) -> HttpResponseBase:
        return _readable(request, _preflight(request) or self.get_response(request))

    async def _later(self, request: HttpRequest) -> HttpResponseBase:
        return _readable(request, _preflight(request) or await self.get_response(request))


def _preflight(request: HttpRequest) -> HttpResponse | None:
    """The answer to a browser that asks what a page may send; None for anything else."""
    asks = request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers
    if not asks or not _is_allowed(request):
        return None
    return HttpResponse(
        status=204,
        headers={
            "Access-Control-Allow-Methods": METHODS,
            "Access-Control-Allow-Headers": HEADERS,
            "Access-Control-Max-Age": str(REMEMBERED_S),
        },
    )


def _readable(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    patch_vary_headers(response, ["Origin"])
    if _is_allowed(request):
        response["Access-Control-Allow-Origin"] = request.headers["Origin"]
    return response


def _is_allowed(request: HttpRequest) -> bool:
    return request.headers.get("Origin") in settings.CORS_ALLOWED_ORIGINS
