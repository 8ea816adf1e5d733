"""The changelog: what has gathered under “Unreleased” gets the version and the date."""

import re
from datetime import date

from release.domain.errors import ReleaseError
from release.domain.words import gettext as _

#: The heading of what is not released: “Unreleased”, or a version that says so of itself.
_OPEN = re.compile(r"^## +(?:\[?unreleased\]?|[^\n]*\(not released yet\)) *$", re.I | re.M)
_HEADING = re.compile(r"^## ", re.M)
OPEN_HEADING = "## Unreleased"


def released(text: str, version: str, day: date) -> str:
    """The changelog after the release, with an empty section on top for what comes next.

    Raises ReleaseError where nothing is written down, or `version` has a section already.
    """
    found = _OPEN.search(text)
    if found is None:
        raise ReleaseError(
            _("The changelog has no section “%(heading)s”: add one with what is new.")
            % {"heading": OPEN_HEADING}
        )
    if re.search(
        rf"^## +\[?{re.escape(version)}\]?(?! *\(not released yet\))(?![\w.])", text, re.M
    ):
        raise ReleaseError(
            _("The changelog has a section for version %(version)s already.") % {"version": version}
        )
    following = _HEADING.search(text, found.end())
    if not text[found.end() : following.start() if following else None].strip():
        raise ReleaseError(
            _("The changelog's section “%(heading)s” is empty: write down what is new.")
            % {"heading": found[0].removeprefix("## ").strip()}
        )
    heading = f"{OPEN_HEADING}\n\n## {version} ({day.isoformat()})"
    return text[: found.start()] + heading + text[found.end() :]
