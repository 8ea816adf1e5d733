"""A package index on loopback: pypiserver, with a password for uploads."""

import base64
import hashlib
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import ocpp_venv
from tests.support.server import ROOT, START_LIMIT_S, ServerFailedError, free_port
from tests.support.services import missing, need

USER = "uploader"
PASSWORD = "a password; with $igns & 0x5EC12E7"


class PackageIndex:
    """The index, and the files that it has."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "packages"
        self.folder.mkdir()
        self.port = free_port()
        #: Takes uploads; what there is stands under `simple/`.
        self.url = f"http://127.0.0.1:{self.port}/"
        # htpasswd's oldest form, which needs no program to write it.
        digest = base64.b64encode(hashlib.sha1(PASSWORD.encode(), usedforsecurity=False).digest())
        self._passwords = folder / "htpasswd"
        self._passwords.write_text(f"{USER}:{{SHA}}{digest.decode()}\n")
        self._log = folder / "index.log"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> "PackageIndex":
        """Start it and return when it answers."""
        python = ocpp_venv.python_with("index", ROOT / "tests/support/index-requirements.txt")
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [
                    *(str(python), "-m", "pypiserver", "run", "-i", "127.0.0.1", "-p"),
                    *(str(self.port), "-a", "update", "-P", str(self._passwords)),
                    *("--disable-fallback", "--hash-algo", "sha256", str(self.folder)),
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        deadline = time.monotonic() + START_LIMIT_S
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise ServerFailedError(f"no index:\n{self._log.read_text()}")
            time.sleep(0.02)  # between two attempts to connect
        return self

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}simple/", timeout=5):  # noqa: S310  (our own)
                return True
        except (urllib.error.URLError, OSError):
            return False

    def stop(self) -> None:
        """End it."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(20)

    def names(self) -> list[str]:
        """The files that were uploaded."""
        return sorted(path.name for path in self.folder.iterdir())

    def empty(self) -> None:
        """Forget what was uploaded."""
        for path in self.folder.iterdir():
            path.unlink()


@pytest.fixture(scope="session")
def package_index_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PackageIndex]:
    """The index of the run."""
    need("git")
    index = PackageIndex(tmp_path_factory.mktemp("index"))
    try:
        index.start()
    except ocpp_venv.CannotInstallError as error:
        missing(str(error))
    yield index
    index.stop()


@pytest.fixture
def package_index(package_index_process: PackageIndex) -> PackageIndex:
    """The index, empty."""
    package_index_process.empty()
    return package_index_process
