"""`install.sh --service`: what it asks, what it tells systemd, and that systemd understands it."""

import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.fixtures import ServerMaker
from tests.support.server import ROOT
from tests.support.services import need
from tests.test_house_install import Project

NAME = "constellation"
#: What `systemd-analyze security` may find at most: 10 is a service without any protection.
EXPOSURE = 3.0
SYSTEMCTL = """
echo "$@" >>{folder}/systemctl.log
case $1 in cat) exit {other} ;; restart) exit {restart} ;; esac
"""
# As the real one: the command after the options, as another user.
RUNUSER = 'echo "as $2" >>{folder}/runuser.log; shift 3; exec "$@"\n'


@pytest.fixture
def machine(tmp_path: Path) -> Project:
    """A machine with systemd, seen by root; the project is alice's."""
    project = Project(tmp_path / "a project")
    os.remove(project.bin / "python3")
    (project.bin / "python3").symlink_to(sys.executable)
    (project.folder / "config").mkdir()
    (project.folder / "config" / "apps.py").touch()
    (project.folder / "units").mkdir()
    systemctl(project)
    project.stand_in("runuser", RUNUSER.format(folder=quoted(project.folder)))
    project.stand_in("id", "echo 0\n")
    project.stand_in("stat", "echo alice\n")
    return project


def quoted(path: Path) -> str:
    return f"'{path}'"


def systemctl(project: Project, *, other: int = 1, restart: int = 0) -> None:
    """A stand-in: whether there is such a unit already, and whether the service starts (0)."""
    project.stand_in(
        "systemctl",
        SYSTEMCTL.format(folder=quoted(project.folder), other=other, restart=restart),
    )


def install(project: Project, *arguments: str) -> subprocess.CompletedProcess[str]:
    return project.run("--service", *arguments, SYSTEMD_UNITS=str(project.folder / "units"))


def told(project: Project) -> list[str]:
    """What systemctl was told."""
    return (project.folder / "systemctl.log").read_text().splitlines()


def unit(project: Project) -> str:
    return (project.folder / "units" / f"{NAME}.service").read_text()


def test_it_installs_enables_and_starts(machine: Project) -> None:
    done = install(machine, NAME)
    assert done.returncode == 0, done.stdout + done.stderr
    assert told(machine)[-3:] == [
        "daemon-reload",
        f"enable {NAME}.service",
        f"restart {NAME}.service",
    ]
    assert (machine.folder / "runuser.log").read_text() == "as alice\n"
    told_manage = [line for line in done.stdout.splitlines() if line.startswith("manage.py")]
    assert told_manage == [
        "manage.py migrate --noinput --verbosity 0",
        "manage.py ensure_admin",
        "manage.py collectstatic --noinput --verbosity 0",
    ]
    text = unit(machine)
    for line in [
        "User=alice",
        "Restart=always",
        "ProtectSystem=strict",
        "NoNewPrivileges=yes",
        "LimitNOFILE=65536",
        "ExecReload=/bin/kill -HUP $MAINPID",
        f"WorkingDirectory={machine.folder}",
        f'ExecStart="{machine.folder}/.venv/bin/python" manage.py serve --supervise ',
    ]:
        assert line in text.splitlines(), line
    assert (machine.folder / "envs" / "zz-service.env").read_text() == "DEBUG=0\n"


def test_again_it_changes_what_is_asked_and_keeps_what_was_decided(machine: Project) -> None:
    (machine.folder / "envs").mkdir()
    decided = "DEBUG=0\nexport ALLOWED_HOSTS=charge.example.com\nHTTPS=1\nLOGS_DIR=/var/log/node\n"
    (machine.folder / "envs" / "node.env").write_text(decided)
    assert install(machine, NAME).returncode == 0
    done = install(machine, NAME, "--host", "0.0.0.0", "--port", "443")  # noqa: S104
    assert done.returncode == 0, done.stderr
    text = unit(machine)
    assert "manage.py serve --supervise --host 0.0.0.0 --port 443\n" in text
    assert "CapabilityBoundingSet=CAP_NET_BIND_SERVICE\n" in text
    assert f'ReadWritePaths="{machine.folder}" "/var/log/node"\n' in text
    assert not (machine.folder / "envs" / "zz-service.env").exists()
    assert told(machine).count(f"restart {NAME}.service") == 2


