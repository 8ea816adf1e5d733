"""Addresses of a charger's pages, as people outside of this machine type them."""

from collections.abc import Collection
from urllib.parse import quote, unquote, urlsplit

from django.conf import settings
from django.urls import reverse

from mailer.domain.links import site_url
from ocpp.models import Charger

#: Any path would do; this is the one that is told.
_CHARGE_POINTS = "/ws/ocpp/"


def landing_url(charger: Charger) -> str:
    """The absolute URL of a charger's public page, which is what its QR code holds."""
    return site_url() + reverse("ocpp:landing", args=[charger.charger_id])


def landing_urls_among(urls: Collection[str]) -> set[str]:
    """Those of `urls` that are the landing pages of chargers that there are."""
    ids = {unquote(url.rstrip("/").rpartition("/c/")[2]) for url in urls}
    chargers = Charger.objects.filter(charger_id__in=ids).only("charger_id")
    return {landing_url(charger) for charger in chargers} & set(urls)


def map_url(charger: Charger) -> str:
    """Where a charger stands, on a map of OpenStreetMap; "" when nobody has said."""
    if charger.latitude is None or charger.longitude is None:
        return ""
    place = f"mlat={charger.latitude}&mlon={charger.longitude}"
    return f"https://www.openstreetmap.org/?{place}#map=18/{charger.latitude}/{charger.longitude}"


def only_from_here() -> bool:
    """Whether `site_url` means this very machine, so that no phone can follow a QR code."""
    return _is_loopback(site_url())


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    return host in ("localhost", "::1") or host.startswith("127.")


def charge_point_bases(host: str, *, secure: bool) -> list[str]:
    """Addresses to which a charger id is added for a charge point, the likeliest first.

    `SITE_URL` when it is set; else `host`, by which somebody has just reached this node (with its
    port; `secure`: over HTTPS), unless that means this very machine; else the current site's.
    """
    reached = f"{'https' if secure else 'http'}://{host}"
    pages = [site_url(), reached]
    if not settings.SITE_URL and not _is_loopback(reached):
        pages.reverse()
    bases = []
    for page in pages:
        scheme, _, rest = page.partition("://")
        base = f"{'wss' if scheme == 'https' else 'ws'}://{rest.split('/', 1)[0]}{_CHARGE_POINTS}"
        if base not in bases:
            bases.append(base)
    return bases


def charge_point_url(base: str, charger_id: str) -> str:
    """What to type into a charge point, or to let it read as a QR code."""
    return base + quote(charger_id, safe="")
