"""The network is cut, and neither side is told: the charger is offline within 120 s.

The charge point lives in a network namespace with a cable to the server, whose other end goes
down: no packet comes any more, and none says that the connection is over. The short form has a
shorter ping; with the node's own (docs/proofs.md):

    PING_S=60 .venv/bin/python -m pytest -s tests/faults/test_network_cut.py
"""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.faults import silent_point
from tests.support.databases import Database
from tests.support.privileges import Network, network
from tests.support.server import ServerProcess

PING_S = int(os.environ.get("PING_S", "2"))
#: With pings each minute the promise is 120 s; as much longer as a second ping and its pong.
OFFLINE_S = 2.0 * PING_S + (0 if PING_S == 60 else 3)
NAME = "CUT"
PATIENCE_S = 30.0


class ServerOfNetwork(ServerProcess):
    """A production server that listens on the cable."""

    host = ""

    @property
    def ws_url(self) -> str:
        """Where its WebSockets are."""
        return f"ws://{self.host}:{self.port}"

    def _accepts(self) -> bool:
        try:
            socket.create_connection((self.host, self.port), timeout=1).close()
        except OSError:
            return False
        return True


@pytest.fixture
def cable() -> Iterator[Network]:
    with network() as made:
        yield made


@pytest.fixture
def server(migrated_database: Database, cable: Network, tmp_path: Path) -> Iterator[ServerProcess]:
    server = ServerOfNetwork(
        migrated_database.copy_of_template(),
        tmp_path,
        serve=["--host", cable.host],
        environment={
            "ALLOWED_HOSTS": cable.host,
            "OCPP_PING_S": str(PING_S),
            "OCPP_PONG_S": str(PING_S),
            # Its address is not a private one.
            "OCPP_UNKNOWN_CHARGERS": "open",
        },
    )
    server.host = cable.host
    try:
        yield server.start()
    finally:
        server.kill()
        server.database.drop()


@contextmanager
def charge_point(server: ServerProcess, cable: Network) -> Iterator[subprocess.Popen[str]]:
    """One that boots, and then says nothing; it prints a line when it has booted."""
    command = [sys.executable, "-I", str(Path(silent_point.__file__)), f"{server.ws_url}/{NAME}"]
    with subprocess.Popen(
        [*cable.prefix, *command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "booted\n"
            yield process
        finally:
            process.kill()


def is_online(server: ServerProcess) -> bool:
    rows = server.database.query("SELECT owner FROM ocpp_charger WHERE charger_id = %s", [NAME])
    return bool(rows and rows[0][0])


def wait_for(condition: Callable[[], bool], limit_s: float) -> None:
    deadline = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < deadline, f"not within {limit_s} s"
        time.sleep(0.05)  # between two looks


def test_network_cut(server: ServerProcess, cable: Network) -> None:
    with charge_point(server, cable) as process:
        wait_for(lambda: is_online(server), PATIENCE_S)
        # A connection that is merely silent stays, for longer than one that is cut off.
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(OFFLINE_S + 1 if PING_S < 10 else PING_S)
        assert is_online(server)
        cable.cut()
        begin = time.monotonic()
        wait_for(lambda: not is_online(server), OFFLINE_S + 10)
        took = time.monotonic() - begin
        assert took <= OFFLINE_S
    cable.mend()
    with charge_point(server, cable):
        wait_for(lambda: is_online(server), PATIENCE_S)
    assert "Traceback" not in server.output()
    print(
        f"\nnetwork cut without a close ({server.database.kind}): offline after {took:.1f} s"
        f" with a ping each {PING_S} s; promised {OFFLINE_S:g} s"
    )