def test_on_a_network_without_https_it_can_be_used(machine: Project) -> None:
    assert install(machine, NAME, "--host=0.0.0.0").returncode == 0
    debug, cookies, hosts = (machine.folder / "envs/zz-service.env").read_text().splitlines()
    assert (debug, cookies) == ("DEBUG=0", "SECURE_COOKIES=0")
    assert hosts.startswith("ALLOWED_HOSTS=localhost,127.0.0.1,[::1],")


@pytest.mark.parametrize("name", ["", "a b", "../x", "x.service", "-x", "1st", "a" * 64])
def test_a_name_that_cannot_be_is_refused(machine: Project, name: str) -> None:
    done = install(machine, name)
    assert done.returncode == 1
    assert "A service has a name of letters" in done.stderr
    assert not (machine.folder / ".venv").exists()


def test_the_name_of_another_service_is_refused(machine: Project) -> None:
    systemctl(machine, other=0)
    done = install(machine, "ssh")
    assert "There is another service named ssh" in done.stderr
    (machine.folder / "units" / f"{NAME}.service").write_text("[Unit]\nDescription=mine\n")
    done = install(machine, NAME)
    assert done.returncode == 1
    assert f"There is another service named {NAME}" in done.stderr
    assert "Description=mine" in unit(machine)


def test_what_systemd_would_read_in_its_own_way_is_refused(machine: Project) -> None:
    done = install(machine, NAME, "--host", "$HOME;x")
    assert done.returncode == 1
    assert "This cannot be an option of a service: $HOME;x" in done.stderr


def test_it_needs_root_and_says_so(machine: Project) -> None:
    machine.stand_in("id", "echo 1000\n")
    done = install(machine, NAME, "--port", "9000")
    assert done.returncode == 1
    assert f"Run: sudo ./install.sh --service {NAME} --port 9000" in done.stderr


def test_it_does_not_serve_as_root(machine: Project) -> None:
    machine.stand_in("stat", "echo root\n")
    done = install(machine, NAME)
    assert done.returncode == 1
    assert f"sudo chown -R {NAME}: " in done.stderr
    assert not (machine.folder / ".venv").exists()


def test_a_service_that_does_not_start_is_told(machine: Project) -> None:
    systemctl(machine, restart=1)
    done = install(machine, NAME)
    assert done.returncode == 1
    assert f"journalctl -u {NAME}" in done.stderr


@pytest.fixture
def printed(machine: Project, tmp_path: Path) -> Path:
    """The unit as it is shown, in a file."""
    python = machine.folder / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    shutil.copy("/bin/true", python)
    machine.stand_in("stat", "echo daemon\n")
    machine.stand_in("id", "echo 1000\n")
    done = machine.run("--print-service", NAME, "--workers", "2")
    assert done.returncode == 0, done.stderr
    assert not (machine.folder / "systemctl.log").exists()
    path = tmp_path / f"{NAME}.service"
    path.write_text(done.stdout)
    return path


def analyze(*arguments: str) -> str:
    need("systemd")
    done = subprocess.run(
        ["systemd-analyze", *arguments], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_systemd_understands_the_unit(printed: Path) -> None:
    assert analyze("verify", str(printed)).strip() == ""


def test_the_service_can_do_little_harm(printed: Path) -> None:
    found = analyze("security", "--offline=true", "--no-pager", str(printed))
    level = re.search(r"exposure level for .*?: ([0-9.]+)", found)
    assert level
    assert float(level[1]) <= EXPOSURE


def test_the_command_of_the_unit_really_serves(make_server: ServerMaker) -> None:
    """What stands after ExecStart=, as systemd would start it, until it says that it is ready."""
    need("systemd")
    if not (ROOT / ".venv" / "bin" / "python").exists():
        pytest.skip("the project has no .venv: ./install.sh --test makes it")
    node = make_server()
    printed = subprocess.run(
        ["./install.sh", "--print-service", NAME, "--port", str(node.port)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    ).stdout
    values = dict(line.split("=", 1) for line in printed.splitlines() if "=" in line)
    assert values["Type"] == "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        address = str(node.folder / "notify")
        systemd.bind(address)
        systemd.settimeout(90)
        process = subprocess.Popen(
            shlex.split(values["ExecStart"]),
            cwd=values["WorkingDirectory"],
            env={**node.environment, "NOTIFY_SOCKET": address},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            while b"READY=1" not in systemd.recv(4096):
                pass
            assert node.request("GET", "/health/ready")[1]["status"] == "ready"
        finally:
            process.send_signal(getattr(signal, values["KillSignal"]))
            code = process.wait(60)
    assert code == 0
