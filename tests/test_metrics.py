"""Two worker processes are one node for Prometheus, and for who asks whether they can serve."""

import json
import os
import signal
import time
import urllib.request
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from websockets.exceptions import ConnectionClosed

from tests.support.databases import Database, SqliteDatabase
from tests.support.fixtures import ServerMaker
from tests.support.processes import children
from tests.support.server import ServerProcess
from tests.support.wire import Wire, connected

PATIENCE_S = 30
BOOT = {"chargePointVendor": "Maker", "chargePointModel": "Model"}
CHARGERS = 8


def scrape(server: ServerProcess) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    """Every series by its name and labels."""
    with urllib.request.urlopen(f"{server.url}/metrics", timeout=30) as response:  # noqa: S310
        text = response.read().decode()
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def value(server: ServerProcess, name: str, **labels: str) -> float:
    return scrape(server).get((f"constellation_{name}", tuple(sorted(labels.items()))), 0.0)


def pids(server: ServerProcess) -> set[int]:
    """The processes whose memory is told."""
    told = scrape(server)
    return {
        int(dict(labels)["pid"]) for name, labels in told if name.endswith("process_memory_bytes")
    }


def wait_for(condition: Callable[[], Any]) -> None:
    end = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < end, "it does not come to that"
        time.sleep(0.1)  # between two looks


def fleet(server: ServerProcess, stack: ExitStack) -> list[Wire]:
    """Chargers that have booted, divided among the workers as the kernel likes."""
    wires = [
        stack.enter_context(connected(f"{server.ws_url}/ws/ocpp", f"M{number}"))
        for number in range(CHARGERS)
    ]
    for wire in wires:
        assert wire.call("BootNotification", BOOT)[2]["status"] == "Accepted"
    return wires


def is_alive(wire: Wire) -> bool:
    try:
        return wire.is_alive()
    except ConnectionClosed:
        return False


def boots(server: ServerProcess) -> float:
    return value(server, "messages_total", direction="in", action="BootNotification")


def test_two_workers_are_added_up_and_a_dead_one_holds_nothing(
    make_server: ServerMaker, migrated_database: Database, tmp_path: Path
) -> None:
    if migrated_database.kind == "sqlite":
        pytest.skip("one process only with SQLite: this test has its turn on PostgreSQL")
    folder = tmp_path / "metrics"
    server = make_server(
        serve=["--workers", "2"],
        environment={"PROMETHEUS_MULTIPROC_DIR": str(folder), "OCPP_MESSAGES_A_SECOND": "0"},
    ).start()
    wait_for(lambda: len(pids(server)) == 2)
    assert pids(server) == set(children(server.pid))
    with ExitStack() as stack:
        wires = fleet(server, stack)
        # Whichever worker is asked: the other one shares its counts within a second.
        wait_for(lambda: boots(server) == CHARGERS)
        wait_for(lambda: value(server, "connected_chargers") == CHARGERS)
        assert value(server, "handshakes_total", outcome="accepted") == CHARGERS
        assert value(server, "commit_seconds_count") >= 2
        assert value(server, "batch_size_sum") >= CHARGERS
        wait_for(lambda: min(boots(server) for _ in range(6)) == CHARGERS)
        victim = min(pids(server))
        os.kill(victim, signal.SIGKILL)
        wait_for(lambda: len(pids(server)) == 2 and victim not in pids(server))
        # What it has done stays done; what it held is gone with it.
        wait_for(lambda: boots(server) >= CHARGERS)
        held = sum(is_alive(wire) for wire in wires)
        wait_for(lambda: value(server, "connected_chargers") == held)
        assert server.request("GET", "/health/live") == (200, {"status": "live"})
        assert server.request("GET", "/health/ready")[1]["status"] == "ready"
    server.stop()
    assert list(folder.glob("*.db")) == []


def test_one_process_needs_no_files(make_server: ServerMaker) -> None:
    server = make_server(serve=[], environment={"LOG_FORMAT": "json"}).start()
    with ExitStack() as stack:
        (wire, *_) = fleet(server, stack)
        wire.call("Nonsense", {})
        assert boots(server) == CHARGERS
        assert value(server, "connected_chargers") == CHARGERS
        assert value(server, "messages_total", direction="in", action="other") == 1
        assert value(server, "call_errors_total", code="NotImplemented") == 1
        assert value(server, "anomalies_total", kind="frame") == 1
        assert value(server, "database_up") == 1
        assert pids(server) == {server.pid}
    said = [json.loads(one) for one in server.log_path.read_text().splitlines() if one[0] == "{"]
    assert {one["charger"] for one in said if "connected from" in one["message"]} == {
        f"M{number}" for number in range(CHARGERS)
    }
    assert {one["app"] for one in said} <= {"ocpp", "website", "schedules", "accounts"}
    assert not any(one["logger"] == "ocpp.messages" for one in said)
    wait_for(lambda: value(server, "connected_chargers") == 0)


def test_without_its_database_a_server_lives_and_tells_what_is_wrong(
    make_server: ServerMaker,
) -> None:
    server = make_server(serve=[]).start()
    assert server.request("GET", "/health/ready")[0] == 200
    ruin(server.database)
    wait_for(lambda: server.request("GET", "/health/ready")[0] == 503)
    status, told = server.request("GET", "/health/ready")
    assert (status, told["checks"]["database"]["ok"]) == (503, False)
    assert told["checks"]["database"]["reason"]
    assert server.request("GET", "/health/live") == (200, {"status": "live"})
    assert value(server, "database_up") == 0
    assert value(server, "process_memory_bytes", pid=str(server.pid)) > 0


def ruin(database: Database) -> None:
    """From now on nobody can read anything in it."""
    if isinstance(database, SqliteDatabase):
        for file in database.path.parent.glob(f"{database.path.name}*"):
            file.unlink()
        database.path.write_bytes(b"no database" * 1000)
    else:
        database.drop()
