"""A document as HTML: headings with anchors, tables, coloured code, links that lead somewhere.

What comes out is sanitised: only the elements and attributes listed here pass, whatever stands in
the Markdown.
"""

import posixpath
import re
from dataclasses import dataclass
from functools import lru_cache
from html import unescape
from typing import Any
from urllib.parse import urlsplit

# Only the type: nothing is parsed.
from xml.etree.ElementTree import Element  # nosec B405

import markdown
import nh3
from django.urls import reverse
from django.utils.safestring import SafeString
from markdown.extensions import Extension
from markdown.extensions.codehilite import CodeHiliteExtension
from markdown.extensions.toc import TocExtension
from markdown.treeprocessors import Treeprocessor

from readme import documents
from readme.documents import Document, pictures
from readme.domain import BASE, TARGET, Anchors

_HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}
_BLOCKS = {"blockquote", "dd", "div", "dl", "dt", "hr", "li", "ol", "p", "pre", "ul"}
_TABLES = {"table", "tbody", "td", "th", "thead", "tr"}
_WORDS = {"a", "br", "code", "del", "em", "img", "kbd", "span", "strong", "sub", "sup"}
_ATTRIBUTES: dict[str, set[str]] = {
    "a": {"href", "title", "class"},
    "img": {"src", "alt", "title", "class"},
    "ol": {"start"},
    **{tag: {"class"} for tag in ("div", "span", "code", "pre")},
    **{tag: {"id"} for tag in _HEADINGS},
}
_SCHEMES = {"http", "https", "mailto"}
_ALIGNED = re.compile(r'<(t[hd]) style="text-align: (left|center|right);">')
#: The line that opens a block of code; more words than the language are notes for tests.
_NOTED_FENCE = re.compile(r"^((?:`{3,}|~{3,})[\w+-]+)[ \t]+[^`\n]*$", re.MULTILINE)
_ALIGNMENT = {"left": "start", "center": "center", "right": "end"}


@dataclass(frozen=True)
class Heading:
    """An entry of the table of contents."""

    level: int
    anchor: str
    text: str


@dataclass(frozen=True)
class Page:
    """A document, ready to be shown."""

    title: str
    #: The first paragraph, as plain text, for search engines.
    description: str
    html: SafeString
    headings: tuple[Heading, ...]


def page(document: Document) -> Page:
    """The document as HTML; made anew only when its file has changed."""
    return _page(document, document.changed_ns)


def address(name: str) -> str | None:
    """Where the document or folder of documents `name` is shown; None when it is neither."""
    if name in ("", ".", BASE, TARGET):
        return reverse("readme:index")
    if name in documents.documents():
        return reverse("readme:document", args=[name])
    if name in documents.folders():
        return reverse("readme:folder", args=[name])
    readme = documents.of_app(name)
    return reverse("readme:document", args=[readme.name]) if readme else None


@lru_cache(maxsize=256)
def _page(document: Document, changed_ns: int) -> Page:
    text = document.path.read_text(encoding="utf-8")
    html, tokens = render(text, document.folder)
    found = re.search(r"<p>(.*?)</p>", html, re.DOTALL)
    description = nh3.clean(found[1], tags=set()) if found else ""
    headings = tuple(_headings(tokens))
    title = document.title
    # `render` has cleaned it.
    safe = SafeString(html)  # nosec B703
    return Page(title, " ".join(unescape(description).split())[:300], safe, headings)


def render(text: str, folder: str = "") -> tuple[str, list[dict[str, Any]]]:
    """Markdown as safe HTML, and its headings as `markdown` tells them.

    Relative links start from `folder` (of the repository) and become addresses of this site; a
    link to what is not shown here keeps its text alone.
    """
    anchors = Anchors()

    def anchor(heading: str, separator: str) -> str:
        return anchors.give(heading)

    converter = markdown.Markdown(
        extensions=[
            "tables",
            "fenced_code",
            "sane_lists",
            CodeHiliteExtension(css_class="code", guess_lang=False),
            TocExtension(permalink="#", permalink_title="Link to this part", slugify=anchor),
            _Links(folder),
        ]
    )
    html = _ALIGNED.sub(_aligned, converter.convert(_NOTED_FENCE.sub(r"\1", text)))
    html = nh3.clean(
        html,
        tags=_HEADINGS | _BLOCKS | _TABLES | _WORDS,
        attributes={**_ATTRIBUTES, "td": {"class"}, "th": {"class"}},
        url_schemes=_SCHEMES,
        link_rel="noopener",
    )
    return _framed(html), converter.toc_tokens  # type: ignore[attr-defined]


def _aligned(match: re.Match[str]) -> str:
    # The Content-Security-Policy of a page is not to rely on inline styles.
    return f'<{match[1]} class="text-{_ALIGNMENT[match[2]]}">'


def _framed(html: str) -> str:
    """Wide tables and code scroll in boxes of their own, which the keyboard reaches."""
    html = html.replace(
        "<table>", '<div class="table-responsive" tabindex="0"><table class="table">'
    )
    html = html.replace("</table>", "</table></div>")
    return html.replace("<pre>", '<pre tabindex="0">')


def _headings(tokens: list[dict[str, Any]]) -> list[Heading]:
    found = []
    for token in tokens:
        if token["level"] > 1:
            found.append(Heading(token["level"], token["id"], unescape(token["name"])))
        found += _headings(token["children"])
    return found


class _Links(Extension):
    """Makes relative links lead to this site."""

    def __init__(self, folder: str) -> None:
        super().__init__()
        self.folder = folder

    def extendMarkdown(self, md: markdown.Markdown) -> None:  # noqa: N802  (its name there)
        """Called by `markdown`; after links have become elements."""
        md.treeprocessors.register(_LinkTreeprocessor(md, self), "site_links", 1)

    def lead(self, target: str) -> str | None:
        """The address for what a link names; None for what is not shown here."""
        parts = urlsplit(target)
        if parts.scheme or parts.netloc or target.startswith(("#", "/")):
            return target
        found = address(self._named(parts.path))
        return found and found + (f"#{parts.fragment}" if parts.fragment else "")

    def show(self, source: str) -> str | None:
        """The address of a picture of ours; None for one of somebody else's, or of none."""
        name = self._named(source)
        return reverse("readme:picture", args=[name]) if name in pictures() else None

    def _named(self, path: str) -> str:
        """The name in the repository of what stands at `path` from here."""
        return posixpath.normpath(posixpath.join(self.folder, path))


class _LinkTreeprocessor(Treeprocessor):
    def __init__(self, md: markdown.Markdown, links: _Links) -> None:
        super().__init__(md)
        self.links = links

    def run(self, root: Element) -> None:
        """Change every link and every picture of the document."""
        for link in list(root.iter("a")):
            target = self.links.lead(link.get("href", ""))
            if target is None:
                link.tag = "span"
                link.attrib.clear()
            else:
                link.set("href", target)
        for image in list(root.iter("img")):
            source = self.links.show(image.get("src", ""))
            if source is None:
                image.tag, image.text = "span", image.get("alt", "")
                image.attrib.clear()
            else:
                image.set("src", source)
                image.set("class", "img-fluid border rounded")
