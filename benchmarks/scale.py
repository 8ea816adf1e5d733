"""Many connections: memory, CPU, load, a return after SIGKILL, and a flood.

    .venv/bin/python -m benchmarks.scale [--quick] [--only idle|fleet|flood] [--postgresql]

This server runs on core 0 in a process of its own, the fleet (`ocpp/simulator/swarm`) in this one
on core 1, on loopback. It ends by itself. The last thing printed is for `docs/performance.md`.
"""

import argparse
import asyncio
import os
import platform
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks import cpu
from benchmarks.flood import flood
from ocpp.simulator.swarm import Swarm, SwarmOptions
from ocpp.simulator.swarm.statistics import Latencies
from tests.support.databases import Database, PostgresDatabase, SqliteDatabase
from tests.support.server import ROOT, ServerProcess

SERVER_CORE, FLEET_CORE = 0, 1
#: How long a fleet may take to get in, and a dead server's fleet to come back (s).
CONNECT_S, RETURN_S = 150, 60
#: Before a figure at rest is taken, how long it is taken, and how long the load lasts (s).
SETTLE_S, IDLE_S, LOAD_S, FLOOD_S = 3, 8, 15, 8
#: Messages a second of the whole fleet under load; one in five charges.
RATE, CHARGING = 150, 0.2
#: How many of a fleet may be on their way in at a time.
AT_A_TIME = 100
#: What a charge point says by itself at rest: the Heartbeat that the server asks for.
HEARTBEAT_S = 300
FLOODERS = 100


def rows(count: int) -> str:
    """Code that stores chargers, so that none is unknown."""
    return (
        "from ocpp.models import Charger\n"
        "from ocpp.models.charger import identity_key\n"
        f"ids = [f'SIM{{n}}' for n in range(1, {count + 1})]\n"
        f"ids += [f'FLOOD{{n}}' for n in range({FLOODERS})]\n"
        "Charger.objects.bulk_create(Charger(charger_id=i, id_key=identity_key(i)) for i in ids)\n"
    )


@contextmanager
def a_server(postgresql: bool, count: int) -> Iterator[ServerProcess]:
    """Our server with so many chargers that it knows, as in production."""
    with tempfile.TemporaryDirectory(dir=ROOT, prefix=".benchmark-") as work:
        database: Database = (
            PostgresDatabase.create() if postgresql else SqliteDatabase(Path(work) / "node.sqlite3")
        )
        server = ServerProcess(database, Path(work), core=SERVER_CORE)
        try:
            server.manage("migrate", "-v", "0")
            server.shell(rows(count))
            with server:
                yield server
        finally:
            database.drop()


