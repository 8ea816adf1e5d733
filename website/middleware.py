"""What every page tells the browser."""

from functools import cache
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from accounts.both_ways import BothWays
from website import assets

#: Scripts come from this site's files only, so text of a charge point can never run as one.
#: Styles may be inline: the admin's widgets need it. The images with data: are icons.
POLICY = "; ".join(
    (
        "default-src 'self'",
        "img-src 'self' data:",
        "style-src 'self' 'unsafe-inline'",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
HEADER = "Content-Security-Policy"
#: What no page here uses, so no script may either, nor a frame that somebody smuggles in.
PERMISSIONS = ", ".join(
    f"{feature}=()"
    for feature in (
        *("accelerometer", "camera", "display-capture", "geolocation", "gyroscope", "microphone"),
        *("midi", "payment", "serial", "usb"),
    )
)


@cache
def policy(*, cdn: bool, tiles: str = "") -> str:
    """The policy of a page.

    With `cdn` it also lets in the very files that the CDN is asked for, and with `tiles`, an
    address such as `MAP_TILES`, the tiles of maps from that host.
    """
    files = assets.ASSETS.values()
    more: dict[str, list[str]] = {}
    if cdn:
        more = {
            "style-src": [file.url for file in files if file.is_style],
            "script-src": ["'self'", *(file.url for file in files if not file.is_style)],
            "font-src": ["'self'", *assets.FONTS],
        }
    parts = urlsplit(tiles)
    if parts.netloc:
        more["img-src"] = [f"{parts.scheme}://{parts.netloc}".replace("{s}", "*")]
    rules = {rule.partition(" ")[0]: rule for rule in POLICY.split("; ")}
    for name, sources in more.items():
        rules[name] = " ".join([rules.get(name, name), *sources])
    return "; ".join(rules.values())


class ContentSecurityPolicyMiddleware(BothWays):
    """Sets the policy on each response that does not bring its own."""

    def _now(self, request: HttpRequest) -> HttpResponseBase:
        return _protected(self.get_response(request))

    async def _later(self, request: HttpRequest) -> HttpResponseBase:
        return _protected(await self.get_response(request))


def _policy_now() -> str:
    return policy(cdn=settings.ASSETS_CDN, tiles=settings.MAP_TILES)


def _protected(response: HttpResponseBase) -> HttpResponseBase:
    # Django's own error pages for developers are made of inline scripts.
    if not (settings.DEBUG and response.status_code in (404, 500)):
        response.headers.setdefault(HEADER, _policy_now())
    response.headers.setdefault("Permissions-Policy", PERMISSIONS)
    return response
