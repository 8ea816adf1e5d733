"""What every page tells the browser."""

from collections.abc import Awaitable, Callable

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

#: Scripts come from this site's files only, so text of a charge point can never run as one.
#: Styles may be inline: the admin's widgets need it. The images are map tiles and data: icons.
POLICY = "; ".join(
    (
        "default-src 'self'",
        "img-src 'self' data: https://tile.openstreetmap.org",
        "style-src 'self' 'unsafe-inline'",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
HEADER = "Content-Security-Policy"

Response = HttpResponseBase | Awaitable[HttpResponseBase]


class ContentSecurityPolicyMiddleware:
    """Sets the policy on each response that does not bring its own."""

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
        return _protected(self.get_response(request))  # type: ignore[arg-type]

    async def _later(self, request: HttpRequest) -> HttpResponseBase:
        return _protected(await self.get_response(request))  # type: ignore[misc]


def _protected(response: HttpResponseBase) -> HttpResponseBase:
    # Django's own error pages for developers are made of inline scripts.
    if not (settings.DEBUG and response.status_code in (404, 500)):
        response.headers.setdefault(HEADER, POLICY)
    return response
