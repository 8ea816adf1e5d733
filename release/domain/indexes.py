"""A package index: where it takes uploads, what it has, and who may upload.

The addresses of the public index and its twin for tests are those that Twine knows.
"""

import base64
import hashlib
import os
import re
import urllib.error
import urllib.request
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit, urlunsplit

from release.domain.errors import ReleaseError
from release.domain.packages import TOKEN_USER, Credentials
from release.domain.running import Done, run
from release.domain.tools import twine
from release.domain.words import gettext as _

ASK_LIMIT_S = 30
UPLOAD_LIMIT_S = 900


@dataclass(frozen=True)
class Index:
    """Where a package goes."""

    #: The address that takes uploads.
    upload_url: str
    #: The address under which each package has its page (the “simple” interface).
    simple_url: str
    #: What people call it.
    name: str

    @classmethod
    def public(cls, *, test: bool = False) -> "Index":
        """The public one, or its twin for tests."""
        from twine.utils import DEFAULT_REPOSITORY, TEST_REPOSITORY

        name = "TestPyPI" if test else "PyPI"
        return cls.at(TEST_REPOSITORY if test else DEFAULT_REPOSITORY, name=name)

    @classmethod
    def at(cls, upload_url: str, simple_url: str = "", name: str = "") -> "Index":
        """The one that takes uploads there. Raises ReleaseError for what is no such address."""
        for url in (upload_url, simple_url or upload_url):
            parts = urlsplit(url)
            if parts.scheme not in ("http", "https") or not parts.hostname:
                raise ReleaseError(
                    _("%(url)s is no address of an index: it begins with https://.") % {"url": url}
                )
            if parts.username or parts.password:
                raise ReleaseError(
                    _("An address holds no password: give it as TWINE_USERNAME and TWINE_PASSWORD.")
                )
        return cls(upload_url, simple_url or _simple_of(upload_url), name or upload_url)

    def credentials(self) -> Credentials:
        """Those of the environment, else of the keyring. Raises ReleaseError without any."""
        found = Credentials.from_environment()
        if found is not None:
            return found
        username = os.environ.get("TWINE_USERNAME", "") or TOKEN_USER
        password = _from_keyring(self.upload_url, username)
        if not password:
            raise ReleaseError(
                _(
                    "Credentials for %(index)s are missing: set PYPI_API_TOKEN, or TWINE_USERNAME "
                    "and TWINE_PASSWORD, or store them in the keyring."
                )
                % {"index": self.name}
            )
        if username == TOKEN_USER:
            return Credentials(token=password)
        return Credentials(username=username, password=password)

    def files(self, package: str, credentials: Credentials | None) -> dict[str, str]:
        """The files that the index has of a package, each with its digest (`sha256=…`).

        Raises ReleaseError when the index does not tell.
        """
        page = f"{self.simple_url.rstrip('/')}/{re.sub(r'[-_.]+', '-', package).lower()}/"
        text = self._read(page, None)
        if text is None and credentials is not None:
            text = self._read(page, credentials)
        if text is None:
            raise ReleaseError(
                _("%(index)s does not tell what it has: it wants other credentials.")
                % {"index": self.name}
            )
        links = _Links()
        links.feed(text)
        found = {}
        for link in links.found:
            parts = urlsplit(urljoin(page, link))
            found[unquote(parts.path.rsplit("/", 1)[-1])] = parts.fragment
        return found

    def _read(self, page: str, credentials: Credentials | None) -> str | None:
        """The page; empty where there is none, None where it is not for us."""
        request = urllib.request.Request(page, headers={"Accept": "text/html"})  # noqa: S310
        if credentials is not None:
            pair = f"{credentials.user}:{credentials.secret}".encode()
            # Not repeated to whoever a redirect names.
            request.add_unredirected_header(
                "Authorization", f"Basic {base64.b64encode(pair).decode()}"
            )
        try:
            # Only http and https: Index.at has looked.
            with urllib.request.urlopen(request, timeout=ASK_LIMIT_S) as answer:  # noqa: S310  # nosec B310
                text: str = answer.read().decode("utf-8", "replace")
                return text
        except urllib.error.HTTPError as error:
            with error:
                if error.code == 404:
                    return ""
                if error.code in (401, 403):
                    return None
                why = f"{error.code} {error.reason}"
        except (OSError, ValueError) as error:
            why = str(getattr(error, "reason", error))
        raise ReleaseError(
            _("%(index)s cannot be asked (%(why)s): try again when it can be reached.")
            % {"index": self.name, "why": why}
        )

    def upload(self, files: list[Path], credentials: Credentials) -> Done:
        """Have Twine upload the files. Its password goes through its environment alone."""
        nowhere = "/dev/null"  # nobody's ~/.pypirc: credentials come from one place
        return run(
            twine(
                *("upload", "--disable-progress-bar", "--config-file", nowhere),
                *("--repository-url", self.upload_url, *(str(file) for file in files)),
            ),
            files[0].parent,
            limit_s=UPLOAD_LIMIT_S,
            environ={
                "TWINE_USERNAME": credentials.user,
                "TWINE_PASSWORD": credentials.secret,
                "TWINE_NON_INTERACTIVE": "1",
                "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
            },
            secrets=[credentials.secret],
        )


def same(file: Path, digest: str) -> bool:
    """Whether the file has that digest, such as `sha256=…`. Unknown ways to digest: no."""
    way, _sign, value = digest.partition("=")
    if not value or way not in hashlib.algorithms_guaranteed or way.startswith("shake"):
        return False
    own = hashlib.new(way, file.read_bytes(), usedforsecurity=False).hexdigest()
    return own == value.lower()


def _simple_of(upload_url: str) -> str:
    """Where the packages of an index stand that takes uploads there."""
    parts = urlsplit(upload_url)
    place = parts.netloc.removeprefix("upload.")
    path = re.sub(r"/legacy/?$", "", parts.path).rstrip("/")
    return urlunsplit((parts.scheme, place, f"{path}/simple/", "", ""))


def _from_keyring(url: str, username: str) -> str:
    try:
        import keyring
        from keyring.errors import KeyringError
    except ImportError:
        return ""
    try:
        return keyring.get_password(url, username) or ""
    except (KeyringError, RuntimeError):
        return ""


class _Links(HTMLParser):
    """The addresses that a page links to."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value for name, value in attrs if tag == "a" and name == "href" and value]
