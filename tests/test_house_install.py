"""`install.sh` in a project of its own: what it asks of a machine and what it does again."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
NAMES = ("python3.13", "python3.12", "python3.11", "python3")
# What the script asks of a Python, answered by a stand-in.
STAND_IN = """#!/bin/sh
case "$2" in
*platform*) echo {version} ;;
*version_info*) exit {too_old} ;;
*ensurepip*) exit {no_venv} ;;
esac
"""
MANAGE = """
import os, sys
names = ("DEBUG", "SECURE_COOKIES", "ALLOWED_HOSTS")
print("manage.py", *sys.argv[1:], *(f"{n}={os.environ[n]}" for n in names if n in os.environ))
if "ensure_admin" in sys.argv and os.path.exists("no-admin"):
    sys.exit("there is a user named admin")
"""


class Project:
    """A folder with the script, and with stand-ins for what the script runs."""

    #: What the first run printed.
    first_run = ""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.bin = folder / "bin"
        self.bin.mkdir(parents=True)
        shutil.copy(ROOT / "install.sh", folder)
        (folder / "requirements.txt").touch()
        (folder / "requirements-dev.txt").touch()
        (folder / "manage.py").write_text(MANAGE)
        (folder / "pytest.py").write_text("import sys; print('pytest', *sys.argv[1:])")
        for name in NAMES:
            self.stand_in(name, "exit 127\n")

    def stand_in(self, name: str, text: str) -> None:
        path = self.bin / name
        path.unlink(missing_ok=True)
        path.write_text(text if text.startswith("#!") else f"#!/bin/sh\n{text}")
        path.chmod(0o755)

    def run(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        path = f"{self.bin}:/usr/bin:/bin"
        return subprocess.run(
            ["/bin/bash", "./install.sh", *arguments],
            cwd=self.folder,
            env={"PATH": path, "HOME": str(self.folder), "LC_ALL": "C.UTF-8", **variables},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )


@pytest.fixture
def bare(tmp_path: Path) -> Project:
    """A project on a machine without any usable Python."""
    return Project(tmp_path / "project")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project on a machine with this Python, its environment made once."""
    project = Project(tmp_path_factory.mktemp("machine") / "a project")
    os.remove(project.bin / "python3")
    (project.bin / "python3").symlink_to(sys.executable)
    done = project.run("--run")
    assert done.returncode == 0, done.stdout + done.stderr
    project.first_run = done.stdout
    return project


def test_help_explains_and_nonsense_fails(bare: Project) -> None:
    assert "--run [ADDRESS:PORT]" in bare.run("--help").stdout
    for arguments in ([], ["--serve"], ["--run", "1", "2"]):
        done = bare.run(*arguments)
        assert done.returncode != 0
        assert "--help" in done.stderr
    assert not (bare.folder / ".venv").exists()


def test_no_python_is_named_with_the_fix(bare: Project) -> None:
    done = bare.run("--run")
    assert done.returncode == 1
    assert "Python 3.11 or newer is needed, and no Python was found." in done.stderr
    assert "sudo apt-get install python3 python3-venv" in done.stderr


def test_a_too_old_python_is_named(bare: Project) -> None:
    bare.stand_in("python3", STAND_IN.format(version="3.9.2", too_old=1, no_venv=0))
    done = bare.run("--test")
    assert done.returncode == 1
    assert "needed, and python3 is Python 3.9.2." in done.stderr


@pytest.mark.parametrize("name", ["python3", "python3.12"])
def test_a_missing_venv_module_is_named_with_the_fix(bare: Project, name: str) -> None:
    bare.stand_in(name, STAND_IN.format(version="3.12.3", too_old=0, no_venv=1))
    done = bare.run("--run")
    assert done.returncode == 1
    assert f"sudo apt-get install {name}-venv\n" in done.stderr


def test_the_first_run_makes_everything_and_serves_on_loopback(project: Project) -> None:
    lines = project.first_run.splitlines()
    told = [line for line in lines if line.startswith("manage.py")]
    assert told == [
        "manage.py migrate --noinput --verbosity 0",
        "manage.py ensure_admin",
        "manage.py runserver 127.0.0.1:8000",
    ]
    assert any("Making .venv" in line for line in lines)


def test_a_second_run_installs_nothing(project: Project) -> None:
    done = project.run("--run", "8001")
    assert "Making" not in done.stdout
    assert "The packages of requirements.txt are installed" in done.stdout
    assert "manage.py runserver 8001" in done.stdout


