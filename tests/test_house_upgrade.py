"""`upgrade.sh` in clones of a project: whatever happens, nothing is lost.

git, the scripts, pip and the signals are real here; `manage.py` is a stand-in whose database is a
file. `tests/test_upgrade.py` does the same with the real one.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.db import connection

from tests.support import small_packages
from tests.support.services import need

ROOT = Path(__file__).resolve().parent.parent
pytestmark = pytest.mark.skipif(
    connection.vendor != "sqlite", reason="the same on every database: done once, on SQLite"
)
LIMIT_S = 60
#: What a test may change: a program with a schema, and a database with what was applied of it.
MANAGE = """
import pathlib, shutil, signal, sys
schema = pathlib.Path("schema").read_text()
database = pathlib.Path("db.sqlite3")
name, *rest = sys.argv[1:]
with open("logs/manage.log", "a") as log:
    print(name, *rest, file=log)
if name == "migrate" and "--check" in rest:
    sys.exit(database.read_text() != schema)
if name == "migrate":
    database.write_text("half of it")
    if "wait" in schema:
        pathlib.Path("logs/waits").touch()
        signal.pause()
    if "broken" in schema:
        sys.exit("the migration is broken")
    database.write_text(schema)
if name == "backup":
    pathlib.Path("backups").mkdir(exist_ok=True)
    number = len(list(pathlib.Path("backups").iterdir()))
    shutil.copy(database, f"backups/{number}.zip")
    print(f"Backup: backups/{number}.zip (0.1 MB)")
if name == "restore" and "--dry-run" not in rest:
    shutil.copy(rest[-1], database)
if name == "ready" and "unready" in schema:
    sys.exit("Not ready")
"""


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", *arguments],
        cwd=folder,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


ENVIRONMENT = {
    **{name: value for name, value in os.environ.items() if not name.startswith("GIT_")},
    **{f"GIT_{who}_NAME": "Ana" for who in ("AUTHOR", "COMMITTER")},
    **{f"GIT_{who}_EMAIL": "ana@example.com" for who in ("AUTHOR", "COMMITTER")},
    "GIT_CONFIG_GLOBAL": os.devnull,
    "LC_ALL": "C.UTF-8",
}


class Node:
    """A clone that is served, and the repository from which its new versions come."""

    def __init__(self, folder: Path) -> None:
        self.author, self.origin, self.folder = (
            folder / name for name in ("author", "origin.git", "a node")
        )
        self.units = folder / "units"
        self.units.mkdir()
        git(folder, "init", "-q", "--initial-branch=main", str(self.author))
        (self.author / "logs").mkdir()
        (self.author / "logs" / ".gitkeep").touch()
        for name in ("install.sh", "upgrade.sh", ".gitignore"):
            shutil.copy(ROOT / name, self.author)
        files = {
            "manage.py": MANAGE,
            "schema": "1\n",
            "requirements.txt": "",
            "requirements-dev.txt": "-r requirements.txt\n",
            "page.html": "".join(f"line {number}\n" for number in range(30)),
        }
        self.write(self.author, **{name.replace(".", "__"): text for name, text in files.items()})
        git(self.author, "add", ".")
        git(self.author, "commit", "-qm", "The first version")
        git(folder, "clone", "-q", "--bare", str(self.author), str(self.origin))
        git(folder, "clone", "-q", "--local", str(self.origin), str(self.folder))
        git(self.author, "remote", "add", "origin", str(self.origin))
        (self.folder / "db.sqlite3").write_text("1\n")
        self.first = self.head()

    @staticmethod
    def write(folder: Path, **files: str) -> None:
        for name, text in files.items():
            (folder / name.replace("__", ".")).write_text(text)

    def publish(self, **files: str) -> str:
        """A new version in the origin; a name's `__` is a dot."""
        self.write(self.author, **files)
        git(self.author, "add", ".")
        git(self.author, "commit", "-qm", "A new version")
        git(self.author, "push", "-q", "origin", "main")
        return git(self.author, "rev-parse", "HEAD").strip()

    def head(self) -> str:
        return git(self.folder, "rev-parse", "HEAD").strip()

    def environment(self) -> dict[str, str]:
        return {**ENVIRONMENT, "PYTHON": sys.executable, "SYSTEMD_UNITS": str(self.units)}

    def upgrade(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["./upgrade.sh", *arguments],
            cwd=self.folder,
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=LIMIT_S,
            check=False,
        )

    def state(self) -> dict[str, object]:
        """All that must not be lost: version, files, what is staged and not, stash, database."""
        ours = [
            path
            for path in self.folder.rglob("*")
            if path.is_file() and not {".git", ".venv", "logs", "backups"} & set(path.parts)
        ]
        return {
            "head": self.head(),
            "status": git(self.folder, "status", "--porcelain"),
            "staged": git(self.folder, "diff", "--cached"),
            "stash": git(self.folder, "stash", "list"),
            "files": {path.relative_to(self.folder): path.read_bytes() for path in ours},
        }

    def manage_log(self) -> list[str]:
        return (self.folder / "logs" / "manage.log").read_text().splitlines()


