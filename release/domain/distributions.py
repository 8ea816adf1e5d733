"""The files that are uploaded: built from a clean copy of a commit, and checked.

`dist/SHA256SUMS` says from which commit they are and what they must contain, so that nothing older
or changed is uploaded, and a run that goes on need not build again.
"""

import hashlib
import shutil
import tempfile
from pathlib import Path

from release.domain import tools
from release.domain.errors import ReleaseError
from release.domain.packages import Package
from release.domain.repository import Repository
from release.domain.running import run
from release.domain.words import gettext as _

SUMS = "SHA256SUMS"
BUILD_LIMIT_S = 600


def build(package: Package, repository: Repository, commit: str, version: str) -> list[Path]:
    """Build the source archive, and from it the wheel. Returns both. Raises ReleaseError.

    The same commit always gives the same bytes: all times in them are that of the commit.
    """
    with tempfile.TemporaryDirectory(prefix="release-") as name:
        copy, made = Path(name) / "copy", Path(name) / "dist"
        repository.copy(commit, copy)
        done = run(
            tools.build("--no-isolation", "--outdir", str(made), str(copy)),
            copy,
            limit_s=BUILD_LIMIT_S,
            environ={"SOURCE_DATE_EPOCH": str(repository.time_s(commit))},
        )
        if done.code:
            raise ReleaseError(_("The build failed: %(why)s") % {"why": done.told})
        files = sorted(made.iterdir())
        beginning = f"{package.name.replace('-', '_')}-{version}"
        if len(files) != 2 or not all(file.name.startswith(beginning) for file in files):
            raise ReleaseError(
                _("The build made %(files)s, and not %(wanted)s: look at pyproject.toml.")
                % {"files": ", ".join(file.name for file in files), "wanted": beginning}
            )
        package.dist.mkdir(exist_ok=True)
        built = [Path(shutil.copy(file, package.dist)) for file in files]
    lines = [f"# commit {commit}", *(f"{_digest(file)}  {file.name}" for file in built)]
    (package.dist / SUMS).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return built


def built(package: Package, commit: str) -> list[Path]:
    """The files that are there and were built from `commit`, unchanged; none otherwise."""
    try:
        first, *lines = (package.dist / SUMS).read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError):
        return []
    if first != f"# commit {commit}":
        return []
    wanted = {package.dist / name: digest for digest, name in (line.split("  ") for line in lines)}
    whole = all(file.exists() and _digest(file) == digest for file, digest in wanted.items())
    return sorted(wanted) if whole else []


def check(files: list[Path]) -> None:
    """Have Twine look at what the index will look at. Raises ReleaseError."""
    done = run(tools.twine("check", "--strict", *(str(file) for file in files)), files[0].parent)
    if done.code:
        raise ReleaseError(_("twine check found: %(why)s") % {"why": done.told})


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def remove(package: Package, files: list[Path]) -> None:
    """Remove what was built."""
    for file in (*files, package.dist / SUMS):
        file.unlink(missing_ok=True)
    if package.dist.is_dir() and not any(package.dist.iterdir()):
        package.dist.rmdir()
