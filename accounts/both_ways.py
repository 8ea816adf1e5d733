"""Middleware that is called by threads and by the event loop alike."""

from collections.abc import Awaitable, Callable
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.http import HttpRequest, HttpResponseBase

Response = HttpResponseBase | Awaitable[HttpResponseBase]


class BothWays:
    """What such middleware has in common; it says what it does in `_now` and in `_later`."""

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self.get_response = get_response
        self.is_async = iscoroutinefunction(get_response)
        if self.is_async:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> Response:
        """The response, or one to be awaited."""
        return self._later(request) if self.is_async else self._now(request)

    def _now(self, request: HttpRequest) -> HttpResponseBase:
        raise NotImplementedError

    async def _later(self, request: HttpRequest) -> HttpResponseBase:
        raise NotImplementedError
