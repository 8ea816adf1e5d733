"""A visitor who follows every link and looks at each page: for `test_crawl`.

Of pages that differ only in a number or in an identity one is looked at, so that a network of any
size has as many pages as it has kinds of them.
"""

import os
import re
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from urllib.parse import unquote, urlsplit

import polib
from playwright.sync_api import Page, Response

from tests.browser.conftest import Visit
from tests.support.server import ROOT

#: Followed nowhere: they end the session, or answer with a file.
LEFT_OUT = re.compile(
    r"/logout/|^/admin/r/|/jsi18n/|^/media/|^/static/|/export/|\.(xml|txt|pem|crl|csv|xlsx|pdf|png|svg|json|md)$"
    r"|^/api/|[?&](format|export)=|^/ocpp/uploads/|^/ocpp/firmware/"
)
#: How many of each kind are looked at.
SAMPLES = 2 if os.environ.get("CRAWL") == "long" else 1
#: Set by a script that came from a charge point. Nothing may ever set it.
POISON = "<img src=x onerror=window.poisoned=1><script>window.poisoned=1</script>"

#: Words of the standard that stand as they came (a measurand, a status).
AS_SENT = {"Accepted", "Temperature", "Voltage"}

_LINKS = """() => [...document.querySelectorAll("a[href]")]
  .map(link => new URL(link.getAttribute("href"), location.href))
  .filter(url => url.origin === location.origin)
  .map(url => url.pathname + url.search)"""
#: Text of its own that is shown, of each element but those that hold what was sent or code.
_TEXTS = """() => {
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const box = walker.currentNode.parentElement;
    const text = walker.currentNode.textContent.replace(/\\s+/g, " ").trim();
    const foreign = "pre, code, script, style, [translate=no], [lang]:not(html)";
    if (!text || box.closest(foreign)) continue;
    if (box.checkVisibility({visibilityProperty: true})) found.push(text);
  }
  return found;
}"""
#: Buttons, links of a bar and heads of tables whose words do not fit their box.
_CUT = """() => [...document.querySelectorAll("button, .btn, .nav-link, .badge, th, label")]
  .filter(box => box.checkVisibility({visibilityProperty: true}))
  .filter(box => ["hidden", "clip"].includes(getComputedStyle(box).overflowX))
  .filter(box => !box.matches(".visually-hidden, .selector-add, .selector-remove"))
  .filter(box => box.clientWidth > 2)
  .filter(box => box.scrollWidth > box.clientWidth + 1)
  .map(box => `${box.tagName}.${box.className}: ${box.textContent.trim().slice(0, 40)}`)"""


def kind(path: str, identities: Iterable[str]) -> str:
    """What a path has in common with those of the same kind of page."""
    shape = unquote(urlsplit(path).path)
    for identity in identities:
        shape = shape.replace(f"/{identity}/", "/*/")
    shape = re.sub(r"\d+", "N", shape)
    # Of all rows these pages are made by Django, from one template.
    return re.sub(r"^/admin/\w+/\w+/(.+)/(history|delete)/$", r"/admin/*/\2/", shape)


def english() -> set[str]:
    """Texts of the catalogue that are others in Spanish, and are no Spanish text as well."""
    entries = [
        one
        for one in polib.pofile(str(ROOT / "locale/es/LC_MESSAGES/django.po"))
        if not one.obsolete and not one.msgid_plural
    ]
    spanish = {one.msgstr for one in entries}
    texts = {one.msgid for one in entries if one.msgid != one.msgstr and len(one.msgid) > 3}
    return {text for text in texts if "%" not in text} - spanish - AS_SENT


class Crawl:
    """Visits all pages that `visit` finds, from `seeds` on, and tells what is wrong with each."""

    def __init__(self, visit: Visit, identities: Iterable[str]) -> None:
        self._visit = visit
        self._identities = sorted(identities, key=len, reverse=True)
        #: Paths in the order in which they were seen, each with what is wrong there.
        self.seen: dict[str, list[str]] = {}

    def run(self, seeds: Iterable[str], most: int) -> Iterator[tuple[str, Page]]:
        """Open page after page and yield it; a page that cannot be had is told in `seen`."""
        waiting = deque(seeds)
        asked = set(waiting)
        kinds: Counter[str] = Counter()
        while waiting:
            path = waiting.popleft()
            shape = kind(path, self._identities)
            if kinds[shape] >= SAMPLES:
                continue
            kinds[shape] += 1
            assert len(self.seen) < most, f"more than {most} pages: does a link lead on and on?"
            self.seen[path] = []
            page = self._visit.page
            answer = page.goto(self._visit.site.url + path)
            self._judge(path, answer)
            if answer is None or "text/html" not in (answer.headers.get("content-type") or ""):
                continue
            yield path, page
            for link in page.evaluate(_LINKS):
                if link not in asked and not LEFT_OUT.search(link):
                    asked.add(link)
                    waiting.append(link)

    def tell(self, path: str, what: str) -> None:
        """Note that something is wrong with a page."""
        self.seen[path].append(what)

    def wrong(self) -> str:
        """What is wrong, a line each; empty when nothing is."""
        return "\n".join(f"{path}: {one}" for path, found in self.seen.items() for one in found)

    def _judge(self, path: str, answer: Response | None) -> None:
        if answer is None or answer.status >= 400:
            self.tell(path, f"answered {answer.status if answer else 'nothing'}")
        elif urlsplit(answer.url).path == "/login/" and not path.startswith("/login/"):
            self.tell(path, "a link that only leads to the login")


def cut(page: Page) -> list[str]:
    """Words that do not fit their box."""
    return list(page.evaluate(_CUT))


def untranslated(page: Page, texts: set[str]) -> list[str]:
    """Texts that a Spanish page shows in English."""
    return sorted(set(page.evaluate(_TEXTS)) & texts)


def inaccessible(page: Page, axe: str) -> list[str]:
    """What axe-core finds that is serious or worse, but in a list that Django's widget makes."""
    page.evaluate(axe)
    found = page.evaluate("axe.run({resultTypes: ['violations']})")
    return [
        f"{one['id']}: {node['html'][:120]} ({node['failureSummary'][:160]})"
        for one in found["violations"]
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"][:2]
        if not (one["id"] == "list" and "select2" in node["html"])
    ]