def memory_kb(pid: int) -> int:
    """What a process holds in memory (KB): private and its share of what is shared."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1])
    sys.exit(f"process {pid} does not tell its memory")


def fleet_of(server: ServerProcess, count: int, ramp: float, interval_s: float = 60) -> Swarm:
    """A fleet without vehicles of its own."""
    options = SwarmOptions(
        count=count, port=server.port, ramp=ramp, busy=0, interval_s=interval_s, session_s=36_000
    )
    return Swarm(options)


async def connected(swarm: Swarm) -> float:
    """Have the whole fleet at work, so many at a time; returns how long it took (s)."""
    begun = time.monotonic()
    statistics, count = swarm.statistics, len(swarm.points)
    coming = iter(swarm.points)
    asked = 0

    def all_in() -> bool:
        nonlocal asked
        while asked < min(count, statistics.online + AT_A_TIME):
            next(coming).come()
            asked += 1
        return statistics.online == count

    if not await swarm.until(all_in, CONNECT_S):
        print(f"{statistics.online} of {count} in {CONNECT_S} s", file=sys.stderr, flush=True)
    return time.monotonic() - begun


async def idle(server: ServerProcess, count: int, ramp: float) -> list[str]:
    """Memory and CPU of so many connections at rest."""
    first = fleet_of(server, 1, ramp)
    await connected(first)  # the writer and its connection to the database are there now
    before_kb = memory_kb(server.pid)
    await first.end()
    swarm = fleet_of(server, count, ramp)
    took = await connected(swarm)
    row = [*told(swarm, took), *await _at_rest(server, swarm, before_kb)]
    await swarm.end()
    return row


def told(swarm: Swarm, took: float) -> list[str]:
    """How many are in, and after what time."""
    online, count = swarm.statistics.online, len(swarm.points)
    return [f"{online:,}" if online == count else f"{online:,} of {count:,}", f"{took:.1f}"]


async def _at_rest(server: ServerProcess, swarm: Swarm, before_kb: int) -> list[str]:
    await swarm.until(lambda: False, SETTLE_S)
    after_kb = memory_kb(server.pid)
    used, own = cpu.seconds(cpu.family(server.pid)), time.process_time()
    begun = time.monotonic()
    await swarm.until(lambda: False, IDLE_S)
    seconds = time.monotonic() - begun
    used = cpu.seconds(cpu.family(server.pid)) - used
    own = time.process_time() - own
    return [
        f"{after_kb / 1024:.0f}",
        f"{(after_kb - before_kb) / max(1, swarm.statistics.online):.1f}",
        f"{used / seconds:.1%}",
        f"{own / seconds:.1%}",
    ]


async def fleet(server: ServerProcess, count: int, ramp: float) -> tuple[list[str], list[str]]:
    """A whole fleet at rest, under load, and back after SIGKILL: a row of idle, and sentences."""
    charging = round(count * CHARGING)
    rate = RATE * count / 10_000
    interval_s = charging / (rate - count / HEARTBEAT_S)
    first = fleet_of(server, 1, ramp)
    await connected(first)
    before_kb = memory_kb(server.pid)
    await first.end()
    swarm = fleet_of(server, count, ramp, interval_s)
    took = await connected(swarm)
    row = [*told(swarm, took), *await _at_rest(server, swarm, before_kb)]
    return row, [await _load(server, swarm, charging), await _return(server, swarm)]


async def _load(server: ServerProcess, swarm: Swarm, charging: int) -> str:
    statistics = swarm.statistics
    for number, point in enumerate(swarm.points[:charging]):
        if number % 20 == 0:
            await swarm.until(lambda: statistics.waiting < 100, 60)
            await swarm.until(lambda: False, 0.1)
        point.plug("FFFFFFFF")
    if not await swarm.until(lambda: statistics.charging == charging, 60):
        print(f"only {statistics.charging} of {charging} charge", file=sys.stderr, flush=True)
    # What the starts have piled up is not what is measured.
    await swarm.until(lambda: statistics.waiting <= len(swarm.points) // 500, 60)
    statistics.latencies = Latencies()
    answered, begun = statistics.answered, time.monotonic()
    used, own = cpu.seconds(cpu.family(server.pid)), time.process_time()
    await swarm.until(lambda: False, LOAD_S)
    seconds = time.monotonic() - begun
    used, own = cpu.seconds(cpu.family(server.pid)) - used, time.process_time() - own
    return (
        f"{statistics.online:,} connections, {statistics.charging:,} charging, "
        f"{(statistics.answered - answered) / seconds:.0f} messages/s: p50 "
        f"{statistics.latencies.percentile_ms(50):.1f} ms, p99 "
        f"{statistics.latencies.percentile_ms(99):.1f} ms, server CPU {used / seconds:.0%}, "
        f"fleet CPU {own / seconds:.0%}, {statistics.errors} errors, {statistics.lost} lost"
    )


async def _return(server: ServerProcess, swarm: Swarm) -> str:
    """Kill the server and start it; the fleet comes back as fast as its ramp allows."""
    statistics, count = swarm.statistics, swarm.statistics.online
    killed = time.monotonic()
    server.kill()
    starting = asyncio.create_task(asyncio.to_thread(server.start))
    await swarm.until(starting.done, 90)
    await starting
    ready = time.monotonic()
    parts = []
    for part in (0.95, 1):
        wanted = round(count * part)
        back = await swarm.until(lambda: statistics.online >= wanted, RETURN_S)  # noqa: B023
        after = f"{time.monotonic() - ready:.1f} s" if back else f"NOT within {RETURN_S} s"
        parts.append(f"{part:.0%} booted {after}")
    await swarm.until(lambda: statistics.waiting == 0, SETTLE_S)
    text = (
        f"SIGKILL with {count:,} connections: {parts[0]} and {parts[1]} after it listened again "
        f"({ready - killed:.1f} s after the kill), {swarm.options.ramp:g} connects/s allowed, "
        f"refused: {dict(statistics.refusals) or 'none'}"
    )
    await swarm.end()
    return (
        f"{text}; {statistics.sent} sent = {statistics.answered} answered + {statistics.lost} lost"
    )


async def flooded(server: ServerProcess, count: int, ramp: float) -> str:
    """Others while 100 charge points flood."""
    swarm = fleet_of(server, count, ramp)
    await connected(swarm)
    options = swarm.options
    for point in swarm.points:
        # One MeterValues each 10 s, whoever floods.
        swarm.timers.after(point.dice.between(0, 10), lambda one=point: _steadily(swarm, one))
    before_kb = memory_kb(server.pid)
    await swarm.until(lambda: False, 2)
    swarm.statistics.latencies = Latencies()
    await swarm.until(lambda: False, FLOOD_S)
    calm = [swarm.statistics.latencies.percentile_ms(p) or 0 for p in (50, 99)]
    swarm.statistics.latencies = Latencies()
    flooding = asyncio.create_task(flood(options.host, options.port, FLOODERS, FLOOD_S))
    await swarm.until(flooding.done, FLOOD_S + 30)
    sent, answered = await flooding
    busy = [swarm.statistics.latencies.percentile_ms(p) or 0 for p in (50, 99)]
    after_kb = memory_kb(server.pid)
    await swarm.end()
    return (
        f"{FLOODERS} flooders sent {sent:,} messages in {FLOOD_S} s, {answered:,} were answered; "
        f"the other {count:,}: p50 {calm[0]:.1f} ms, p99 {calm[1]:.1f} ms before, "
        f"{busy[0]:.1f} and {busy[1]:.1f} ms meanwhile, {swarm.statistics.lost} lost; "
        f"server memory {before_kb / 1024:.0f} MB before, {after_kb / 1024:.0f} MB after"
    )


def _steadily(swarm: Swarm, point: Any) -> None:
    if not swarm.stopping:
        point.tell_meter()
        swarm.timers.after(10, lambda: _steadily(swarm, point))


def measured(
    postgresql: bool,
    count: int,
    ramp: float,
    measure: Callable[[ServerProcess, int, float], Coroutine[Any, Any, Any]],
) -> Any:
    """One measurement on a server and a database of its own."""
    import uvloop

    print(f"{measure.__name__}, {count:,} …", file=sys.stderr, flush=True)
    with (
        a_server(postgresql, count) as server,
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        return runner.run(measure(server, count, ramp))


def conditions(options: argparse.Namespace, loads: list[float]) -> list[str]:
    """What the figures depend on."""
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    packages = ("Django", "channels", "uvicorn", "uvloop", "websockets", "msgspec")
    name = "PostgreSQL" if options.postgresql else f"SQLite {sqlite3.sqlite_version}"
    return [
        f"- python -m benchmarks.scale {' '.join(sys.argv[1:])}".rstrip() + f", commit {commit}",
        f"- {name}; {os.cpu_count()} cores, server on core {SERVER_CORE}, fleet on core "
        f"{FLEET_CORE}; load {min(loads):.1f} to {max(loads):.1f}; Linux {platform.release()}",
        f"- Python {platform.python_version()}, "
        + ", ".join(f"{package} {version(package)}" for package in packages),
    ]


def main() -> None:
    """Measure what the command line asks for and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="1,000 connections at most")
    parser.add_argument("--only", choices=["idle", "fleet", "flood"])
    parser.add_argument("--postgresql", action="store_true")
    parser.add_argument("--ramp", type=float, default=400, help="connects a second")
    options = parser.parse_args()
    most = 1_000 if options.quick else 10_000
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if hard < most + 500:
        sys.exit(f"{most + 500} file descriptors are needed, {hard} are allowed: see ulimit -Hn")
    resource.setrlimit(resource.RLIMIT_NOFILE, (most + 500, hard))
    if FLEET_CORE in os.sched_getaffinity(0):
        os.sched_setaffinity(0, {FLEET_CORE})
    table, sentences, loads = [], [], [os.getloadavg()[0]]
    if options.only in (None, "idle"):
        for count in (10, 100, 1_000)[: 2 if options.quick else 3]:
            table.append(measured(options.postgresql, count, options.ramp, idle))
            loads.append(os.getloadavg()[0])
    if options.only in (None, "fleet"):
        row, more = measured(options.postgresql, most, options.ramp, fleet)
        table.append(row)
        sentences += more
        loads.append(os.getloadavg()[0])
    if options.only in (None, "flood"):
        sentences.append(measured(options.postgresql, most // 10, options.ramp, flooded))
        loads.append(os.getloadavg()[0])
    heads = ["connections", "all booted after s", "server MB", "KB each", "server CPU", "fleet CPU"]
    print(*conditions(options, loads), "", f"| {' | '.join(heads)} |", sep="\n")
    print("| --- " * len(heads) + "|", *(f"| {' | '.join(row)} |" for row in table), "", sep="\n")
    print(*(f"- {sentence}" for sentence in sentences), sep="\n")


if __name__ == "__main__":
    main()
