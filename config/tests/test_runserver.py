"""`runserver` as a process: what it prints is what it serves."""

import os
import re
import signal
import sqlite3
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from websockets import Subprotocol
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from tests.support.databases import SqliteDatabase
from tests.support.server import ROOT

LIMIT_S = 60


class RunServer:
    """`manage.py runserver` with arguments, until it has said all that it says at its start."""

    def __init__(self, folder: Path, *arguments: str, **variables: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "runserver", *arguments],
            cwd=ROOT,
            env={
                **{k: v for k, v in os.environ.items() if k != "DJANGO_DEV_RELOAD"},
                **SqliteDatabase(folder / "node.sqlite3").environment,
                "SECRET_KEY": "only-for-tests-" + "x" * 50,
                "LOGS_DIR": str(folder / "logs"),
                "PYTHONUNBUFFERED": "1",
                "DEBUG": "1",
                "LANGUAGE_CODE": "en",
                **variables,
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.lines: list[str] = []
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))
            if line.startswith("Quit"):
                break

    def url(self, start: str) -> str:
        (line,) = [line for line in self.lines if line.startswith(start)]
        return line.removeprefix(start).strip()

    def end(self) -> int:
        self.process.terminate()
        try:
            return self.process.wait(LIMIT_S)
        finally:
            self.process.kill()
            assert self.process.stdout is not None
            self.process.stdout.close()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a migrated database."""
    folder = tmp_path_factory.mktemp("runserver")
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "-v", "0"],
        cwd=ROOT,
        env={**os.environ, **SqliteDatabase(folder / "node.sqlite3").environment},
        check=True,
        timeout=LIMIT_S,
    )
    return folder


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[RunServer]:
    """A server on a port that the system chose."""
    running = RunServer(folder, "127.0.0.1:0")
    yield running
    running.end()


def test_tells_the_address_that_is_bound(server: RunServer) -> None:
    site = server.url("Site available at")
    assert re.fullmatch(r"http://127\.0\.0\.1:[1-9]\d*/", site)
    sockets = site.replace("http", "ws", 1)
    assert server.url("Admin available at") == f"{site}admin/"
    told = [line for line in server.lines if line.startswith("WebSocket")]
    assert told == [
        f"WebSocket available at {sockets}ws/echo/",
        f"WebSocket available at {sockets}ws/live/",
        f"WebSocket available at {sockets}ws/events/",
        f"WebSocket available at {sockets}ws/ocpp/<charger_id>/",
    ]
    assert not any("WARNING" in line for line in server.lines)


def test_serves_what_it_tells(server: RunServer) -> None:
    admin = server.url("Admin available at")
    with urllib.request.urlopen(admin, timeout=LIMIT_S) as response:  # noqa: S310  (our own)
        page = response.read().decode()
    assert "csrfmiddlewaretoken" in page
    (style,) = re.findall(r'href="([^"]+/base\.[^"]*css)"', page)
    address = server.url("Site available at").rstrip("/") + style
    with urllib.request.urlopen(address, timeout=LIMIT_S) as response:  # noqa: S310
        assert response.status == 200


def test_its_websockets_answer(server: RunServer) -> None:
    told = [line.rpartition(" ")[2] for line in server.lines if line.startswith("WebSocket")]
    [echo] = [address for address in told if address.endswith("/ws/echo/")]
    [charger] = [address for address in told if "<charger_id>" in address]
    with connect(echo, open_timeout=LIMIT_S) as socket:
        socket.send("hello")
        assert socket.recv(timeout=LIMIT_S) == "hello"
    with connect(
        charger.replace("<charger_id>", "CP1"),
        subprotocols=[Subprotocol("ocpp1.6")],
        open_timeout=LIMIT_S,
    ) as socket:
        assert socket.subprotocol == "ocpp1.6"
        socket.send('[2,"1","Heartbeat",{}]')
        assert str(socket.recv(timeout=LIMIT_S)).startswith('[3,"1",{"currentTime":')


def test_ipv6_and_the_warning_for_debug_on_a_network(folder: Path) -> None:
    running = RunServer(folder, "[::]:0")
    assert re.fullmatch(r"http://\[::\]:[1-9]\d*/", running.url("Site available at"))
    assert any(re.fullmatch(r".* ws://\[::\]:\d+/ws/echo/", line) for line in running.lines)
    assert any("DEBUG is on" in line for line in running.lines)
    running.end()


def test_a_taken_port_is_named_with_what_to_do(server: RunServer, folder: Path) -> None:
    port = server.url("Site available at").rsplit(":", 1)[1].rstrip("/")
    for reload in ("0", "1"):
        second = RunServer(folder, f"127.0.0.1:{port}", DJANGO_DEV_RELOAD=reload)
        assert second.process.wait(LIMIT_S) != 0
        second.end()
        text = "\n".join(second.lines)
        assert f"Cannot listen on 127.0.0.1, port {port}: " in text
        assert "Address already in use" in text
        assert "Traceback" not in text


def children(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()


@pytest.mark.parametrize(("variable", "watchers"), [("0", 0), ("1", 1)])
def test_reloads_only_when_asked(folder: Path, variable: str, watchers: int) -> None:
    """Django's reloader is a parent process that watches and a child that serves."""
    running = RunServer(folder, "127.0.0.1:0", DJANGO_DEV_RELOAD=variable)
    assert len(children(running.process.pid)) == watchers
    running.end()


def test_ends_on_a_signal(folder: Path) -> None:
    running = RunServer(folder, "127.0.0.1:0")
    assert running.end() in {0, -15}


@pytest.mark.parametrize("variable", ["0", "1"])
def test_control_c_leaves_nobody_connected(folder: Path, variable: str) -> None:
    """A terminal sends SIGINT to the process that serves and to the one that watches."""
    running = RunServer(folder, "127.0.0.1:0", DJANGO_DEV_RELOAD=variable)
    address = running.url("Site available at").replace("http", "ws", 1)
    with connect(f"{address}STAYS", open_timeout=LIMIT_S) as socket:
        assert owner(folder, "STAYS")
        pids = [running.process.pid, *map(int, children(running.process.pid))]
        for pid in pids:
            os.kill(pid, signal.SIGINT)
        with pytest.raises(ConnectionClosed) as closed:
            socket.recv(timeout=LIMIT_S)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1012
    assert running.process.wait(LIMIT_S) == 0
    running.end()
    assert owner(folder, "STAYS") == ""


def owner(folder: Path, charger_id: str) -> str:
    with closing(sqlite3.connect(folder / "node.sqlite3")) as database:
        query = "SELECT owner FROM ocpp_charger WHERE charger_id = ?"
        (found,) = database.execute(query, [charger_id]).fetchone()
        return str(found)


STUCK = """
import django
django.setup()
import threading
from config.management.commands import runserver
threading.Thread(target=threading.Event().wait).start()
runserver._end_within(0.2, 3)
"""


def test_a_stuck_thread_does_not_keep_the_process_alive() -> None:
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings"}
    done = subprocess.run([sys.executable, "-c", STUCK], cwd=ROOT, env=environment, timeout=LIMIT_S)
    assert done.returncode == 3