@pytest.fixture
def node(tmp_path: Path) -> Node:
    """A node at the first version."""
    need("git")
    return Node(tmp_path)


def work_here(node: Node) -> None:
    """Somebody has changed, staged and added files, in a folder with a blank and an accent too."""
    page = node.folder / "page.html"
    page.write_text(page.read_text().replace("line 3\n", "line three\n"))
    git(node.folder, "add", "page.html")
    page.write_text(page.read_text().replace("line 20\n", "line twenty\n"))
    (node.folder / "notes of año").mkdir()
    (node.folder / "notes of año" / "añadir.txt").write_text("mine")


def test_help_and_nonsense(node: Node) -> None:
    assert "Usage: ./upgrade.sh" in node.upgrade("--help").stdout
    for arguments in (["--nonsense"], ["--within"], ["--within", "soon"]):
        done = node.upgrade(*arguments)
        assert done.returncode == 2, done.stderr
    assert not (node.folder / "logs" / "manage.log").exists()


def test_a_clean_node_gets_the_new_version(node: Node) -> None:
    new = node.publish(schema="2\n")
    done = node.upgrade()
    assert done.returncode == 0, done.stdout + done.stderr
    assert node.head() == new
    assert (node.folder / "db.sqlite3").read_text() == "2\n"
    assert (node.folder / "backups" / "0.zip").read_text() == "1\n"
    assert [line.split()[0] for line in node.manage_log()] == [
        *("migrate", "backup", "restore", "migrate", "ready"),
    ]
    again = node.upgrade()
    assert again.returncode == 0
    assert "The database is up to date" in again.stdout


def test_local_changes_stay_as_they_were(node: Node) -> None:
    work_here(node)
    before = node.state()
    new = node.publish(schema="2\n", other="x")
    done = node.upgrade()
    assert done.returncode == 0, done.stdout + done.stderr
    after = node.state()
    assert node.head() == new
    for what in ("status", "staged", "stash"):
        assert after[what] == before[what], what
    assert "line three" in (node.folder / "page.html").read_text()
    assert "line twenty" in (node.folder / "page.html").read_text()
    assert (node.folder / "notes of año" / "añadir.txt").read_text() == "mine"


@pytest.mark.parametrize("kind", ["changed line", "new file"])
def test_a_conflict_is_told_and_takes_all_back(node: Node, kind: str) -> None:
    work_here(node)
    if kind == "changed line":
        page = (node.author / "page.html").read_text().replace("line 3\n", "line III\n")
        node.publish(page__html=page)
        name = "page.html"
    else:
        (node.folder / "other").write_text("mine")
        node.publish(other="theirs")
        name = "other"
    before = node.state()
    done = node.upgrade()
    assert done.returncode == 4, done.stdout + done.stderr
    assert f"in:\n    {name}\n" in done.stderr
    assert node.state() == before
    assert not (node.folder / "logs" / "manage.log").exists()


@pytest.mark.parametrize("schema", ["broken", "unready"])
def test_what_fails_is_taken_back(node: Node, schema: str) -> None:
    work_here(node)
    before = node.state()
    node.publish(schema=f"{schema}\n", other="x")
    done = node.upgrade()
    assert done.returncode == 3, done.stdout + done.stderr
    assert "All is as before" in done.stdout
    assert node.state() == before
    assert (node.folder / "db.sqlite3").read_text() == "1\n"


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["ctrl-c", "sigterm"]
)
def test_broken_off_it_takes_all_back(node: Node, number: signal.Signals, code: int) -> None:
    work_here(node)
    before = node.state()
    node.publish(schema="wait\n")
    process = subprocess.Popen(
        ["./upgrade.sh"],
        cwd=node.folder,
        env=node.environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    deadline = time.monotonic() + LIMIT_S
    while not (node.folder / "logs" / "waits").exists():
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.02)  # between two looks
    os.killpg(process.pid, number)  # as a terminal does
    output, _ = process.communicate(timeout=LIMIT_S)
    assert process.returncode == code, output
    assert "Broken off by" in output
    assert node.state() == before
    assert (node.folder / "db.sqlite3").read_text() == "1\n"


