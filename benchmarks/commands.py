"""How soon a command reaches a charger of the other process, when nothing else goes on.

    .venv/bin/python -m benchmarks.commands [--count 200]

Two production servers (`manage.py serve`) are one node on PostgreSQL and a Redis of their own. One
charge point is connected to each. Commands (ClearCache) are given to one process over the REST API,
one at a time, for its own charger and for that of the other; a charge point answers at once. Told
are the time until it has the call, and until the caller has its answer. The aim is 50 ms (p99) for
a call to the other process at idle.
"""

import argparse
import http.client
import json
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import product
from pathlib import Path
from typing import Any

from websockets.exceptions import ConnectionClosed

from benchmarks import cpu, fresh, machine
from benchmarks.machine import GENERATOR_CORE, SERVER_CORE, UNLIMITED
from tests.support.redis import RedisServer
from tests.support.server import ServerProcess
from tests.support.wire import Wire, connected

NAMES = ("FIRST", "SECOND")
AIM_MS = 50
#: Between two commands (s): they find the node at rest.
PAUSE_S = 0.02
WARM_UP = 10
START_LIMIT_S = 30
PROVIDE = f"""
from accounts.domain import roles, tokens
from accounts.models import User
from ocpp.models import Charger
for name in {NAMES}:
    Charger.objects.create(charger_id=name)
operator = User.objects.create_user("operator")
roles.give(operator, "operator")
answer(tokens.create(operator, "benchmark")[1])
"""


class ChargePoint:
    """A charge point that answers every command at once, and remembers when each came."""

    def __init__(self, wire: Wire) -> None:
        self.wire = wire
        #: When it got the last command, by `time.perf_counter`.
        self.told = 0.0
        boot = {"chargePointVendor": "Benchmark", "chargePointModel": "Commands"}
        if wire.call("BootNotification", boot)[2]["status"] != "Accepted":
            sys.exit("the charge point is not accepted")
        threading.Thread(target=self._answer, daemon=True).start()

    def _answer(self) -> None:
        try:
            for text in self.wire.connection:
                now = time.perf_counter()
                _, number, action, _payload = json.loads(text)
                if action == "ClearCache":
                    self.told = now
                self.wire.send(json.dumps([3, number, {"status": "Accepted"}]))
        except ConnectionClosed:
            return  # the measurement is over


@contextmanager
def two_processes(folder: Path) -> Iterator[tuple[list[ServerProcess], str]]:
    """The two servers, each on a core of its own, and an API token."""
    redis = RedisServer(folder)
    with ExitStack() as stack:
        stack.callback(redis.kill)
        redis.start()
        database = stack.enter_context(fresh.migrated("postgresql", folder))
        servers = []
        for number, core in enumerate((SERVER_CORE, GENERATOR_CORE)):
            own = folder / str(number)
            own.mkdir()
            environment = UNLIMITED | {"REDIS_URL": redis.url}
            server = ServerProcess(database, own, serve=[], core=core, environment=environment)
            stack.callback(server.kill)
            servers.append(server)
        token = servers[0].shell(PROVIDE)
        for server in servers:
            server.start()
        deadline = time.monotonic() + START_LIMIT_S
        while redis.listeners() < len(servers):
            if time.monotonic() > deadline:
                sys.exit("the processes do not listen to Redis")
            time.sleep(0.02)  # between two looks
        yield servers, token


def command(api: http.client.HTTPConnection, token: str, charger: str) -> None:
    """Give a command and wait for the charger's answer."""
    api.request(
        "POST",
        f"/ocpp/chargers/{charger}/action/?wait_s=10",
        json.dumps({"action": "clear_cache"}),
        {"Content-Type": "application/json", "Authorization": f"Bearer {token}"},
    )
    response = api.getresponse()
    told: dict[str, Any] = json.loads(response.read())
    if response.status != 200 or told.get("state") != "answered":
        sys.exit(f"the command was not answered: {response.status} {told}")


def times(server: ServerProcess, token: str, point: ChargePoint, name: str, count: int) -> Any:
    """Times of commands (ms): until the charger has one, until the caller has its answer."""
    api = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    told, answered = [], []
    for number in range(WARM_UP + count):
        begun = time.perf_counter()
        command(api, token, name)
        ended = time.perf_counter()
        if number >= WARM_UP:
            told.append((point.told - begun) * 1000)
            answered.append((ended - begun) * 1000)
        time.sleep(PAUSE_S)  # at rest is what is measured
    api.close()
    return sorted(told), sorted(answered)


def percentiles(ordered: list[float]) -> str:
    """p50, p99 and the longest, as text."""
    p99 = ordered[min(len(ordered) - 1, len(ordered) * 99 // 100)]
    return f"{ordered[len(ordered) // 2]:.1f} / {p99:.1f} / {ordered[-1]:.1f}"


def main() -> None:
    """Measure all four ways and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=200, help="commands of each kind")
    options = parser.parse_args()
    machine.end_cleanly()
    machine.need_two_cores()
    rows = []
    with (
        fresh.work_folder() as folder,
        two_processes(folder) as (servers, token),
        ExitStack() as stack,
    ):
        points = [
            ChargePoint(stack.enter_context(connected(server.ws_url, name)))
            for server, name in zip(servers, NAMES, strict=True)
        ]
        pids = [pid for server in servers for pid in cpu.family(server.pid)]
        for through, at in sorted(product((0, 1), (0, 1)), key=lambda pair: pair[0] == pair[1]):
            machine.progress(f"commands through process {through + 1} to {at + 1} …")
            used = cpu.seconds(pids)
            told, answered = times(servers[through], token, points[at], NAMES[at], options.count)
            used = cpu.seconds(pids) - used
            way = "its own" if through == at else "the other"
            rows.append(
                [
                    f"process {through + 1} to a charger of {way}",
                    percentiles(told),
                    percentiles(answered),
                    f"{used * 1000 / (options.count + WARM_UP):.1f}",
                ]
            )
    heads = [
        *("command through", "charger has it, ms (p50 / p99 / most)", "caller has the answer"),
        "CPU of both processes, ms",
    ]
    how = f"{options.count} commands of each kind, one at a time; aim p99 < {AIM_MS} ms"
    print(*machine.conditions(how), "", *machine.table(heads, rows), sep="\n")


if __name__ == "__main__":
    main()
