"""Where people outside of this machine reach this node, for every address that leaves it."""

from django.conf import settings
from django.contrib.sites.models import Site


def site_url() -> str:
    """Scheme and host of this node, without a slash: `SITE_URL`, else the current site's.

    A site is only a domain; it is taken to be reached over HTTPS when the node insists on it.
    """
    if settings.SITE_URL:
        return str(settings.SITE_URL)
    scheme = "https" if settings.SECURE_SSL_REDIRECT else "http"
    return f"{scheme}://{Site.objects.get_current().domain}"