def test_a_dry_run_tells_and_changes_nothing(node: Node) -> None:
    work_here(node)
    before = node.state()
    node.publish(schema="2\n", requirements__txt="# more\n")
    done = node.upgrade("--dry-run")
    assert done.returncode == 0, done.stderr
    for told in (
        "A new version",
        "page.html",
        "Packages would be installed",
        "Nothing was changed",
    ):
        assert told in done.stdout
    assert node.state() == before
    assert not (node.folder / "logs" / "manage.log").exists()


def test_what_it_cannot_know_what_to_do_with_is_left_alone(node: Node) -> None:
    work_here(node)
    git(node.folder, "switch", "-qc", "mine")
    assert "follows no other" in node.upgrade().stderr
    git(node.folder, "switch", "-q", "--detach")
    assert "HEAD is detached" in node.upgrade().stderr
    git(node.folder, "switch", "-q", "main")
    git(node.folder, "stash", "-qu")
    (node.folder / "own").touch()
    git(node.folder, "add", "own")
    git(node.folder, "commit", "-qm", "My own work")
    node.publish(schema="2\n")
    before = node.state()
    done = node.upgrade()
    assert done.returncode == 1
    assert "My own work" in done.stderr
    assert node.state() == before


def test_new_packages_are_installed_and_taken_back(node: Node, tmp_path: Path) -> None:
    python = small_packages.environment(node.folder / ".venv")
    package = small_packages.wheel(tmp_path, "tiny_package")
    node.publish(requirements__txt=f"{package}\n", schema="2\n")
    done = node.upgrade()
    assert done.returncode == 0, done.stdout + done.stderr
    subprocess.run([python, "-c", "import tiny_package"], check=True)
    before = node.state()
    node.publish(requirements__txt=f"{tmp_path}/missing-1.0-py3-none-any.whl\n", schema="3\n")
    done = node.upgrade()
    assert done.returncode == 3, done.stdout + done.stderr
    assert "The packages could not be installed" in done.stderr
    assert node.state() == before
    subprocess.run([python, "-c", "import tiny_package"], check=True)


# --- with a service ------------------------------------------------------------------------------

SYSTEMCTL = """#!/bin/sh
echo "$@" >>{log}
case $1 in restart) exec {restart} ;; esac
"""


def serve_it(node: Node, restart: str = "true") -> Path:
    """The node is a service that runs; `restart` is what its start comes to."""
    log = node.units / "systemctl.log"
    (node.units / "node.service").write_text(
        f"# Arthexis Constellation in {node.folder}\n[Service]\n"
        "ExecStart=python manage.py serve --supervise --host 0.0.0.0 --port 8123\n"
    )
    for name, text in {
        "systemctl": SYSTEMCTL.format(log=log, restart=restart),
        "id": "#!/bin/sh\necho 0\n",
        "runuser": '#!/bin/sh\nshift 3\nexec "$@"\n',
    }.items():
        path = node.units / name
        path.write_text(text)
        path.chmod(0o755)
    return log


def as_root(node: Node) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["./upgrade.sh"],
        cwd=node.folder,
        env={**node.environment(), "PATH": f"{node.units}:{os.environ['PATH']}"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )


def test_the_service_stands_still_while_the_database_changes(node: Node) -> None:
    log = serve_it(node)
    node.publish(schema="2\n")
    done = as_root(node)
    assert done.returncode == 0, done.stdout + done.stderr
    assert [line for line in log.read_text().splitlines() if "is-active" not in line] == [
        "stop node.service",
        "restart node.service",
    ]
    assert "ready --url http://127.0.0.1:8123 --within 60" in node.manage_log()


def test_a_service_that_is_not_ready_goes_back_to_the_former_version(node: Node) -> None:
    log = serve_it(node)
    before = node.state()
    node.publish(schema="unready\n")
    done = as_root(node)
    assert done.returncode == 3, done.stdout + done.stderr
    assert node.state() == before
    # What the new version has stored is kept, too.
    assert (node.folder / "backups" / "1.zip").read_text() == "unready\n"
    told = [line for line in log.read_text().splitlines() if "is-active" not in line]
    assert told == [f"{word} node.service" for word in ("stop", "restart", "stop", "restart")]


def test_a_service_that_does_not_start_at_all_is_told(node: Node) -> None:
    serve_it(node, restart="false")
    node.publish(schema="2\n")
    done = as_root(node)
    assert done.returncode == 5, done.stdout + done.stderr
    assert "journalctl -u node.service" in done.stderr
    assert node.head() == node.first
    assert (node.folder / "db.sqlite3").read_text() == "1\n"