def test_changed_requirements_are_installed(project: Project) -> None:
    (project.folder / "requirements.txt").write_text("# changed\n")
    assert "Installing the packages of requirements.txt" in project.run("--run").stdout
    assert "Installing" not in project.run("--run").stdout


def test_packages_that_cannot_be_installed_are_tried_again(project: Project) -> None:
    requirements = project.folder / "requirements.txt"
    requirements.write_text("./does-not-exist\n")
    for _ in range(2):
        done = project.run("--run")
        assert done.returncode == 1
        assert "does-not-exist" in done.stderr
        assert "The packages could not be installed" in done.stderr
        assert "manage.py" not in done.stdout
    requirements.write_text("")
    assert project.run("--run").returncode == 0


def test_an_environment_that_no_longer_works_is_made_again(bare: Project) -> None:
    os.remove(bare.bin / "python3")
    (bare.bin / "python3").symlink_to(sys.executable)
    (bare.folder / ".venv" / "bin").mkdir(parents=True)
    (bare.folder / ".venv" / "bin" / "python").symlink_to("/nowhere/python3")
    done = bare.run("--run")
    assert "no longer works: making it again" in done.stdout
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("address", ["127.0.0.1:8000", "localhost:8000", "[::1]:8000", "8000"])
def test_on_loopback_nothing_is_hardened(project: Project, address: str) -> None:
    assert project.run("--run", address).stdout.splitlines()[-1] == f"manage.py runserver {address}"


def test_on_a_network_debug_is_off_unless_somebody_decided(project: Project) -> None:
    last = project.run("--run", "0.0.0.0:8000").stdout.splitlines()[-1]
    assert last.startswith(
        "manage.py runserver 0.0.0.0:8000 DEBUG=0 SECURE_COOKIES=0 ALLOWED_HOSTS=localhost,"
    )
    decided = {"DEBUG": "1", "HTTPS": "1", "ALLOWED_HOSTS": "x"}
    last = project.run("--run", "0.0.0.0:8000", **decided).stdout.splitlines()[-1]
    assert last == "manage.py runserver 0.0.0.0:8000 DEBUG=1 ALLOWED_HOSTS=x"
    (project.folder / "envs").mkdir()
    (project.folder / "envs" / "node.env").write_text("DEBUG=0\nHTTPS=1\nALLOWED_HOSTS=y\n")
    last = project.run("--run", "0.0.0.0:8000").stdout.splitlines()[-1]
    assert last == "manage.py runserver 0.0.0.0:8000"


def test_a_node_without_a_new_administrator_is_served_all_the_same(project: Project) -> None:
    (project.folder / "no-admin").touch()
    done = project.run("--run")
    assert "manage.py runserver" in done.stdout
    assert "there is a user named admin" in done.stderr


def test_tests_run_on_all_processors_or_as_asked(project: Project) -> None:
    assert project.run("--test").stdout.splitlines()[-1] == "pytest -n auto --dist loadscope"
    last = project.run("--test", "accounts", "-k", "a b").stdout.splitlines()[-1]
    assert last == "pytest accounts -k a b"


def test_a_dry_run_tells_and_changes_nothing(bare: Project) -> None:
    os.remove(bare.bin / "python3")
    (bare.bin / "python3").symlink_to(sys.executable)
    before = sorted(bare.folder.rglob("*"))
    for arguments, told in [
        (["--run", "0.0.0.0:8000"], "Would serve on 0.0.0.0:8000"),
        (["--prepare"], "Would apply migrations"),
        (["--packages"], "Would install the packages of requirements.txt"),
        (["--test"], "Would install the packages of requirements-dev.txt"),
        (["--service", "constellation"], "ExecStart="),
    ]:
        done = bare.run("--dry-run", *arguments)
        assert done.returncode == 0, done.stderr
        assert told in done.stdout
        assert "Would make .venv" in done.stdout
        assert done.stdout.endswith("Nothing was changed\n")
    assert sorted(bare.folder.rglob("*")) == before
    assert bare.run("--dry-run").returncode == 2
    assert bare.run("--dry-run", "--nonsense").returncode == 2
    assert bare.run("--nonsense").returncode == 2


def test_the_packages_alone_are_installed(project: Project) -> None:
    (project.folder / "requirements.txt").write_text("# other ones\n")
    done = project.run("--packages")
    assert done.returncode == 0, done.stderr
    assert "Installing the packages of requirements.txt" in done.stdout
    assert "manage.py" not in done.stdout
