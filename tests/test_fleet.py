"""A fleet of simulated charge points against the real server."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import pytest

from tests.support.server import ROOT, ServerProcess

Start = Callable[..., "subprocess.Popen[str]"]
COUNT = 50
#: Every quirk that keeps to the schemas has its share.
MIX = ("kwh", "bare", "relative", "nameless", "starts-twice", "stops-twice", "faulty")
CODE = f"""
from ocpp.models import Charger
for n in range(1, {COUNT + 1}): Charger.objects.create(charger_id=f"SIM{{n}}")
"""


@pytest.fixture
def fleet(server: ServerProcess) -> Iterator[Start]:
    """Starts `simulate --fleet` of 50 against the server, at an hour a second."""
    server.shell(CODE)
    started: list[subprocess.Popen[str]] = []

    def start(*arguments: str) -> "subprocess.Popen[str]":
        command = [sys.executable, "manage.py", "simulate", "--fleet", str(COUNT)]
        command += ["--port", str(server.port), "--busy", "0.9", "--flat", "--speed", "1200"]
        command += ["--interval", "1200", "--ramp", "100", "--json", *arguments]
        for name in MIX:
            command += ["--share", f"{name}=0.08"]
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=server.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()


def test_some_hours_of_fifty(server: ServerProcess, fleet: Start) -> None:
    output, errors = fleet("--run-for", "8", "--storm-every", "4.5").communicate(timeout=90)
    figures = json.loads(output)
    assert "messages/s" in errors
    assert figures["sent"] == figures["answered"] + figures["lost"]
    assert (figures["errors"], figures["error_codes"], figures["refusals"]) == (0, {}, {})
    assert (figures["late"], figures["unreadable"], figures["untold"]) == (0, 0, 0)
    assert (figures["storms"], figures["charge_points"]) == (1, COUNT)
    assert figures["connects"] >= 2 * COUNT
    # The ledger has what the fleet has: no start twice, no stop left out.
    counted = server.database.query("SELECT state, COUNT(*) FROM ocpp_transaction GROUP BY state")
    assert counted == [("completed", figures["sessions"])]
    assert figures["sessions"] > COUNT // 2
    online = server.database.query("SELECT COUNT(*) FROM ocpp_charger WHERE owner != ''")
    deadline = time.monotonic() + 20
    while online != [(0,)] and time.monotonic() < deadline:
        online = server.database.query("SELECT COUNT(*) FROM ocpp_charger WHERE owner != ''")
    assert online == [(0,)]


def test_a_storm_on_demand_and_an_orderly_end(server: ServerProcess, fleet: Start) -> None:
    process = fleet(*(f"--share={name}=0" for name in ("flapping", "offline", "silent-return")))
    boots = "SELECT COUNT(*) FROM ocpp_message WHERE action = 'BootNotification'"
    for round_number, number in ((1, signal.SIGUSR1), (2, signal.SIGINT)):
        deadline = time.monotonic() + 60
        while server.database.query(boots) != [(COUNT * round_number,)]:
            assert process.poll() is None
            assert time.monotonic() < deadline
        os.kill(process.pid, number)
    output, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    assert "Stopping: transactions are being ended." in errors
    figures = json.loads(output)
    assert (figures["storms"], figures["connects"]) == (1, 2 * COUNT)
    assert figures["sent"] == figures["answered"] + figures["lost"]
    open_ones = "SELECT COUNT(*) FROM ocpp_transaction WHERE state = 'active'"
    assert server.database.query(open_ones) == [(0,)]
