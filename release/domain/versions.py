"""Versions: three numbers, as semantic versioning has them."""

import re

from release.domain.errors import ReleaseError
from release.domain.words import gettext as _

_VERSION = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)")
PARTS = ("major", "minor", "patch")


def parse(text: str) -> tuple[int, int, int]:
    """The three numbers. Raises ReleaseError."""
    found = _VERSION.fullmatch(text.strip())
    if found is None:
        raise ReleaseError(
            _("%(text)s is no version: write three numbers such as 1.4.0.") % {"text": text.strip()}
        )
    return int(found[1]), int(found[2]), int(found[3])


def following(version: str, bump: str) -> str:
    """The version after `version`: by its part (`major`, `minor`, `patch`), or the one named.

    The one named may be `version` itself, for the first release. Raises ReleaseError.
    """
    numbers = parse(version)
    if bump not in PARTS:
        named = parse(bump)
        if named < numbers:
            raise ReleaseError(
                _("Version %(new)s is older than %(old)s.") % {"new": bump, "old": version}
            )
        return bump
    at = PARTS.index(bump)
    return ".".join(
        str(number if place < at else number + 1 if place == at else 0)
        for place, number in enumerate(numbers)
    )
