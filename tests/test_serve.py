"""The production server as processes: workers, their deaths and their ends.

`RESTARTS=50` makes the rolling restarts under load longer (docs/proofs.md):

    RESTARTS=50 .venv/bin/python -m pytest tests/test_serve.py -k rolling
"""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from websockets.sync.client import connect

from tests.support.databases import Database, PostgresDatabase, SqliteDatabase
from tests.support.fixtures import ServerMaker
from tests.support.fleet import ChargePoint, fleet
from tests.support.processes import children
from tests.support.server import ROOT, ServerFailedError, ServerProcess
from tests.support.wire import Wire, connected
from tests.test_runserver import ACTION, CHARGER, operator_token, owners, wait_for

RESTARTS = int(os.environ.get("RESTARTS", "3"))
#: What a worker may take to start or to drain, on a busy machine (s).
PATIENCE_S = 60
#: What an end may take where little is connected (s).
END_LIMIT_S = 12

SUPERVISED = ["--supervise"]
TWO = ["--workers", "2"]


#: SQLite is for one process only.
ON_POSTGRESQL = pytest.mark.parametrize("migrated_database", ["postgresql"], indirect=True)


def workers(server: ServerProcess) -> list[int]:
    return children(server.pid)


async def until(condition: Callable[[], Any]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not await asyncio.to_thread(condition):  # noqa: ASYNC110  (nobody tells)
            await asyncio.sleep(0.05)  # between two looks


def replaced(server: ServerProcess, times: int, before: set[int]) -> bool:
    """Whether all workers were replaced so often, and those of `before` are gone."""
    said = server.output().count("All workers are replaced")
    return said >= times and not before & set(workers(server))


def went_on(points: list[ChargePoint], heard: list[int]) -> bool:
    """Whether each has a few more acknowledged than it had."""
    pairs = zip(points, heard, strict=True)
    return all(len(point.acknowledged) > number + 5 for point, number in pairs)


def check_ledger(database: Database, points: list[ChargePoint]) -> None:
    """Whatever was acknowledged is stored, once."""
    stored = [int(value) for (value,) in database.query("SELECT value FROM ocpp_meterreading")]
    acknowledged = {number for point in points for number in point.acknowledged}
    assert all(point.acknowledged for point in points)
    assert not acknowledged - set(stored)
    assert len(stored) == len(set(stored))


def pids_of_owners(server: ServerProcess) -> set[int]:
    return {int(owner.split("/")[1]) for owner in owners(server).values() if owner}


@ON_POSTGRESQL
def test_two_workers_share_the_port(make_server: ServerMaker) -> None:
    server = make_server(serve=TWO).start()
    # A worker that does not listen yet gets none: the kernel divides among those that do.
    wait_for(lambda: "2 workers serve" in server.output())
    assert "Serving http://127.0.0.1" in server.output()
    wires = [connected(server.ws_url, f"CP{number}") for number in range(24)]
    opened = [wire.__enter__() for wire in wires]
    try:
        assert all(wire.is_alive() for wire in opened)
        # By a hash of both addresses: that all go to one of two happens once in 2 ** 23 runs.
        assert pids_of_owners(server) == set(workers(server))
        code, took_s = server.end_with(signal.SIGTERM)
        assert [wire.closed_with() for wire in opened] == [1012] * len(opened)
    finally:
        for wire in wires:
            wire.__exit__(None, None, None)
    assert code == 0
    assert took_s < END_LIMIT_S
    assert set(owners(server).values()) == {""}
    assert "Traceback" not in server.output()


@ON_POSTGRESQL
def test_a_killed_worker_is_replaced(make_server: ServerMaker) -> None:
    server = make_server(serve=TWO).start()
    wait_for(lambda: "2 workers serve" in server.output())
    first = workers(server)
    os.kill(first[0], signal.SIGKILL)
    wait_for(lambda: first[0] not in workers(server) and len(workers(server)) == 2)
    # Connections for the dead one wait until there is another, and are taken by it.
    for number in range(16):
        with connected(server.ws_url, f"CP{number}") as wire:
            assert wire.is_alive()
    assert first[1] in workers(server)
    assert "ended by itself: -9" in server.output()
    assert server.end_with(signal.SIGINT)[0] == 0


def test_workers_end_when_their_supervisor_is_killed(make_server: ServerMaker) -> None:
    server = make_server(serve=SUPERVISED).start()
    (worker,) = workers(server)
    with connected(server.ws_url, CHARGER) as wire:
        assert wire.is_alive()
        server.kill()
        assert wire.closed_with() == 1012
    wait_for(lambda: not Path(f"/proc/{worker}").exists())
    assert owners(server) == {CHARGER: ""}


@pytest.mark.parametrize("options", [[], SUPERVISED], ids=["alone", "supervised"])
async def test_sigterm_under_load_loses_nothing(
    make_server: ServerMaker, options: list[str]
) -> None:
    server = make_server(serve=options, environment={"OCPP_MESSAGES_A_SECOND": "0"}).start()
    async with fleet(server.ws_url, 12, comes_back=False) as points:
        await until(lambda: all(len(point.acknowledged) > 10 for point in points))
        code, took_s = await asyncio.to_thread(server.end_with, signal.SIGTERM)
    assert [point.codes for point in points] == [[1012]] * len(points)
    assert not any(point.errors for point in points)
    assert code == 0
    assert took_s < END_LIMIT_S
    check_ledger(server.database, points)
    assert set(owners(server).values()) == {""}
    assert "Traceback" not in server.output()


async def test_rolling_restarts_under_load_lose_nothing(
    make_server: ServerMaker, migrated_database: Database
) -> None:
    """On SQLite the one worker ends before the next one begins; meanwhile connections wait."""
    options = TWO if isinstance(migrated_database, PostgresDatabase) else SUPERVISED
    server = make_server(serve=options, environment={"OCPP_MESSAGES_A_SECOND": "0"}).start()
    size = 2 if options is TWO else 1
    await until(lambda: len(workers(server)) == size)
    async with fleet(server.ws_url, 12, comes_back=True) as points:
        for number in range(RESTARTS):
            before = set(workers(server))
            os.kill(server.pid, signal.SIGHUP)
            await until(partial(replaced, server, number + 1, before))
            heard = [len(point.acknowledged) for point in points]
            await until(partial(went_on, points, heard))
        assert len(workers(server)) == size
    assert {code for point in points for code in point.codes} == {1012}
    # Each was on each worker at most once in each restart.
    assert all(1 <= len(point.codes) <= RESTARTS * size for point in points)
    assert server.end_with(signal.SIGTERM)[0] == 0
    check_ledger(server.database, points)
    assert "Traceback" not in server.output()
    told = sum(len(point.acknowledged) for point in points)
    closed = sum(len(point.codes) for point in points)
    print(
        f"\n{RESTARTS} rolling restarts ({server.database.kind}): {told} acknowledged readings,"
        f" none lost; {closed} connections closed, all with 1012"
    )


def test_a_request_under_way_is_answered_at_the_end(make_server: ServerMaker) -> None:
    server = make_server(serve=[])
    token = operator_token(server)
    server.start()
    answers: list[tuple[int, Any]] = []

    def command() -> None:
        answers.append(server.request("POST", ACTION, {"action": "clear_cache"}, token=token))

    door = threading.Thread(target=command)
    with connected(server.ws_url, CHARGER) as wire:
        assert wire.is_alive()
        door.start()
        _, number, action, _ = wire.receive()
        assert action == "ClearCache"
        os.kill(server.pid, signal.SIGTERM)
        wait_for(lambda: refuses(server))
        wire.send(f'[3,"{number}",{{"status":"Accepted"}}]')
        door.join(PATIENCE_S)
        assert wire.closed_with() == 1012
    assert answers[0][0] == 200, answers
    assert server.end_with(signal.SIGCONT)[0] == 0


def refuses(server: ServerProcess) -> bool:
    try:
        socket.create_connection(("127.0.0.1", server.port), timeout=1).close()
    except ConnectionRefusedError:
        return True
    return False


@pytest.mark.parametrize("options", [[], SUPERVISED], ids=["alone", "supervised"])
def test_a_second_signal_ends_at_once(make_server: ServerMaker, options: list[str]) -> None:
    server = make_server(serve=options)
    token = operator_token(server)
    server.start()

    def command() -> None:
        with pytest.raises(OSError, match=r"."):
            server.request("POST", ACTION, {"action": "clear_cache"}, token=token)

    door = threading.Thread(target=command)
    with connected(server.ws_url, CHARGER) as wire:
        assert wire.is_alive()
        door.start()
        assert wire.receive()[2] == "ClearCache"  # and it will not be answered
        os.kill(server.pid, signal.SIGTERM)
        wait_for(lambda: refuses(server))
        begin = time.monotonic()
        server.end_with(signal.SIGTERM)
        assert time.monotonic() - begin < 3
    door.join(PATIENCE_S)


def test_sqlite_with_two_workers_is_refused(tmp_path: Path) -> None:
    server = ServerProcess(SqliteDatabase(tmp_path / "x.sqlite3"), tmp_path)
    environment = {**server.environment, "POSTGRES_DB": ""}
    done = subprocess.run(
        [sys.executable, "manage.py", "serve", "--workers", "2", "--port", str(server.port)],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert done.returncode == 1
    assert "SQLite lets one process write at a time" in done.stderr
    assert "Set POSTGRES_DB" in done.stderr


@pytest.mark.parametrize("options", [[], SUPERVISED], ids=["alone", "supervised"])
def test_a_port_in_use_is_named(make_server: ServerMaker, options: list[str]) -> None:
    server = make_server(serve=options)
    with socket.create_server(("127.0.0.1", server.port), reuse_port=True):
        done = subprocess.run(
            [sys.executable, "manage.py", "serve", "--port", str(server.port), *options],
            cwd=ROOT,
            env=server.environment,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )
    assert done.returncode == 1
    text = f"Cannot listen on 127.0.0.1, port {server.port}: Address already in use."
    assert text in done.stderr


def test_systemd_is_told(make_server: ServerMaker, tmp_path: Path) -> None:
    address = tmp_path / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as heard:
        heard.bind(str(address))
        heard.settimeout(PATIENCE_S)
        server = make_server(serve=SUPERVISED, environment={"NOTIFY_SOCKET": str(address)}).start()
        assert heard.recv(100) == b"READY=1"
        os.kill(server.pid, signal.SIGHUP)
        assert heard.recv(100).startswith(b"RELOADING=1\nMONOTONIC_USEC=")
        assert heard.recv(100) == b"READY=1"
        server.stop()
        assert heard.recv(100) == b"STOPPING=1"


NO_NEW_CODE = """
import ctypes, runpy, sys
if ctypes.CDLL(None).prctl(65, 1, 0, 0, 0):
    sys.exit("this kernel cannot forbid it")
sys.argv = sys.argv[1:]
runpy.run_path("manage.py", run_name="__main__")
"""


class WithoutNewCode(ServerProcess):
    """A server whose memory never is writable and executable: systemd's MemoryDenyWriteExecute."""

    def _watched(self) -> list[str]:
        return []

    def _arguments(self) -> list[str]:
        return ["-c", NO_NEW_CODE, *super()._arguments()]


def test_it_needs_no_memory_that_is_writable_and_executable(
    migrated_database: Database, tmp_path: Path
) -> None:
    database = migrated_database.copy_of_template()
    server = WithoutNewCode(database, tmp_path, serve=SUPERVISED)
    try:
        try:
            server.start()
        except ServerFailedError as error:
            if "this kernel cannot forbid it" not in str(error):
                raise
            pytest.skip("Linux 6.3 can forbid such memory, this kernel cannot")
        with connected(server.ws_url, CHARGER) as wire:
            assert wire.is_alive()
        with urllib.request.urlopen(f"{server.url}/login/", timeout=PATIENCE_S) as page:  # noqa: S310
            assert page.status == 200
        assert server.end_with(signal.SIGTERM)[0] == 0
        assert "Traceback" not in server.output()
    finally:
        server.kill()
        database.drop()


def test_other_websockets_are_closed_too(make_server: ServerMaker) -> None:
    server = make_server(serve=[]).start()
    with connect(f"{server.ws_url}/ws/echo/") as echo:
        assert server.end_with(signal.SIGTERM)[0] == 0
        assert Wire(echo).closed_with() == 1012
