"""What the tests of a release share: an index, and a small package in a repository of its own."""

import subprocess
from pathlib import Path

import pytest

from release import Package
from tests.support.package_index import package_index, package_index_process
from tests.support.services import need

__all__ = ["package_index", "package_index_process"]

PROJECT = """
[project]
name = "toy-car"
dynamic = ["version"]
readme = "README.md"
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"
[tool.hatch.version]
path = "VERSION"
pattern = "(?P<version>\\\\S+)"
[tool.hatch.build.targets.wheel]
packages = ["toy_car"]
"""
FILES = {
    "pyproject.toml": PROJECT,
    "README.md": "# A toy\n",
    "VERSION": "0.1.0\n",
    "CHANGELOG.md": "# Changes\n\n## Unreleased\n\n- It honks.\n\n## 0.0.9 (2026-01-01)\n",
    ".gitignore": "dist/\n",
    "toy_car/__init__.py": "HONK = 1\n",
}


class Toy:
    """A package, its repository, and the remote that its branch follows."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "toy"
        self.remote = folder / "remote.git"
        self.folder.mkdir()
        self.package = Package("toy-car", folder=self.folder)
        self.git("init", "--quiet", "--initial-branch", "main")
        self.git("config", "user.name", "Somebody")
        self.git("config", "user.email", "somebody@example.com")
        for name, text in FILES.items():
            self.write(name, text)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", "A toy")
        self.git("init", "--quiet", "--bare", "--initial-branch", "main", str(self.remote))
        self.git("remote", "add", "origin", str(self.remote))
        self.git("push", "--quiet", "--set-upstream", "origin", "main")

    def git(self, *words: str) -> str:
        return subprocess.run(
            ["git", *words], cwd=self.folder, capture_output=True, text=True, check=True, timeout=60
        ).stdout.strip()

    def write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)

    def read(self, name: str) -> str:
        return (self.folder / name).read_text()

    def everything(self) -> dict[str, object]:
        """What a release could change: files, references here and at the remote."""
        files = sorted(path for path in self.folder.rglob("*") if path.is_file())
        return {
            "files": {str(p): p.read_bytes() for p in files if ".git" not in p.parts},
            "status": self.git("status", "--porcelain"),
            "references": self.git("for-each-ref"),
            "remote": self.git("ls-remote", "origin"),
        }


@pytest.fixture
def toy(tmp_path: Path) -> Toy:
    """A new one."""
    need("git")
    return Toy(tmp_path)


@pytest.fixture(autouse=True)
def nobody_signed_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """Credentials of whoever runs the tests are not used."""
    for name in ("PYPI_API_TOKEN", "TWINE_USERNAME", "TWINE_PASSWORD", "TWINE_REPOSITORY_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
