"""How `README.md` is made: the overview, then the README of each app as a section of it.

A link to another of these documents leads to its part of the same file. Anchors are those that
places where repositories are read make of headings: the second of a name has `-1` behind it.
"""

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

BASE = "README.base.md"
TARGET = "README.md"
NOTICE = "<!-- Made by `python manage.py build_readme` from README.base.md and */README.md. -->"

_HEADING = re.compile(r"^(#{1,6}) +(.*?)(?: +#+)?\s*$")
_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})")
_LINK = re.compile(r"(?<=\]\()(?![a-z][a-z0-9+.-]*:|/)([^)\s]+)")
_LINK_TARGET = re.compile(r"^( {0,3}\[[^\]]+\]:\s+)(?![a-z][a-z0-9+.-]*:|/)(\S+)")
#: What is not read of a heading: marks, and where its links lead.
_MARKS = re.compile(r"[`*]|!?\[([^\]]*)\]\([^)]*\)")

#: Where the parts of documents stand in the whole: by document and anchor; "" is its beginning.
Places = Mapping[tuple[str, str], str]


class Anchors:
    """Gives the headings of one document their anchors, each its own."""

    def __init__(self) -> None:
        self._given: dict[str, int] = {}

    def give(self, heading: str) -> str:
        """The anchor of the next heading, of which the text alone is given."""
        name = anchor = slug(heading)
        while anchor in self._given:
            self._given[name] += 1
            anchor = f"{name}-{self._given[name]}"
        self._given[anchor] = 0
        return anchor


def slug(text: str) -> str:
    """The anchor of a heading whose name is the first of its kind."""
    return re.sub(r"[^\w\- ]", "", text.strip().lower()).replace(" ", "-")


def plain(text: str) -> str:
    """A line of Markdown as it is read."""
    return _MARKS.sub(lambda mark: mark[1] or "", text).strip()


def assemble(root: Path, apps: Iterable[str]) -> str:
    """The text of `README.md` for the project in `root`, with the apps in the order given.

    An app without a README is left out. Raises FileNotFoundError without a `README.base.md`.
    """
    texts = {BASE: (root / BASE).read_text(encoding="utf-8").strip()}
    for app in apps:
        path = root / app / TARGET
        if path.exists():
            texts[f"{app}/{TARGET}"] = path.read_text(encoding="utf-8").strip()
    places = _places(texts)
    parts = [NOTICE]
    for name, text in texts.items():
        deeper = name != BASE
        lines = _section_lines(text.splitlines(), posixpath.dirname(name), places, deeper=deeper)
        parts.append("\n".join(lines).strip())
    return "\n\n".join(parts) + "\n"


def as_section(text: str, folder: str, places: Places | None = None) -> str:
    """The README of `folder` as a section of the one above it.

    Its headings go one level down and its relative links start from the folder above, or lead to
    `places`; blocks of code stay as they are.
    """
    return "\n".join(_section_lines(text.splitlines(), folder, places or {}, deeper=True))


def headings(text: str) -> Iterator[str]:
    """The headings of a document as they are read, in their order."""
    for line, is_code in _lines(text.splitlines()):
        found = None if is_code else _HEADING.match(line)
        if found:
            yield plain(found[2])


def _places(texts: Mapping[str, str]) -> Places:
    whole = Anchors()
    places: dict[tuple[str, str], str] = {}
    for name, text in texts.items():
        own = Anchors()
        for heading in headings(text):
            anchor = whole.give(heading)
            places.setdefault((name, ""), anchor)
            places[name, own.give(heading)] = anchor
    return places


def _lines(lines: Iterable[str]) -> Iterator[tuple[str, bool]]:
    """Each line, and whether it is code."""
    fence = ""
    for line in lines:
        mark = _FENCE.match(line)
        if fence:
            if mark and mark[1].startswith(fence) and not line.strip().strip(fence[0]):
                fence = ""
            yield line, True
        elif mark:
            fence = mark[1]
            yield line, True
        else:
            yield line, line.startswith("    ")


def _section_lines(
    lines: Iterable[str], folder: str, places: Places, *, deeper: bool
) -> Iterator[str]:
    for line, is_code in _lines(lines):
        if is_code:
            yield line
            continue
        level = _HEADING.match(line)
        if deeper and level and len(level[1]) < 6:
            line = f"#{line}"
        line = _LINK_TARGET.sub(lambda m: m[1] + _from_above(m[2], folder, places), line)
        yield _LINK.sub(lambda m: _from_above(m[1], folder, places), line)


def _from_above(target: str, folder: str, places: Places) -> str:
    path, mark, anchor = target.partition("#")
    whole = posixpath.normpath(posixpath.join(folder, path or TARGET))
    place = places.get((BASE if whole == TARGET else whole, anchor))
    if place is not None:
        return f"#{place}"
    if not path:
        return target
    return whole + ("/" if path.endswith("/") else "") + mark + anchor
