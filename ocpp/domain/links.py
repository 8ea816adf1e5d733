"""Addresses of a charger's pages, as people outside of this machine type them."""

from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.sites.models import Site
from django.urls import reverse

from ocpp.models import Charger


def landing_url(charger: Charger) -> str:
    """The absolute URL of a charger's public page, which is what its QR code holds."""
    return site_url() + reverse("ocpp:landing", args=[charger.charger_id])


def site_url() -> str:
    """Scheme and host of this node, without a slash: `SITE_URL`, else the current site's.

    A site is only a domain; it is taken to be reached over HTTPS when the node insists on it.
    """
    if settings.SITE_URL:
        return str(settings.SITE_URL)
    scheme = "https" if settings.SECURE_SSL_REDIRECT else "http"
    return f"{scheme}://{Site.objects.get_current().domain}"


def only_from_here() -> bool:
    """Whether `site_url` means this very machine, so that no phone can follow a QR code."""
    host = urlsplit(site_url()).hostname or ""
    return host in ("localhost", "::1") or host.startswith("127.")
