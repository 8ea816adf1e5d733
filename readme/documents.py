"""Which documents there are to read: the READMEs, what stands beside them, and `docs/`.

A document is named by its path in the repository, such as `ocpp/README.md`. Names come from
looking at the folders and are never made into paths, so no name leads anywhere else.
"""

import posixpath
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from django.conf import settings

from readme.domain import BASE, TARGET, plain

#: At the root, beside the overview.
BESIDE = ("CHANGELOG.md", "CONTRIBUTING.md")
#: Where pictures of the pages stand.
PICTURES = "docs/screens"


@dataclass(frozen=True)
class Document:
    """A file to read."""

    name: str
    path: Path

    @property
    def folder(self) -> str:
        """Where it stands; empty at the root."""
        return posixpath.dirname(self.name)

    @property
    def changed_ns(self) -> int:
        """When it was last written, as its file system says."""
        return self.path.stat().st_mtime_ns

    @property
    def title(self) -> str:
        """Its first heading, as plain text."""
        return _title(self.path, self.changed_ns)


def documents() -> dict[str, Document]:
    """Every document by its name, the overview first, then the apps, then `docs/`."""
    root = Path(settings.BASE_DIR)
    # They come with the program; a developer may add one while it runs.
    found = _find.__wrapped__ if settings.DEBUG else _find
    return found(root, tuple(sorted(settings.LOCAL_APPS)))


def overview() -> Document:
    """The document that the others are chapters of."""
    return documents()[BASE]


def of_app(label: str) -> Document | None:
    """The README of an app."""
    return documents().get(f"{label}/{TARGET}")


def within(folder: str) -> list[Document]:
    """The documents that stand in `folder` itself, in order of their names."""
    return [document for document in documents().values() if document.folder == folder]


def pictures() -> dict[str, Path]:
    """The pictures that documents show, by their names in the repository."""
    folder = Path(settings.BASE_DIR) / PICTURES
    return {f"{PICTURES}/{path.name}": path for path in sorted(folder.glob("*.png"))}


def folders() -> list[str]:
    """The folders of `docs/`, itself included, that hold documents."""
    found = {document.folder for document in documents().values()}
    return sorted(folder for folder in found if f"{folder}/".startswith("docs/"))


@cache
def _find(root: Path, apps: tuple[str, ...]) -> dict[str, Document]:
    names = [BASE, *(f"{app}/{TARGET}" for app in apps), *BESIDE]
    paths = [root / name for name in names] + sorted((root / "docs").rglob("*.md"))
    there = [path for path in paths if path.is_file()]
    found = (Document(path.relative_to(root).as_posix(), path) for path in there)
    return {document.name: document for document in found}


@lru_cache(maxsize=512)
def _title(path: Path, changed_ns: int) -> str:
    with path.open(encoding="utf-8") as lines:
        heading = next((line for line in lines if line.startswith("# ")), path.stem)
    return plain(heading.removeprefix("# "))
