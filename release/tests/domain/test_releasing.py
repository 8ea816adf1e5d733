"""A small package is released to a real index: what goes wrong changes nothing, or goes on."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from release import Credentials, Package
from release.domain.errors import ReleaseError
from release.domain.repository import Repository
from release.tests.conftest import Toy
from release.utils import build
from tests.support.package_index import PASSWORD, USER, PackageIndex

pytestmark = pytest.mark.skipif(
    connection.vendor != "sqlite", reason="no release asks a database: once, on SQLite"
)
GOOD = Credentials(username=USER, password=PASSWORD)
BUILT = ["toy_car-0.1.1-py2.py3-none-any.whl", "toy_car-0.1.1.tar.gz"]

#: What this process has started, while somebody listens. A hook cannot be taken away again.
_started: list[list[str]] | None = None


def _hear(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "subprocess.Popen" and _started is not None:
        _started.append([str(word) for word in arguments[1]])


sys.addaudithook(_hear)


@pytest.fixture
def started() -> Iterator[list[list[str]]]:
    """The command lines of all programs that are started."""
    global _started
    _started = []
    yield _started
    _started = None


def release(toy: Toy, index: PackageIndex, **options: Any) -> list[str]:
    told: list[str] = []
    options = {"all": True, "credentials": GOOD, "tell": told.append, **options}
    build(toy.package, repository_url=index.url, **options)
    return told


def refused(toy: Toy, index: PackageIndex, **options: Any) -> str:
    """The sentence with which it is refused; nothing has changed."""
    before = toy.everything()
    with pytest.raises(ReleaseError) as caught:
        release(toy, index, **options)
    assert toy.everything() == before
    return str(caught.value)


def test_a_wrong_password_changes_nothing_and_the_right_one_releases(
    toy: Toy, package_index: PackageIndex, started: list[list[str]]
) -> None:
    wrong = Credentials(username=USER, password="not-this-one-0x5EC12E7")
    assert refused(toy, package_index, credentials=wrong) == (
        f"{package_index.url} refuses the password or token of {USER}; nothing was changed."
    )
    assert package_index.names() == []
    told = release(toy, package_index)
    assert [line for line in told if line.startswith("[")] == [
        "[1/6] Version 0.1.0 becomes 0.1.1",
        "[2/6] Building toy-car 0.1.1 from a clean copy",
        "[3/6] Checking what was built",
        f"[4/6] Uploading to {package_index.url}",
        "[5/6] Committing version 0.1.1",
        "[6/6] Tagging v0.1.1",
    ]
    assert package_index.names() == BUILT
    assert toy.read("VERSION") == "0.1.1\n"
    assert "## Unreleased\n\n## 0.1.1 (20" in toy.read("CHANGELOG.md")
    assert toy.git("status", "--porcelain") == ""
    assert toy.git("log", "-1", "--format=%s", "v0.1.1") == "Release 0.1.1"
    at_the_remote = toy.git("ls-remote", "origin")
    assert toy.git("rev-parse", "HEAD") in at_the_remote
    assert "refs/tags/v0.1.1" in at_the_remote
    assert "refs/arthexis" not in toy.git("for-each-ref")
    # Twice more: the version exists, and nothing new is written down.
    toy_files = {"dist": True, "twine": True, "all": False}
    assert "0.1.1 already, and never takes a version twice" in refused(
        toy, package_index, **toy_files
    )
    assert "“Unreleased” is empty" in refused(toy, package_index)
    spoken = "\n".join([*told, *(word for command in started for word in command)])
    assert "twine" in spoken
    assert PASSWORD not in spoken
    assert wrong.password not in spoken


def test_what_was_cut_short_goes_on(toy: Toy, package_index: PackageIndex) -> None:
    def until(words: str) -> Callable[[str], None]:
        def tell(text: str) -> None:
            if words in text:
                raise KeyboardInterrupt

        return tell

    before = toy.everything()["files"]
    with pytest.raises(KeyboardInterrupt):
        release(toy, package_index, tell=until("Uploading"))
    with pytest.raises(KeyboardInterrupt):
        release(toy, package_index, tell=until("Committing"))
    assert package_index.names() == BUILT
    after = {n: b for n, b in toy.everything()["files"].items() if "/dist/" not in n}  # type: ignore[attr-defined]
    assert after == before
    # One of the two files did not arrive.
    (package_index.folder / BUILT[1]).unlink()
    told = release(toy, package_index)
    assert told[0] == "Going on with version 0.1.1."
    assert told.count("      was done before") == 2  # the version, the build
    assert package_index.names() == BUILT
    assert toy.git("describe", "--tags") == "v0.1.1"
    assert toy.read("VERSION") == "0.1.1\n"


def test_other_files_of_the_version_are_not_taken_for_ours(
    toy: Toy, package_index: PackageIndex
) -> None:
    (package_index.folder / BUILT[0]).write_bytes(b"somebody else's")
    sentence = refused(toy, package_index)
    assert sentence == (
        f"{package_index.url} has toy-car 0.1.1 already, and never takes a version twice."
    )
    assert refused(toy, package_index, dry_run=True) == sentence


def test_a_dirty_tree_is_refused(toy: Toy, package_index: PackageIndex) -> None:
    toy.write("toy_car/__init__.py", "HONK = 2\n")
    toy.write("a new file", "")
    sentence = refused(toy, package_index)
    assert sentence.startswith("Not committed: toy_car/__init__.py, ")
    assert "a new file" in sentence


def test_what_others_have_pushed_comes_first(
    toy: Toy, package_index: PackageIndex, tmp_path: Any
) -> None:
    toy.git("clone", "--quiet", str(toy.remote), str(tmp_path / "other"))
    other = ["-C", str(tmp_path / "other"), "-c", "user.name=O", "-c", "user.email=o@example.com"]
    toy.git(*other, "commit", "--quiet", "--allow-empty", "--message", "Theirs")
    toy.git(*other, "push", "--quiet")
    assert "origin has commits that are not here" in refused(toy, package_index)


def test_without_credentials_nothing_begins(toy: Toy, package_index: PackageIndex) -> None:
    assert "set PYPI_API_TOKEN, or TWINE_USERNAME and TWINE_PASSWORD" in refused(
        toy, package_index, credentials=None
    )


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("https://ana:p@127.0.0.1/", "An address holds no password"),
        ("ftp://127.0.0.1/", "is no address of an index"),
        ("http://127.0.0.1:9/", "cannot be asked"),
    ],
)
def test_an_index_that_cannot_be_is_named(
    toy: Toy, package_index: PackageIndex, url: str, sentence: str
) -> None:
    before = toy.everything()
    with pytest.raises(ReleaseError, match=sentence):
        build(toy.package, GOOD, all=True, repository_url=url, tell=lambda _: None)
    assert toy.everything() == before


def test_a_dry_run_tells_and_changes_nothing(toy: Toy, package_index: PackageIndex) -> None:
    before = toy.everything()
    told = release(toy, package_index, dry_run=True, bump="minor", credentials=None)
    assert told[0] == "[1/6] Version 0.1.0 becomes 0.2.0"
    assert "Credentials for" in told[-2]
    assert told[-1] == "That was a dry run: nothing was changed."
    assert toy.everything() == before


def test_steps_one_by_one(toy: Toy, package_index: PackageIndex) -> None:
    def step(**options: Any) -> str:
        return build(toy.package, tell=lambda _: None, **options)

    assert step(bump="1.0.0") == "1.0.0"
    assert toy.read("VERSION") == "1.0.0\n"
    with pytest.raises(ReleaseError, match=r"Not committed: CHANGELOG\.md, VERSION"):
        step(tag=True)
    step(git=True)
    assert toy.git("log", "-1", "--format=%s") == "Release 1.0.0"
    with pytest.raises(ReleaseError, match="dist/ has nothing that was built from this commit"):
        release(toy, package_index, all=False, twine=True)
    step(tag=True)
    assert "refs/tags/v1.0.0" in toy.git("ls-remote", "origin")
    with pytest.raises(ReleaseError, match="add --git"):
        step(bump=True, tag=True)
    with pytest.raises(ReleaseError, match="is tagged already"):
        step(bump="1.0.0", git=True)


def test_a_branch_that_lacks_what_was_uploaded_is_told_what_to_merge(
    toy: Toy, package_index: PackageIndex
) -> None:
    repository = Repository(toy.folder)
    commit = repository.prepare(repository.head, {"VERSION": "0.1.1\n"}, "Release 0.1.1")
    (package_index.folder / BUILT[0]).write_bytes(b"uploaded from there")
    toy.git("commit", "--quiet", "--allow-empty", "--message", "Meanwhile")
    sentence = refused(toy, package_index)
    assert f"0.1.1 was uploaded from {commit[:12]}, which the branch lacks" in sentence
    # Of a release that came to nothing, nothing is wanted any more.
    package_index.empty()
    assert release(toy, package_index, dry_run=True)[0] == "[1/6] Version 0.1.0 becomes 0.1.1"


def test_a_package_that_cannot_be_built_changes_nothing_on_the_branch(
    toy: Toy, package_index: PackageIndex
) -> None:
    toy.write("pyproject.toml", "[project]\n")
    toy.git("commit", "--quiet", "--all", "--message", "Broken")
    toy.git("push", "--quiet")
    before = toy.git("rev-parse", "HEAD"), toy.read("VERSION")
    with pytest.raises(ReleaseError, match="The build failed: "):
        release(toy, package_index)
    assert (toy.git("rev-parse", "HEAD"), toy.read("VERSION")) == before
    assert toy.git("status", "--porcelain") == ""


def test_only_a_clone_is_released(tmp_path: Path) -> None:
    with pytest.raises(ReleaseError, match="is no git repository: a release is made in a clone"):
        build(Package("toy-car", folder=tmp_path), git=True)
