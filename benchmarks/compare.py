"""Messages a second of this server, the naive design, others' libraries and the floor.

    .venv/bin/python -m benchmarks.compare [--connections 200] [--seconds 10] [--only NAME …]

Each is started in turn on core 0, loaded from core 1 by `benchmarks.load`, and stopped. PostgreSQL
itself is not pinned. What stores values is then asked whether every acknowledged one is in its
database. With several numbers of connections each is measured with each of them. The last thing
printed is a table for `docs/performance.md`.
"""

import argparse
import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

from benchmarks import cpu, fresh, machine
from benchmarks.machine import GENERATOR_CORE, ROOT
from benchmarks.subjects import SAMPLES, SUBJECTS, Start, Subject
from tests.support.databases import PostgresDatabase
from tests.support.ocpp_venv import CannotInstallError
from tests.support.server import ServerFailedError

#: What the generator may take beyond warm-up and measuring, to connect and to end (s).
MORE_S = 90
#: What may go wrong with one subject: its environment, its start, its answers.
FAILURES = (CannotInstallError, ServerFailedError, SystemExit, subprocess.CalledProcessError)


def measure(subject: Subject, connections: int, options: argparse.Namespace) -> dict[str, Any]:
    """Load `subject`; returns the generator's figures and the CPU time of both sides."""
    command = ["taskset", "-c", str(GENERATOR_CORE), sys.executable, "-m", "benchmarks.load"]
    command += [subject.url, "--connections", str(connections)]
    command += ["--seconds", str(options.seconds), "--warm-up", str(options.warm_up)]
    signal.alarm(round(options.seconds + options.warm_up + MORE_S))
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as load:
        try:
            figures = _followed(load, subject)
        finally:
            signal.alarm(0)
            load.kill()
    if subject.database is not None:
        figures["stored"] = subject.stored()
        if figures["stored"] < figures["answered"] * SAMPLES:
            sys.exit(f"LOST: {figures['answered']} answered, {figures['stored']} values stored")
    return figures


def _followed(load: "subprocess.Popen[str]", subject: Subject) -> dict[str, Any]:
    assert load.stdout is not None
    lines = iter(load.stdout)
    _expect(lines, "measuring")
    server, postgres = _pids(subject)
    before = cpu.seconds(server), cpu.seconds(postgres)
    _expect(lines, "measured")
    after = cpu.seconds(server), cpu.seconds(postgres)
    text = next(lines, "")
    if load.wait() or not text:
        sys.exit("the load failed: see above")
    figures: dict[str, Any] = json.loads(text)
    figures["server_cpu_s"] = after[0] - before[0]
    figures["postgres_cpu_s"] = after[1] - before[1] if postgres else None
    return figures


def _too_long(*_: object) -> NoReturn:
    sys.exit("the load did not end in time")


def _expect(lines: Iterator[str], word: str) -> None:
    if next(lines, "").strip() != word:
        sys.exit("the load failed: see above")


def _pids(subject: Subject) -> tuple[list[int], list[int]]:
    """The server's processes, and those of PostgreSQL that work for it or for all."""
    postgres: list[int] = []
    if isinstance(subject.database, PostgresDatabase):
        writers = subject.database.query(
            "SELECT pid FROM pg_stat_activity WHERE backend_type IN "
            "('walwriter', 'background writer', 'checkpointer')"
        )
        postgres = [*subject.database.backends(), *(pid for (pid,) in writers)]
    return cpu.family(subject.pid), postgres


def row(name: str, figures: dict[str, Any], first: float) -> list[str]:
    """A row of the table; `first` is the rate (messages/s) that the others are compared with."""
    per_message = 1e6 / figures["messages"]
    used = f"{figures['server_cpu_s'] * per_message:.0f}"
    if figures["postgres_cpu_s"] is not None:
        used += f" (+{figures['postgres_cpu_s'] * per_message:.0f})"
    rate = figures["messages"] / figures["seconds"]
    return [
        name,
        f"{figures['connections']:,}",
        f"{rate:,.0f}",
        f"{rate / first:.2f}",
        used,
        f"{figures['p50_ms']:.1f} / {figures['p99_ms']:.1f}",
        f"{figures['generator_cpu_s'] / figures['seconds']:.0%}",
    ]


def versions() -> list[str]:
    """The libraries of the others."""
    pins = [
        line
        for file in ("tests/interop/requirements.txt", "benchmarks/floor-requirements.txt")
        for line in (ROOT / file).read_text().splitlines()
        if not line.startswith("#")
    ]
    node = json.loads((ROOT / "tests/interop/node/package.json").read_text())["dependencies"]
    pins += [f"{name} {number} (npm)" for name, number in node.items() if name == "ocpp-rpc"]
    return ["others: " + ", ".join(dict.fromkeys(pin.replace("==", " ") for pin in pins))]


def measured(
    start: Start, work: Path, connections: int, options: argparse.Namespace
) -> dict[str, Any]:
    """One measurement of a subject of its own."""
    with start(work) as subject:
        return measure(subject, connections, options)


def numbers(text: str) -> list[int]:
    """`10,100` as numbers."""
    return [int(word) for word in text.split(",")]


def main() -> None:
    """Measure what the command line asks for and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--connections", type=numbers, default=[200], help="such as 10,100,1000")
    parser.add_argument("--seconds", type=float, default=10.0, help="measured, of each")
    parser.add_argument("--warm-up", type=float, default=3.0)
    parser.add_argument("--only", nargs="+", choices=SUBJECTS, default=list(SUBJECTS))
    options = parser.parse_args()
    machine.end_cleanly()
    machine.need_two_cores()
    signal.signal(signal.SIGALRM, _too_long)
    rows, failed, first = [], [], 0.0
    with fresh.work_folder() as work:
        for key in options.only:
            name, start = SUBJECTS[key]
            for connections in options.connections:
                machine.progress(f"{name}, {connections:,} connections …")
                try:
                    figures = measured(start, work, connections, options)
                except FAILURES as failure:
                    # The others are worth their figures all the same.
                    failed.append(f"{name} with {connections:,} connections: {failure}")
                    machine.progress(failed[-1])
                    continue
                machine.progress(json.dumps(figures))
                first = first or figures["messages"] / figures["seconds"]
                rows.append(row(name, figures, first))
    heads = [
        *("server", "connections", "messages/s", "ratio", "server CPU µs/message"),
        *("p50 / p99 ms", "generator busy"),
    ]
    how = f"{options.warm_up:g} s to warm up, {options.seconds:g} s measured of each"
    print(*machine.conditions(how, *versions()), "", *machine.table(heads, rows), sep="\n")
    if failed:
        sys.exit("\n".join(failed))


if __name__ == "__main__":
    main()
