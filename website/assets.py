"""Files of others that pages use: from a public CDN, or from this node where that is out of reach.

Each is installed with the project, so a node without internet has them too. `integrity` is the
hash of the very file that is installed, so a CDN cannot give anything else (a test compares).
"""

from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest

CDN = "https://cdn.jsdelivr.net/npm/"
#: Set by `assets.js` when the CDN was out of reach; the next pages do not try it.
COOKIE = "assets"


@dataclass(frozen=True)
class Asset:
    """A style sheet or script of others."""

    #: Where it is among the static files of this node.
    local: str
    #: Where it is at the CDN.
    remote: str
    integrity: str

    @property
    def url(self) -> str:
        """Its address at the CDN."""
        return CDN + self.remote

    @property
    def is_style(self) -> bool:
        """Whether it is a style sheet, and not a script."""
        return self.local.endswith(".css")


ASSETS = {
    "bootstrap.css": Asset(
        "js-lib-bootstrap5/css/bootstrap.min.css",
        "bootstrap@5.3.3/dist/css/bootstrap.min.css",
        "sha384-QWTKZyjpPEjISv5WaRU9OFeRpok6YctnYmDr5pNlyT2bRjXh0JMhjY6hW+ALEwIH",
    ),
    "bootstrap.js": Asset(
        "js-lib-bootstrap5/js/bootstrap.bundle.min.js",
        "bootstrap@5.3.3/dist/js/bootstrap.bundle.min.js",
        "sha384-YvpcrYf0tY3lHB60NNkmXc5s9fDVZLESaAA55NDzOxhy9GkcIdslK1eN7N6jIeHz",
    ),
    "icons.css": Asset(
        "bootstrap-icons/font/bootstrap-icons.min.css",
        "bootstrap-icons@1.11.3/font/bootstrap-icons.min.css",
        "sha384-XGjxtQfXaH2tnPFa9x+ruJTuLE3Aa6LhHSWRr1XeTyhezb4abCG4ccI5AkVDxqC+",
    ),
}
#: What the style sheets load beside themselves.
FONTS = (CDN + "bootstrap-icons@1.11.3/font/fonts/",)


def from_cdn(request: HttpRequest | None) -> bool:
    """Whether a page for `request` names the CDN's copies first."""
    if not settings.ASSETS_CDN:
        return False
    return request is None or request.COOKIES.get(COOKIE) != "local"
