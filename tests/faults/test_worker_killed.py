"""A worker of the production server is killed: its chargers are offline within 30 s.

One of two, by SIGKILL, while charge points are connected to both; they do not come back, so nobody
but the server can tell. The short form has a shorter lease; with the node's own (docs/proofs.md):

    WORKER_KILLS=50 LEASE_S=20 .venv/bin/python -m pytest -s tests/faults/test_worker_killed.py
"""

import os
import signal
from contextlib import ExitStack

import pytest
from websockets.exceptions import ConnectionClosed

from tests.support.fixtures import ServerMaker
from tests.support.server import ServerProcess
from tests.support.wire import Wire, connected
from tests.test_runserver import owners
from tests.test_serve import ON_POSTGRESQL, TWO, workers
from tests.test_several_processes import boot, wait_for

KILLS = int(os.environ.get("WORKER_KILLS", "1"))
LEASE_S = int(os.environ.get("LEASE_S", "3"))
CHARGERS = 12
CORRECTED_S = 30.0
START_S = 60.0


def owner_pids(server: ServerProcess) -> dict[str, int]:
    """The worker of each charger that is online."""
    return {name: int(owner.split("/")[1]) for name, owner in owners(server).items() if owner}


def is_alive(wire: Wire) -> bool:
    try:
        return wire.is_alive()
    except ConnectionClosed:
        return False


def kill_one(server: ServerProcess) -> tuple[float, int]:
    """Kill the worker of a charger; how soon its chargers were offline (s), and how many."""
    with ExitStack() as stack:
        wires = {
            name: stack.enter_context(connected(server.ws_url, name))
            for name in [f"CP{number}" for number in range(CHARGERS)]
        }
        for wire in wires.values():
            boot(wire)  # one that is silent about itself is asked, before a long lease is over
        pids = owner_pids(server)
        victim = pids["CP0"]
        theirs = {name for name, pid in pids.items() if pid == victim}
        os.kill(victim, signal.SIGKILL)
        took = wait_for(lambda: not theirs & owner_pids(server).keys(), CORRECTED_S)
        assert {name for name, wire in wires.items() if is_alive(wire)} == pids.keys() - theirs
    wait_for(lambda: len(workers(server)) == 2 and victim not in workers(server), START_S)
    return took, len(theirs)


@ON_POSTGRESQL
@pytest.mark.usefixtures("migrated_database")
def test_worker_killed(make_server: ServerMaker) -> None:
    server = make_server(serve=TWO, environment={"OCPP_LEASE_S": str(LEASE_S)}).start()
    wait_for(lambda: "2 workers serve" in server.output(), START_S)
    figures = [kill_one(server) for _ in range(KILLS)]
    assert "Traceback" not in server.output()
    print(
        f"\n{KILLS} workers killed, with leases of {LEASE_S} s: the presence of"
        f" {sum(count for _, count in figures)} chargers corrected after at most"
        f" {max(took for took, _ in figures):.1f} s; promised {CORRECTED_S:g} s"
    )
