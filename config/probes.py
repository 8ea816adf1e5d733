"""Monitors ask by the address of a process, over plain HTTP, and often: they are let through."""

from collections.abc import Awaitable, Callable
from ipaddress import ip_address
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

from config import health

METRICS = "/metrics"
PATHS = frozenset({health.READY, METRICS})
SAFE_METHODS = frozenset({"GET", "HEAD"})


class ProbesMiddleware:
    """Answers `/health/live` before anything else; lets the other probes name an address as host.

    `ALLOWED_HOSTS` has the names under which pages are served. That a page of another site cannot
    read what is told here stays true: a browser that was tricked (DNS rebinding) sends a name.
    """

    async_capable = True
    sync_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self.get_response = get_response
        self.is_async = iscoroutinefunction(get_response)
        if self.is_async:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        if request.path == health.LIVE and request.method in SAFE_METHODS:
            return self._live() if self.is_async else health.live()
        if request.path in PATHS and _names_an_address(request.META.get("HTTP_HOST", "")):
            request.META["HTTP_HOST"] = _own_name()
        response: HttpResponseBase | Awaitable[HttpResponseBase] = self.get_response(request)
        return response

    async def _live(self) -> HttpResponseBase:
        return health.live()


def _names_an_address(host: str) -> bool:
    name = host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0]
    if name == "localhost":
        return True
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def _own_name() -> str:
    """A name that this node has, whatever it is."""
    first = next((name for name in settings.ALLOWED_HOSTS if name != "*"), "localhost")
    return first.removeprefix(".")
