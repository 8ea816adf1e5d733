"""What a restart under VS Code does, in a clone of its own with a small Django project."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection

from config.development.restarts import MESSAGE, Restart, wanted
from tests.support import small_packages
from tests.support.services import need

pytestmark = pytest.mark.skipif(
    connection.vendor != "sqlite", reason="no database of ours: done once, on SQLite"
)
MANAGE = """
import os, sys
from django.conf import settings
settings.configure(
    INSTALLED_APPS=["shop"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "db.sqlite3"}},
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    USE_TZ=True,
)
from django.core.management import execute_from_command_line
execute_from_command_line(sys.argv)
"""
MODELS = """
from django.db import models
class Thing(models.Model):
    a = models.IntegerField(default=0)
    b = models.IntegerField(default=0)
"""
MIGRATION = """
from django.db import migrations, models
class Migration(migrations.Migration):
    dependencies = [{dependency}]
    operations = [{operation}]
"""
CREATE = "migrations.CreateModel('Thing', [('id', models.BigAutoField(primary_key=True))])"
ADD = "migrations.AddField('Thing', '{name}', models.IntegerField(default=0))"
MERGE = "shop/migrations/0003_merge_0002_a_0002_b.py"
ON = {"DJANGO_DEV_RELOAD": "1", "RUN_MAIN": "true", "TERM_PROGRAM": "vscode"}
RUNSERVER = ["manage.py", "runserver"]


class Clone:
    """A clone in which somebody works, and its origin."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.origin = folder / "clone", folder / "origin.git"
        self.folder.mkdir()
        self.git("init", "-q", "--initial-branch=main")
        self.write("manage.py", MANAGE)
        self.write(".gitignore", "db.sqlite3\n__pycache__/\n")
        self.write("shop/__init__.py", "")
        self.write("shop/models.py", MODELS)
        self.write("shop/migrations/__init__.py", "")
        self.migration("0001_initial", "", CREATE)
        self.migration("0002_a", "('shop', '0001_initial')", ADD.format(name="a"))
        self.git("add", ".")
        self.git("commit", "-qm", "The first")
        self.git("clone", "-q", "--bare", ".", str(self.origin))
        self.git("remote", "add", "origin", str(self.origin))
        self.git("fetch", "-q")
        self.git("branch", "-q", "--set-upstream-to=origin/main")

    def git(self, *arguments: str) -> str:
        done = subprocess.run(
            ["git", *arguments], cwd=self.folder, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def migration(self, name: str, dependency: str, operation: str) -> None:
        text = MIGRATION.format(dependency=dependency, operation=operation)
        self.write(f"shop/migrations/{name}.py", text)

    def second_line(self, *, commit: bool = True, push: bool = True) -> None:
        """Somebody else's migration beside ours."""
        self.migration("0002_b", "('shop', '0001_initial')", ADD.format(name="b"))
        if commit:
            self.git("add", "shop")
            self.git("commit", "-qm", "Another line")
        if push:
            self.git("push", "-q", "origin", "main")

    def head(self) -> str:
        return self.git("rev-parse", "HEAD")

    def pushed(self) -> str:
        return self.git("--git-dir", str(self.origin), "rev-parse", "main")


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Clone:
    """A clone whose origin has all that it has."""
    need("git")
    for name in [name for name in os.environ if name.startswith(("GIT_", "DJANGO_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    for who in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{who}_NAME", "Ana")
        monkeypatch.setenv(f"GIT_{who}_EMAIL", "ana@example.com")
    return Clone(tmp_path)


def test_a_merge_is_made_applied_committed_alone_and_pushed(
    clone: Clone, capsys: pytest.CaptureFixture[str]
) -> None:
    clone.second_line()
    clone.write("shop/models.py", f"{MODELS}# being worked on\n")
    clone.write("staged.txt", "staged")
    clone.git("add", "staged.txt")
    clone.write("staged.txt", "staged, and changed since")
    clone.write("new.txt", "new")
    before = clone.git("status", "--porcelain"), clone.git("diff", "--cached"), clone.git("diff")
    Restart(clone.folder).steps()
    told = capsys.readouterr().out
    for line in ("made merge migrations", "applying", "committed", "pushed to origin/main"):
        assert line in told
    assert clone.git("show", "--name-only", "--format=%s", "HEAD").split("\n\n") == [
        MESSAGE,
        f"{MERGE}\n",
    ]
    after = clone.git("status", "--porcelain"), clone.git("diff", "--cached"), clone.git("diff")
    assert after == before
    assert clone.pushed() == clone.head()
    head = clone.head()
    Restart(clone.folder).steps()  # nothing is left to do, and nothing is said
    assert capsys.readouterr().out == ""
    assert clone.head() == head


def test_what_others_need_first_is_not_committed(
    clone: Clone, capsys: pytest.CaptureFixture[str]
) -> None:
    clone.second_line(commit=False, push=False)
    head = clone.head()
    Restart(clone.folder).steps()
    assert "not committed: they need shop/migrations/0002_b.py" in capsys.readouterr().out
    assert clone.head() == head
    assert (clone.folder / MERGE).exists()
    assert clone.git("diff", "--cached") == ""


def test_commits_of_ones_own_are_not_pushed(
    clone: Clone, capsys: pytest.CaptureFixture[str]
) -> None:
    clone.second_line(push=False)
    pushed = clone.pushed()
    Restart(clone.folder).steps()
    assert "not pushed: 1 commits of yours would go with it" in capsys.readouterr().out
    assert clone.git("log", "-1", "--format=%s") == f"{MESSAGE}\n"
    assert clone.pushed() == pushed


def test_without_a_way_out_it_says_so_and_goes_on(
    clone: Clone, capsys: pytest.CaptureFixture[str]
) -> None:
    clone.second_line()
    clone.git("remote", "set-url", "origin", "/nowhere/at/all")
    Restart(clone.folder).steps()
    assert "not pushed: fatal: '/nowhere/at/all'" in capsys.readouterr().out
    assert clone.git("log", "-1", "--format=%s") == f"{MESSAGE}\n"


def test_a_program_that_cannot_be_loaded_is_told(
    clone: Clone, capsys: pytest.CaptureFixture[str]
) -> None:
    clone.write("shop/models.py", "import nowhere_at_all\n")
    Restart(clone.folder).steps()
    assert "No module named 'nowhere_at_all'" in capsys.readouterr().out


def test_changed_requirements_are_installed_once(
    clone: Clone,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    python = small_packages.environment(tmp_path / "venv")
    monkeypatch.setattr(sys, "executable", str(python))
    package = small_packages.wheel(tmp_path, "tiny_package")
    clone.write("requirements.txt", "./missing-1.0-py3-none-any.whl\n")
    Restart(clone.folder).install()
    assert "they could not be installed" in capsys.readouterr().out
    clone.write("requirements.txt", f"{package}\n")
    Restart(clone.folder).install()
    assert "installing the packages of requirements.txt" in capsys.readouterr().out
    subprocess.run([sys.executable, "-c", "import tiny_package"], check=True)
    Restart(clone.folder).install()
    assert capsys.readouterr().out == ""


def test_only_under_vs_code_and_only_when_asked() -> None:
    assert wanted(ON, RUNSERVER)
    assert wanted({**ON, "TERM_PROGRAM": "tmux", "VSCODE_PID": "7"}, [*RUNSERVER, "8001"])
    for environment, arguments in [
        ({**ON, "TERM_PROGRAM": "gnome-terminal"}, RUNSERVER),
        ({**ON, "DJANGO_DEV_RELOAD": "0"}, RUNSERVER),
        ({name: value for name, value in ON.items() if name != "DJANGO_DEV_RELOAD"}, RUNSERVER),
        ({name: value for name, value in ON.items() if name != "RUN_MAIN"}, RUNSERVER),
        (ON, [*RUNSERVER, "--noreload"]),
        (ON, ["manage.py", "migrate"]),
        ({}, ["manage.py"]),
    ]:
        assert not wanted(environment, arguments)
