"""Tells the audit who asks, and leads staff to the second factor that the node wants of them."""

from typing import cast

from django.conf import settings
from django.http import HttpRequest, HttpResponseRedirect, JsonResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.both_ways import BothWays
from accounts.domain import addresses, second_factor
from audit import domain as audit
from audit.models import Record


class ActorMiddleware(BothWays):
    """Whatever a request does is recorded as done by its user, by session or by token."""

    def _now(self, request: HttpRequest) -> HttpResponseBase:
        with audit.acting(_actor(request)):
            return cast(HttpResponseBase, self.get_response(request))

    async def _later(self, request: HttpRequest) -> HttpResponseBase:
        with audit.acting(_actor(request)):
            return cast(HttpResponseBase, await self.get_response(request))


def _actor(request: HttpRequest) -> audit.Actor:
    def user_pk() -> int | None:
        # Asked late: a token is read, and somebody logs in, after the request has come in here.
        pk: int | None = getattr(request, "user", None) and request.user.pk
        return pk

    by_program = "Authorization" in request.headers
    door = Record.Door.API if by_program else Record.Door.WEB
    return audit.Actor(str(door), addresses.of_request(request).address, user_pk)


class SecondFactorMiddleware(BothWays):
    """With `STAFF_SECOND_FACTOR=required`, staff without one set it up before anything else.

    It goes by the session: a token opens none, and is not affected.
    """

    def _now(self, request: HttpRequest) -> HttpResponseBase:
        if _may_be_missing(request) and second_factor.is_missing_for(request.user):
            return _to_the_second_factor(request)
        return cast(HttpResponseBase, self.get_response(request))

    async def _later(self, request: HttpRequest) -> HttpResponseBase:
        if _may_be_missing(request) and second_factor.is_missing_for(await request.auser()):
            return _to_the_second_factor(request)
        return cast(HttpResponseBase, await self.get_response(request))


def _may_be_missing(request: HttpRequest) -> bool:
    """Whether it is worth a look at who asks."""
    if settings.STAFF_SECOND_FACTOR != "required":
        return False
    if settings.SESSION_COOKIE_NAME not in request.COOKIES:
        return False
    names = ("accounts:second-factor", "website:logout", "website:language", "admin:logout")
    return request.path_info not in {reverse(name) for name in names}


def _to_the_second_factor(request: HttpRequest) -> HttpResponseBase:
    page = reverse("accounts:second-factor")
    if request.get_preferred_type(["text/html", "application/json"]) == "text/html":
        return HttpResponseRedirect(page)
    detail = _("On this node staff need a second factor: set it up at %(page)s.") % {"page": page}
    return JsonResponse({"detail": detail}, status=403)
