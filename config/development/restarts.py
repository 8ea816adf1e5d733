"""Before each start of a reloading `runserver` under VS Code: packages, merges, migrations, commit.

`manage.py` calls this before Django is loaded, so it uses the standard library only, and what it
installs is there for the start. Each step is a process of its own; one that fails is told and keeps
nobody from working.
"""

import hashlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

#: Set by VS Code: in its terminal, and for programs that it starts without one.
VS_CODE: Final = ("VSCODE_PID", "VSCODE_IPC_HOOK", "VSCODE_IPC_HOOK_CLI")
#: Of these, the first that is there is installed: it includes the other one.
REQUIREMENTS: Final = ("requirements-dev.txt", "requirements.txt")
ON: Final = frozenset({"1", "true", "yes", "on"})
MESSAGE: Final = "Migrations of two lines of work are merged"
DEPENDENCY: Final = re.compile(r"\(['\"](\w+)['\"], ['\"](\w+)['\"]\)")


def wanted(environment: Mapping[str, str], arguments: list[str]) -> bool:
    """Whether this process is the serving half of a reloading `runserver` under VS Code."""
    under_vs_code = environment.get("TERM_PROGRAM") == "vscode" or any(
        environment.get(name) for name in VS_CODE
    )
    return (
        arguments[1:2] == ["runserver"]
        and "--noreload" not in arguments
        and environment.get("RUN_MAIN") == "true"
        and environment.get("DJANGO_DEV_RELOAD", "").strip().lower() in ON
        and under_vs_code
    )


class Restart:
    """The steps in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def steps(self) -> None:
        """All of them; each says what it does, and none raises."""
        try:
            self.install()
            self.migrate()
        except (OSError, ValueError) as error:
            self.say(f"Left out: {error}")

    def say(self, text: str) -> None:
        """Tell the developer."""
        print(f"VS Code restart: {text}", flush=True)

    # --- packages ---------------------------------------------------------------------------

    def install(self) -> None:
        """Install the requirements when they have changed since they were installed last."""
        files = [self.folder / name for name in REQUIREMENTS if (self.folder / name).exists()]
        if not files:
            return
        digest = _digest(files)
        if self._noted("requirements") == digest:
            return
        self.say(f"installing the packages of {files[0].name}")
        done = self._run(
            *(sys.executable, "-m", "pip", "install", "--quiet", "--no-input"),
            *("--disable-pip-version-check", "-r", files[0].name),
        )
        if done.returncode:
            self.say(f"they could not be installed:\n{done.stderr.strip()[-2000:]}")
        else:
            self._note("requirements", digest)

    # --- migrations -------------------------------------------------------------------------

    def migrate(self) -> None:
        """Merge migrations of two lines of work and apply all, when one was added or changed."""
        digest = self._migrations_digest()
        if self._noted("migrations") == digest:
            return
        before = self._untracked()
        merging = self._manage("makemigrations", "--merge", "--noinput")
        made = sorted(self._untracked() - before)
        if merging.returncode:
            self.say(f"migrations could not be looked at:\n{merging.stderr.strip()[-2000:]}")
            return
        if made:
            self.say(f"made merge migrations: {', '.join(made)}")
        self.say("applying migrations")
        applied = self._manage("migrate", "--noinput", "--verbosity", "1")
        if applied.returncode:
            self.say(f"they could not be applied:\n{applied.stderr.strip()[-2000:]}")
            return
        self._note("migrations", self._migrations_digest())
        if made:
            self.commit(made)

    def _migrations_digest(self) -> str:
        # Another database has others applied.
        surroundings = f"{os.environ.get('POSTGRES_DB', '')}|{os.environ.get('SQLITE_PATH', '')}"
        files = sorted(self.folder.glob("*/migrations/*.py"))
        return _digest(files, surroundings)

    # --- git --------------------------------------------------------------------------------

    def commit(self, made: list[str]) -> None:
        """Commit these new files and no other, and push when nothing else would go with it."""
        if missing := self._not_committed(made):
            self.say(f"not committed: they need {', '.join(missing)}, which you have not committed")
            return
        ahead = self._ahead()
        if self._git("add", "--intent-to-add", "--", *made).returncode:
            self.say("not committed: git refused them")
            return
        done = self._git("commit", "--quiet", "--only", "--message", MESSAGE, "--", *made)
        if done.returncode:
            self._git("reset", "--quiet", "--", *made)
            self.say(f"not committed: {(done.stderr or done.stdout).strip()[-500:]}")
            return
        self.say(f"committed {', '.join(made)}")
        self._push(ahead)

    def _not_committed(self, made: Iterable[str]) -> list[str]:
        """The migrations that those depend on and that no commit has as they are."""
        missing = []
        for path in made:
            for app, name in DEPENDENCY.findall((self.folder / path).read_text()):
                needed = f"{app}/migrations/{name}.py"
                if (self.folder / needed).exists() and (
                    self._git("diff", "--quiet", "HEAD", "--", needed).returncode
                    or self._git("cat-file", "-e", f"HEAD:./{needed}").returncode
                ):
                    missing.append(needed)
        return missing

    def _ahead(self) -> int | None:
        """How many commits would be pushed; None where there is nowhere to push to."""
        counted = self._git("rev-list", "--count", "@{upstream}..HEAD")
        return int(counted.stdout) if counted.returncode == 0 else None

    def _push(self, ahead: int | None) -> None:
        if ahead is None:
            self.say("not pushed: the branch follows no other")
            return
        if ahead:
            self.say(f"not pushed: {ahead} commits of yours would go with it")
            return
        target = self._git("rev-parse", "--abbrev-ref", "@{upstream}").stdout.strip()
        remote, _, branch = target.partition("/")
        done = self._git("push", "--quiet", remote, f"HEAD:{branch}")
        if done.returncode:
            self.say(f"not pushed: {done.stderr.strip()[-500:]}")
        else:
            self.say(f"pushed to {target}")

    def _untracked(self) -> set[str]:
        listed = self._git(
            *("ls-files", "--others", "--exclude-standard", "-z", "--", "*/migrations/*.py")
        )
        return {name for name in listed.stdout.split("\0") if name}

    # --- what is done ------------------------------------------------------------------------

    def _manage(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return self._run(sys.executable, "manage.py", *arguments)

    def _git(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return self._run("git", *arguments)

    def _run(self, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(  # noqa: S603  (our own words)
            command,
            cwd=self.folder,
            # A remote that asks for a password must not keep the server from its start.
            env={**os.environ, "GIT_TERMINAL_PROMPT": "0"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    def _noted(self, what: str) -> str:
        try:
            return str(json.loads(self._notes().read_text()).get(what, ""))
        except (OSError, ValueError):
            return ""

    def _note(self, what: str, digest: str) -> None:
        path = self._notes()
        try:
            notes = json.loads(path.read_text())
        except (OSError, ValueError):
            notes = {}
        path.write_text(json.dumps({**notes, what: digest}))

    def _notes(self) -> Path:
        """Inside of git's own folder: of this clone, and never committed. Raises OSError."""
        found = self._git("rev-parse", "--git-path", "arthexis-restarts")
        if found.returncode:
            raise OSError(f"{self.folder} is no clone made by git")
        return self.folder / found.stdout.strip()


def _digest(files: Iterable[Path], more: str = "") -> str:
    digest = hashlib.sha256(more.encode())
    for path in files:
        digest.update(f"{path}\0".encode() + path.read_bytes())
    return digest.hexdigest()
