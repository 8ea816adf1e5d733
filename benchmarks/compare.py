"""This server on SQLite and on PostgreSQL, and the `ocpp` library's central system, side by side.

    benchmarks/run [--connections 200] [--seconds 10] [--only NAME]

Each is started in turn on core 0, loaded from core 1 by `benchmarks.load`, and stopped. PostgreSQL
itself is not pinned. For our server it is then counted whether every acknowledged value is in
the database. The last thing printed is a table for `docs/performance.md`.
"""

import argparse
import json
import os
import platform
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks import cpu
from tests.support import ocpp_venv
from tests.support.databases import Database, PostgresDatabase, SqliteDatabase
from tests.support.server import ROOT, ServerProcess, free_port

SERVER_CORE, GENERATOR_CORE = 0, 1
SAMPLES = 4
#: Limits that are there against flooding (0: none), which the load does from one address.
UNLIMITED = {
    "OCPP_MESSAGES_A_SECOND": "0",
    "OCPP_ADMISSIONS_A_SECOND": "0",
    "OCPP_HANDSHAKES_PER_ADDRESS_A_SECOND": "0",
    "OCPP_CONNECTIONS_PER_ADDRESS": "0",
    "OCPP_CONNECTS_A_MINUTE": "0",
}


class Subject(NamedTuple):
    """Something under load: where it is, its process, and its database when it has one."""

    url: str
    pid: int
    database: Database | None = None


@contextmanager
def this_server(database: Database, folder: Path) -> Iterator[Subject]:
    """Our server on `database`, as in production."""
    server = ServerProcess(database, folder, core=SERVER_CORE, environment=UNLIMITED)
    try:
        server.manage("migrate", "-v", "0")
        with server:
            yield Subject(server.ws_url, server.pid, database)
    finally:
        database.drop()


@contextmanager
def library_server() -> Iterator[Subject]:
    """The `ocpp` library's central system."""
    port = free_port()
    python = str(ocpp_venv.python_library())
    script = str(ROOT / "benchmarks" / "library_server.py")
    process = subprocess.Popen(["taskset", "-c", str(SERVER_CORE), python, "-I", script, str(port)])
    try:
        deadline = time.monotonic() + 20
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                if process.poll() is not None or time.monotonic() > deadline:
                    sys.exit("the library's central system did not start")
                time.sleep(0.02)  # between two attempts to connect
        yield Subject(f"ws://127.0.0.1:{port}", process.pid)
    finally:
        process.terminate()
        process.wait(10)


def measure(subject: Subject, options: argparse.Namespace) -> dict[str, Any]:
    """Load `subject`; returns the generator's figures and the CPU time of both sides."""
    command = ["taskset", "-c", str(GENERATOR_CORE), sys.executable, "-m", "benchmarks.load"]
    command += [subject.url, "--connections", str(options.connections)]
    command += ["--seconds", str(options.seconds), "--warm-up", str(options.warm_up)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as load:
        assert load.stdout is not None
        lines = iter(load.stdout)
        _expect(lines, "measuring")
        server, postgres = _pids(subject)
        before = cpu.seconds(server), cpu.seconds(postgres)
        _expect(lines, "measured")
        after = cpu.seconds(server), cpu.seconds(postgres)
        text = next(lines, "")
    if load.returncode or not text:
        sys.exit("the load failed: see above")
    figures: dict[str, Any] = json.loads(text)
    figures["server_cpu_s"] = after[0] - before[0]
    figures["postgres_cpu_s"] = after[1] - before[1] if postgres else None
    if subject.database is not None:
        ((stored,),) = subject.database.query("SELECT count(*) FROM ocpp_meterreading")
        if stored < figures["answered"] * SAMPLES:
            sys.exit(f"LOST: {figures['answered']} messages answered, {stored} values stored")
        figures["stored"] = stored
    return figures


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


def row(name: str, figures: dict[str, Any]) -> str:
    """A row of the table."""
    per_message = 1e6 / figures["messages"]
    used = f"{figures['server_cpu_s'] * per_message:.0f}"
    if figures["postgres_cpu_s"] is not None:
        used += f" (+{figures['postgres_cpu_s'] * per_message:.0f})"
    busy = figures["generator_cpu_s"] / figures["seconds"]
    return (
        f"| {name} | {figures['messages'] / figures['seconds']:,.0f} | {used} "
        f"| {figures['p50_ms']:.1f} / {figures['p99_ms']:.1f} | {busy:.0%} |"
    )


def conditions(options: argparse.Namespace) -> str:
    """What the figures depend on."""
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    packages = ("Django", "channels", "uvicorn", "uvloop", "websockets", "msgspec")
    postgres = "none"
    if PostgresDatabase.reachable():
        ((postgres,),) = PostgresDatabase("postgres").query("SHOW server_version")
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    pins = (ROOT / "tests" / "interop" / "requirements.txt").read_text().splitlines()
    return "\n".join(
        [
            f"- {options.connections} connections, {options.warm_up:g} s to warm up, "
            f"{options.seconds:g} s measured, commit {commit}",
            f"- {model}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the end; "
            f"Linux {platform.release()}",
            f"- Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, "
            f"PostgreSQL {postgres}",
            "- " + ", ".join(f"{name} {version(name)}" for name in packages),
            "- library: " + ", ".join(pin for pin in pins if not pin.startswith("#")),
        ]
    )


def main() -> None:
    """Measure what the command line asks for and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--connections", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=10.0, help="measured, of each")
    parser.add_argument("--warm-up", type=float, default=3.0)
    parser.add_argument("--only", choices=["sqlite", "postgresql", "library"])
    options = parser.parse_args()
    table = [
        "| server | messages/s | server CPU µs/message | p50 / p99 ms | generator busy |",
        "| --- | --- | --- | --- | --- |",
    ]
    # On the disk of the checkout, for `/tmp` may be memory, where a durable write costs nothing.
    with tempfile.TemporaryDirectory(dir=ROOT, prefix=".benchmark-") as work:
        subjects = {
            "sqlite": (
                "this server, SQLite",
                lambda: this_server(SqliteDatabase(Path(work) / "node.sqlite3"), Path(work)),
            ),
            "postgresql": (
                "this server, PostgreSQL",
                lambda: this_server(PostgresDatabase.create(), Path(work)),
            ),
            "library": ("the `ocpp` library, stores nothing", library_server),
        }
        for key, (name, start) in subjects.items():
            if options.only in (None, key):
                print(f"{name} …", file=sys.stderr, flush=True)
                with start() as subject:
                    figures = measure(subject, options)
                print(json.dumps(figures), file=sys.stderr, flush=True)
                table.append(row(name, figures))
    print(conditions(options), "", *table, sep="\n")


if __name__ == "__main__":
    main()
