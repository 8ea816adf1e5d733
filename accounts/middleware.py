"""Tells the audit who asks: the user of a request, and their address."""

from collections.abc import Awaitable, Callable

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from accounts.domain import addresses
from audit import domain as audit
from audit.models import Record

Response = HttpResponseBase | Awaitable[HttpResponseBase]


class ActorMiddleware:
    """Whatever a request does is recorded as done by its user, by session or by token."""

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Response]) -> None:
        self.get_response = get_response
        self.is_async = iscoroutinefunction(get_response)
        if self.is_async:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> Response:
        if self.is_async:
            return self._later(request)
        with audit.acting(_actor(request)):
            return self.get_response(request)

    async def _later(self, request: HttpRequest) -> HttpResponseBase:
        with audit.acting(_actor(request)):
            return await self.get_response(request)  # type: ignore[misc]


def _actor(request: HttpRequest) -> audit.Actor:
    def user_pk() -> int | None:
        # Asked late: a token is read, and somebody logs in, after the request has come in here.
        pk: int | None = getattr(request, "user", None) and request.user.pk
        return pk

    by_program = "Authorization" in request.headers
    door = Record.Door.API if by_program else Record.Door.WEB
    return audit.Actor(str(door), addresses.of_request(request).address, user_pk)
