"""How `README.md` is made: the overview, then the README of each app as a section of it."""

import posixpath
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

BASE = "README.base.md"
TARGET = "README.md"
NOTICE = "<!-- Made by `python manage.py build_readme` from README.base.md and */README.md. -->"

_HEADING = re.compile(r"^(#{1,5})(?= )")
_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})")
_LINK = re.compile(r"(?<=\]\()(?![a-z][a-z0-9+.-]*:|[#/])([^)\s]+)")
_LINK_TARGET = re.compile(r"^( {0,3}\[[^\]]+\]:\s+)(?![a-z][a-z0-9+.-]*:|[#/])(\S+)")


def assemble(root: Path, apps: Iterable[str]) -> str:
    """The text of `README.md` for the project in `root`, with the apps in the order given.

    An app without a README is left out. Raises FileNotFoundError without a `README.base.md`.
    """
    parts = [NOTICE, (root / BASE).read_text(encoding="utf-8").strip()]
    for app in apps:
        path = root / app / TARGET
        if path.exists():
            parts.append(as_section(path.read_text(encoding="utf-8"), app).strip())
    return "\n\n".join(parts) + "\n"


def as_section(text: str, folder: str) -> str:
    """The README of `folder` as a section of the one above it.

    Its headings go one level down and its relative links start from the folder above; blocks of
    code stay as they are.
    """
    return "\n".join(_section_lines(text.splitlines(), folder))


def _section_lines(lines: Iterable[str], folder: str) -> Iterator[str]:
    fence = ""
    for line in lines:
        mark = _FENCE.match(line)
        if fence:
            if mark and mark[1].startswith(fence) and not line.strip().strip(fence[0]):
                fence = ""
            yield line
        elif mark:
            fence = mark[1]
            yield line
        elif line.startswith("    "):
            yield line
        else:
            line = _HEADING.sub(r"#\1", line)
            line = _LINK_TARGET.sub(lambda m: m[1] + _from_above(m[2], folder), line)
            yield _LINK.sub(lambda m: _from_above(m[1], folder), line)


def _from_above(target: str, folder: str) -> str:
    path, mark, anchor = target.partition("#")
    return posixpath.normpath(posixpath.join(folder, path)) + mark + anchor
