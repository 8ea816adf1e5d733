"""The programs that build and upload, which a node itself does not need."""

import sys
from importlib.util import find_spec

from release.domain.errors import ReleaseError
from release.domain.words import gettext as _

NEEDED = ("build", "hatchling", "twine")


def check() -> None:
    """Raises ReleaseError when one is missing, with what to install."""
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        raise ReleaseError(
            _("Not installed: %(names)s. Run pip install -r requirements-dev.txt.")
            % {"names": ", ".join(missing)}
        )


def build(*words: str) -> list[str]:
    """The command line of `build`."""
    return [sys.executable, "-m", "build", *words]


def twine(*words: str) -> list[str]:
    """The command line of Twine."""
    return [sys.executable, "-m", "twine", *words]
