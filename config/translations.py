"""The catalogues of translations: gathering texts, compiling, and what is wrong with them.

Needs polib, of the development packages; gathering also needs the gettext programs. A node that
runs needs neither: the compiled catalogues are in the repository.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import polib

#: Folders at the top without texts that people see.
IGNORED = (
    *(".venv", ".interop", ".git", "benchmarks", "build", "docs", "envs", "logs", "media"),
    *("node_modules", "staticfiles", "tests", "*/tests", "*/migrations"),
)
#: Where gettext's own rule for a language has forms that nobody here uses (es: millions).
PLURALS = {"es": "nplurals=2; plural=(n != 1);"}

_PLACEHOLDER = re.compile(r"%\(\w+\)[#0\- +]*[\d.]*[a-zA-Z]|%[a-z]|(?<!\{)\{\w*\}(?!\})")


class CannotGather(Exception):
    """The gettext programs are missing, or found something wrong with a text."""


def source(root: Path, language: str) -> Path:
    """Where the catalogue of a language is."""
    return root / "locale" / language / "LC_MESSAGES" / "django.po"


def gather(root: Path, language: str) -> None:
    """Bring the catalogue's texts up to date with the code below `root`.

    New texts get no translation, changed ones are marked fuzzy, texts that are gone are removed.
    Raises CannotGather.
    """
    path = source(root, language)
    path.parent.mkdir(parents=True, exist_ok=True)
    ignored = [word for folder in IGNORED for word in ("--ignore", folder)]
    done = subprocess.run(  # noqa: S603  (our own arguments)
        [
            *(sys.executable, "-m", "django", "makemessages", "--locale", language),
            *("--no-obsolete", "--add-location", "file", *ignored),
        ],
        cwd=root,
        # Without settings it looks below `root` only, whatever project that is.
        env={name: text for name, text in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise CannotGather((done.stderr or done.stdout).strip())
    catalogue = polib.pofile(str(path))
    # A date would make each gathering a change.
    catalogue.metadata = {
        "Project-Id-Version": "Arthexis Constellation",
        "Language": language,
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=UTF-8",
        "Content-Transfer-Encoding": "8bit",
        "Plural-Forms": PLURALS.get(language) or catalogue.metadata["Plural-Forms"],
    }
    catalogue.metadata_is_fuzzy = False
    catalogue.header = "Texts of Arthexis Constellation. Kept with `manage.py translate`."
    catalogue.sort(key=lambda entry: (entry.msgctxt or "", entry.msgid))
    catalogue.save(str(path))


def compiled(root: Path, language: str) -> bytes:
    """What `django.mo` must hold for the catalogue as it is."""
    binary: bytes = polib.pofile(str(source(root, language))).to_binary()
    return binary


def write_compiled(root: Path, language: str) -> Path:
    """Write `django.mo` beside the catalogue."""
    path = source(root, language).with_suffix(".mo")
    path.write_bytes(compiled(root, language))
    return path


def problems(root: Path, language: str) -> Iterator[str]:
    """What is missing or wrong in the catalogue, each in a line that names the text."""
    for entry in polib.pofile(str(source(root, language))):
        if entry.obsolete:
            yield f"no longer used: {entry.msgid!r}"
        elif entry.fuzzy:
            yield f"fuzzy: {entry.msgid!r}"
        elif not entry.translated():
            yield f"not translated: {entry.msgid!r}"
        else:
            yield from _misplaced(entry)


def _misplaced(entry: polib.POEntry) -> Iterator[str]:
    """Placeholders and line breaks that a translation has lost or made up."""
    pairs = [(entry.msgid, entry.msgstr)]
    if entry.msgid_plural:
        # The singular may say "one" in words, in either language.
        first, *others = entry.msgstr_plural.values()
        alike = _placeholders(first) == _placeholders(entry.msgid_plural)
        pairs = [(entry.msgid_plural if alike else entry.msgid, first)]
        pairs += [(entry.msgid_plural, text) for text in others]
    for text, translation in pairs:
        if _placeholders(text) != _placeholders(translation):
            yield f"other placeholders: {text!r} -> {translation!r}"
        if text.endswith("\n") != translation.endswith("\n"):
            yield f"other line breaks: {text!r} -> {translation!r}"


def _placeholders(text: str) -> set[str]:
    return set(_PLACEHOLDER.findall(text))
