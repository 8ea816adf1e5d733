"""What is released, and who uploads it."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from release.domain.errors import ReleaseError
from release.domain.words import gettext as _

#: The user name that goes with a token.
TOKEN_USER = "__token__"  # noqa: S105  (a name, no secret)


@dataclass(frozen=True)
class Package:
    """A package that is built from a git repository."""

    name: str
    description: str = ""
    #: The repository, with `pyproject.toml` at its top.
    folder: Path = field(default_factory=Path.cwd)
    version_file: str = "VERSION"
    changelog: str = "CHANGELOG.md"

    @property
    def dist(self) -> Path:
        """Where the built files lie."""
        return self.folder / "dist"


@dataclass(frozen=True)
class Credentials:
    """A token, or a user name and a password. Never shown: their `repr` is without secrets."""

    token: str = field(default="", repr=False)
    username: str = ""
    password: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        """Raises ReleaseError for half of them, or both kinds at once."""
        if self.token and (self.password or self.username not in ("", TOKEN_USER)):
            raise ReleaseError(
                _("Credentials are a token, or a user name and a password, not both.")
            )
        if not self.token and not (self.username and self.password):
            raise ReleaseError(_("Credentials are a token, or a user name and a password."))

    @property
    def user(self) -> str:
        """The user name that the index is told."""
        return TOKEN_USER if self.token else self.username

    @property
    def secret(self) -> str:
        """The token or the password."""
        return self.token or self.password

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> "Credentials | None":
        """`PYPI_API_TOKEN`, or `TWINE_USERNAME` and `TWINE_PASSWORD`; None without them."""
        if token := environ.get("PYPI_API_TOKEN", ""):
            return cls(token=token)
        password = environ.get("TWINE_PASSWORD", "")
        if not password:
            return None
        username = environ.get("TWINE_USERNAME", "") or TOKEN_USER
        if username == TOKEN_USER:
            return cls(token=password)
        return cls(username=username, password=password)


DEFAULT_PACKAGE = Package(
    name="arthexis",
    description="An electric-vehicle charging network: OCPP 1.6J, people, cards and energy",
    folder=Path(__file__).resolve().parents[2],
)
