"""The sitemap: every page that a visitor may open, for people and for search engines."""

from dataclasses import dataclass
from typing import Any

# It escapes: nothing is parsed.
from xml.sax.saxutils import escape  # nosec B406

from django.core.paginator import Page, Paginator
from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext as _

from ocpp.domain.queries import dashboard
from ocpp.models import Charger
from readme import documents, markup
from website.domain import navigation

#: A search engine reads no more addresses of one file (sitemaps.org).
MOST = 50_000
#: Chargers on one page for people.
SHOWN = 200
_NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"
_START = '<?xml version="1.0" encoding="UTF-8"?>\n'


@dataclass(frozen=True)
class Link:
    """A page."""

    url: str
    label: Any
    #: Whether the label is English whatever the language of the page.
    english: bool = False


@dataclass(frozen=True)
class Section:
    """Pages that belong together."""

    title: str
    links: list[Link]


def sections() -> list[Section]:
    """Everything but the chargers."""
    pages = [Link(page.url, page.label) for page in navigation.public_pages()]
    texts = [
        Link(str(markup.address(document.name)), document.title, english=True)
        for document in documents.documents().values()
        if document != documents.overview()  # it is among the pages
    ]
    login = Link(reverse("website:login"), _("Log in"))
    return [Section(_("Pages"), [*pages, login]), Section(_("Documentation"), texts)]


def chargers(page: str | None) -> Page[Charger]:
    """One page of the chargers that everybody may know of."""
    return Paginator(_chargers(), SHOWN).get_page(page)


def xml(base: str, part: int | None = None) -> str:
    """The sitemap in XML, with addresses that begin with `base` (scheme and host).

    Beyond `MOST` addresses it is a list of parts, counted from 1. Raises Http404 for a part that
    there is not.
    """
    fixed = [link.url for section in sections() for link in section.links]
    count = len(fixed) + _chargers().count()
    parts = -(-count // MOST)
    if part is None and parts > 1:
        return _START + _index(base, parts)
    if part is not None and not 1 <= part <= parts:
        raise Http404(_("There is no such part of the sitemap."))
    first = ((part or 1) - 1) * MOST
    return _START + _part(base, fixed, first)


def _index(base: str, parts: int) -> str:
    urls = (base + reverse("website:sitemap-part", args=[n + 1]) for n in range(parts))
    rows = "".join(f"<sitemap><loc>{escape(url)}</loc></sitemap>\n" for url in urls)
    return f'<sitemapindex xmlns="{_NAMESPACE}">\n{rows}</sitemapindex>\n'


def _part(base: str, fixed: list[str], first: int) -> str:
    kept = fixed[first : first + MOST]
    begin = max(0, first - len(fixed))
    end = max(0, first + MOST - len(fixed))
    ids = _chargers().values_list("charger_id", flat=True)[begin:end]
    urls = [*kept, *(reverse("ocpp:landing", args=[charger_id]) for charger_id in ids)]
    rows = "".join(f"<url><loc>{escape(base + url)}</loc></url>\n" for url in urls)
    return f'<urlset xmlns="{_NAMESPACE}">\n{rows}</urlset>\n'


def _chargers() -> Any:
    return dashboard.visible(staff=False).only("charger_id", "name").order_by("charger_id")
