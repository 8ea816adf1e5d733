"""The git repository of a package: what is committed, and the commit of a release.

A release is prepared as a commit that no branch has yet: neither the branch nor the files change
until the package is uploaded. A reference keeps it, so that a run that was ended can be taken up.
"""

import tempfile
from collections.abc import Mapping
from pathlib import Path

from release.domain.errors import ReleaseError
from release.domain.running import run
from release.domain.words import gettext as _

#: Keeps the commit of a release that is not finished.
PREPARED = "refs/arthexis/release"


class Repository:
    """A clone with a branch checked out."""

    def __init__(self, folder: Path) -> None:
        """Raises ReleaseError where there is none, or `folder` is not its top."""
        self.folder = folder
        top = run(["git", "rev-parse", "--show-toplevel"], folder) if folder.is_dir() else None
        if top is None or top.code or Path(top.output.strip()) != folder.resolve():
            raise ReleaseError(
                _("%(folder)s is no git repository: a release is made in a clone.")
                % {"folder": folder}
            )

    def git(self, *words: str, text: str | None = None, index: str = "") -> str:
        """What git says. Raises ReleaseError with its own words when it fails."""
        environ = {"GIT_INDEX_FILE": index} if index else {}
        done = run(["git", *words], self.folder, environ=environ, text=text, limit_s=300)
        if done.code:
            raise ReleaseError(
                _("git %(deed)s failed: %(why)s") % {"deed": words[0], "why": done.told}
            )
        return done.output.strip()

    def maybe(self, *words: str) -> str:
        """What git says, or nothing where it fails."""
        done = run(["git", *words], self.folder, limit_s=300)
        return "" if done.code else done.output.strip()

    # --- facts ----------------------------------------------------------------------------------

    @property
    def head(self) -> str:
        """The commit that is checked out."""
        return self.git("rev-parse", "--verify", "HEAD^{commit}")

    @property
    def branch(self) -> str:
        """The branch that is checked out. Raises ReleaseError where there is none."""
        name = self.maybe("symbolic-ref", "--short", "HEAD")
        if not name:
            raise ReleaseError(_("No branch is checked out: git switch to the one to release."))
        return name

    def dirty(self) -> list[str]:
        """The files that differ from the commit, and those that git does not know."""
        told = self.git("-c", "core.quotePath=false", "status", "--porcelain")
        return [line.strip().split(maxsplit=1)[1] for line in told.splitlines() if line.strip()]

    def file(self, commit: str, path: str) -> str:
        """A file of a commit. Raises ReleaseError."""
        return self.git("show", f"{commit}:{path}") + "\n"

    def parent(self, commit: str) -> str:
        """The commit before it."""
        return self.maybe("rev-parse", "--verify", "--quiet", f"{commit}^")

    def time_s(self, commit: str) -> int:
        """When it was made (seconds since 1970)."""
        return int(self.git("show", "--no-patch", "--format=%ct", commit))

    def prepared(self) -> str:
        """The commit of a release that is not finished, or nothing."""
        return self.maybe("rev-parse", "--verify", "--quiet", PREPARED)

    def tagged(self, tag: str) -> str:
        """The commit of a tag, or nothing."""
        return self.maybe("rev-parse", "--verify", "--quiet", f"refs/tags/{tag}^{{commit}}")

    def contains(self, commit: str) -> bool:
        """Whether the branch has it."""
        done = run(["git", "merge-base", "--is-ancestor", commit, "HEAD"], self.folder)
        return done.code == 0

    def upstream(self) -> tuple[str, str] | None:
        """The remote and the reference there that the branch follows."""
        branch = self.branch
        remote = self.maybe("config", f"branch.{branch}.remote")
        there = self.maybe("config", f"branch.{branch}.merge")
        return (remote, there) if remote and there else None

    def check_upstream(self) -> None:
        """Raises ReleaseError when others have pushed what is not here."""
        if (following := self.upstream()) is None:
            return
        told = self.git("ls-remote", following[0], following[1])
        if told and not self.maybe("cat-file", "-t", told.split()[0]):
            raise ReleaseError(
                _("%(remote)s has commits that are not here: run git pull, and this again.")
                % {"remote": following[0]}
            )

    # --- deeds ----------------------------------------------------------------------------------

    def prepare(self, parent: str, files: Mapping[str, str], message: str) -> str:
        """A commit after `parent` with these files changed, which only `PREPARED` keeps."""
        with tempfile.TemporaryDirectory() as folder:
            index = str(Path(folder) / "index")
            self.git("read-tree", parent, index=index)
            for path, text in files.items():
                mode = self.git("ls-tree", parent, path).split()[0]
                blob = self.git("hash-object", "-w", "--stdin", text=text)
                self.git("update-index", "--cacheinfo", f"{mode},{blob},{path}", index=index)
            tree = self.git("write-tree", index=index)
        commit = self.git("commit-tree", tree, "-p", parent, "-m", message)
        self.git("update-ref", PREPARED, commit)
        return commit

    def forget_prepared(self) -> None:
        """Let go of the commit of a release."""
        if self.prepared():
            self.git("update-ref", "-d", PREPARED)

    def land(self, commit: str) -> None:
        """Move the branch, and the files, to the commit that follows it. Raises ReleaseError."""
        self.git("merge", "--ff-only", "--quiet", commit)

    def copy(self, commit: str, folder: Path) -> None:
        """What is committed there, as files in the new `folder`."""
        with tempfile.TemporaryDirectory() as own:
            index = str(Path(own) / "index")
            self.git("read-tree", commit, index=index)
            self.git("checkout-index", "--all", f"--prefix={folder}/", index=index)

    def push(self, *references: str) -> None:
        """Push them to the remote that the branch follows, all or none. Raises ReleaseError."""
        following = self.upstream()
        if following is None:
            raise ReleaseError(_("The branch follows no remote."))
        self.git("push", "--atomic", "--quiet", following[0], *references)
