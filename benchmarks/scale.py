"""Many connections: memory, CPU, load, a return after SIGKILL, and a flood.

    .venv/bin/python -m benchmarks.scale [--quick] [--only idle|fleet|flood] [--postgresql]

This server runs on core 0 in a process of its own, the fleet (`ocpp/simulator/swarm`) in this one
on core 1, on loopback (`benchmarks.fleets`). It ends by itself. The last thing printed is for
`docs/performance.md`.
"""

import argparse
import asyncio
import os
from collections.abc import Callable, Coroutine
from typing import Any

import uvloop

from benchmarks import machine
from benchmarks.fleets import Times, a_server, fleet, flooded, idle
from benchmarks.machine import GENERATOR_CORE
from tests.support.server import ServerProcess


def measured(
    kind: str,
    count: int,
    ramp: float,
    measure: Callable[[ServerProcess, int, float], Coroutine[Any, Any, Any]],
) -> Any:
    """One measurement on a server and a database of its own."""
    machine.progress(f"{measure.__name__}, {count:,} …")
    with (
        a_server(kind, count) as server,
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        return runner.run(measure(server, count, ramp))


def main() -> None:
    """Measure what the command line asks for and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="1,000 connections at most")
    parser.add_argument("--only", choices=["idle", "fleet", "flood"])
    parser.add_argument("--postgresql", action="store_true")
    parser.add_argument("--ramp", type=float, default=400, help="connects a second")
    options = parser.parse_args()
    machine.end_cleanly()
    machine.need_two_cores()
    most = 1_000 if options.quick else 10_000
    machine.enough_descriptors(most)
    os.sched_setaffinity(0, {GENERATOR_CORE})
    if options.quick:
        Times.shorten()
    kind = "postgresql" if options.postgresql else "sqlite"
    table, sentences = [], []
    if options.only in (None, "idle"):
        counts = (10, 100, 1_000)[: 1 if options.quick else 3]
        table += [measured(kind, count, options.ramp, idle) for count in counts]
    if options.only in (None, "fleet"):
        row, more = measured(kind, most, options.ramp, fleet)
        table.append(row)
        sentences += more
    if options.only in (None, "flood"):
        sentences.append(measured(kind, most // 10, options.ramp, flooded))
    heads = ["connections", "all booted after s", "server MB", "KB each", "server CPU", "fleet CPU"]
    print(*machine.conditions(f"on {kind}, server on core 0, fleet on core 1"), "", sep="\n")
    if table:
        print(*machine.table(heads, table), "", sep="\n")
    print(*(f"- {sentence}" for sentence in sentences), sep="\n")


if __name__ == "__main__":
    main()
