"""Fleets against this server: at rest, under load, back after SIGKILL, and beside a flood.

The server runs on core 0 in a process of its own, the fleet (`ocpp/simulator/swarm`) in this one
on core 1, on loopback. `benchmarks.scale` puts the figures together.
"""

import asyncio
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks import cpu, fresh
from benchmarks.flood import flood
from benchmarks.machine import SERVER_CORE
from ocpp.simulator.swarm import Swarm, SwarmOptions
from ocpp.simulator.swarm.statistics import Latencies
from tests.support.server import ServerProcess

#: How long a fleet may take to get in, and a dead server's fleet to come back (s).
CONNECT_S, RETURN_S = 150, 60
#: Messages a second of the whole fleet under load; one in five charges.
RATE, CHARGING = 150, 0.2
#: How many of a fleet may be on their way in at a time.
AT_A_TIME = 100
#: What a charge point says by itself at rest: the Heartbeat that the server asks for.
HEARTBEAT_S = 300
FLOODERS = 100


class Times:
    """Before a figure at rest is taken, how long it is taken, how long load and flood last (s)."""

    settle, idle, load, flood = 3, 8, 15, 8

    @classmethod
    def shorten(cls) -> None:
        """As much as can be left out without making the figures useless."""
        cls.settle, cls.idle, cls.load, cls.flood = 2, 3, 6, 4


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
def a_server(kind: str, count: int) -> Iterator[ServerProcess]:
    """Our server with so many chargers that it knows, as in production."""
    with fresh.work_folder() as work, fresh.migrated(kind, work) as database:
        server = ServerProcess(database, work, core=SERVER_CORE, serve=["--workers", "1"])
        server.shell(rows(count))
        try:
            server.start()
            yield server
            server.stop()
        finally:
            server.kill()


def memory_kb(pid: int) -> int:
    """What a process holds in memory (KB): private and its share of what is shared."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1])
    sys.exit(f"process {pid} does not tell its memory")


def fleet_of(server: ServerProcess, count: int, ramp: float, interval_s: float = 60) -> Swarm:
    """A fleet without vehicles of its own, and without those that stay away for a while.

    With them it would never be there as a whole.
    """
    options = SwarmOptions(
        count=count,
        port=server.port,
        ramp=ramp,
        busy=0,
        interval_s=interval_s,
        session_s=36_000,
        shares={"offline": 0.0},
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
    await swarm.until(lambda: False, Times.settle)
    after_kb = memory_kb(server.pid)
    used, own = cpu.seconds(cpu.family(server.pid)), time.process_time()
    begun = time.monotonic()
    await swarm.until(lambda: False, Times.idle)
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
    await swarm.until(lambda: False, Times.load)
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
    await swarm.until(lambda: statistics.waiting == 0, Times.settle)
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
    await swarm.until(lambda: False, Times.flood)
    calm = [swarm.statistics.latencies.percentile_ms(p) or 0 for p in (50, 99)]
    swarm.statistics.latencies = Latencies()
    flooding = asyncio.create_task(flood(options.host, options.port, FLOODERS, Times.flood))
    await swarm.until(flooding.done, Times.flood + 30)
    sent, answered = await flooding
    busy = [swarm.statistics.latencies.percentile_ms(p) or 0 for p in (50, 99)]
    after_kb = memory_kb(server.pid)
    await swarm.end()
    return (
        f"{FLOODERS} flooders sent {sent:,} messages in {Times.flood} s, {answered:,} were "
        f"answered; the other {count:,}: p50 {calm[0]:.1f} ms, p99 {calm[1]:.1f} ms before, "
        f"{busy[0]:.1f} and {busy[1]:.1f} ms meanwhile, {swarm.statistics.lost} lost; "
        f"server memory {before_kb / 1024:.0f} MB before, {after_kb / 1024:.0f} MB after"
    )


def _steadily(swarm: Swarm, point: Any) -> None:
    if not swarm.stopping:
        point.tell_meter()
        swarm.timers.after(10, lambda: _steadily(swarm, point))
