"""Every link of every document leads somewhere: in the repository, and on the site's pages."""

import posixpath
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from urllib.parse import unquote

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client

from readme import markup
from readme.documents import documents
from readme.domain import Anchors, headings

pytestmark = pytest.mark.skipif(
    connection.vendor != "sqlite", reason="documents are no matter of the database"
)
ROOT = Path(settings.BASE_DIR)
FILES = sorted(
    path.relative_to(ROOT).as_posix()
    for pattern in ("*.md", "*/README.md", "docs/**/*.md")
    for path in ROOT.glob(pattern)
    if not path.relative_to(ROOT).parts[0].startswith((".", "node_modules", "build"))
)
_CODE = re.compile(r"^(`{3,}|~{3,}).*?^\1[ \t]*$|`[^`\n]+`", re.MULTILINE | re.DOTALL)
_TARGET = re.compile(r"\]\(\s*<?([^)\s>]+)|^ {0,3}\[[^\]]+\]:\s+(\S+)", re.MULTILINE)


def links(name: str) -> Iterator[str]:
    """Where the links and pictures of a document lead; code has none."""
    text = _CODE.sub("", (ROOT / name).read_text(encoding="utf-8"))
    for found in _TARGET.finditer(text):
        yield found[1] or found[2]


@cache
def anchors(name: str) -> set[str]:
    given = Anchors()
    text = (ROOT / name).read_text(encoding="utf-8")
    return {given.give(heading) for heading in headings(text)}


def broken(name: str) -> list[str]:
    """The links of a document that lead nowhere."""
    found = []
    for target in links(name):
        if re.match(r"[a-z][a-z0-9+.-]*:", target):
            continue
        path, _mark, anchor = target.partition("#")
        # An address of the running node, such as /api/docs, is no file.
        if path.startswith("/"):
            continue
        folder = posixpath.dirname(name)
        whole = posixpath.normpath(posixpath.join(folder, unquote(path))) if path else name
        there = not whole.startswith("..") and (ROOT / whole).exists()
        if not there or (anchor and not (whole.endswith(".md") and anchor in anchors(whole))):
            found.append(target)
    return found


@pytest.mark.parametrize("name", FILES)
def test_in_the_repository(name: str) -> None:
    assert broken(name) == []


def test_a_link_that_leads_nowhere_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"{__name__}.ROOT", tmp_path)
    (tmp_path / "links-a.md").write_text(
        "# A\n[x](links-b.md#b) [x](links-b.md#c) [x](gone.md) [x](#a) [x](#z) `[x](no.md)`\n"
        "![x](x.png) [x](https://example.com/) [x](/api/docs) [y]\n\n[y]: ../etc/y.md\n"
        "```\n[x](no.md)\n```\n"
    )
    (tmp_path / "links-b.md").write_text("# B\n")
    assert broken("links-a.md") == ["links-b.md#c", "gone.md", "#z", "x.png", "../etc/y.md"]


def test_the_whole_readme_links_its_own_parts() -> None:
    """Not the files that it is made of."""
    parts = {f"{app}/README.md" for app in settings.LOCAL_APPS}
    assert [target for target in links("README.md") if target.partition("#")[0] in parts] == []


@pytest.mark.django_db
def test_on_the_site(client: Client) -> None:
    """All that the pages of documents link or show of this site is there, with its parts."""
    pages = {markup.address(name): markup.page(one) for name, one in documents().items()}
    ids = {page: set(re.findall(r' id="([^"]+)"', made.html)) for page, made in pages.items()}
    others: set[str] = set()
    for page, made in pages.items():
        for target in re.findall(r'(?:href|src)="([^"]+)"', made.html):
            address, _mark, anchor = target.partition("#")
            if not address or address in ids:
                assert not anchor or anchor in ids[address or page], f"{page}: {target}"
            elif address.startswith("/readme/"):
                assert not anchor, f"{page}: {target}"
                others.add(address)
    assert any(address.endswith(".png") for address in others)
    for address in [*sorted(others), "/readme/", "/readme/docs/map.md"]:
        answer = client.get(address)
        assert answer.status_code == 200, address
        answer.close()
