"""What is compared: this server, the naive design, other people's libraries, and the floor.

Each is a process of its own on core 0 (with two workers: on all cores), answers the same load of
`benchmarks.load`, and is ended with all that it made.
"""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from typing import NamedTuple

from benchmarks import fresh
from benchmarks.machine import ROOT, SERVER_CORE, UNLIMITED
from tests.support import ocpp_venv
from tests.support.databases import Database, PostgresDatabase, SqliteDatabase
from tests.support.redis import RedisServer
from tests.support.server import ServerProcess, free_port

HERE = ROOT / "benchmarks"
START_LIMIT_S = 20
#: Rows that a MeterValues of the load makes.
SAMPLES = 4


class Subject(NamedTuple):
    """Something under load: where it is, its process, and where its rows are when it has any."""

    url: str
    pid: int
    database: Database | None = None
    table: str = ""

    def stored(self) -> int:
        """The values that are in its database."""
        assert self.database is not None
        ((rows,),) = self.database.query(f"SELECT count(*) FROM {self.table}")  # noqa: S608
        return int(rows)


#: Starts a subject with a folder for what it writes.
Start = Callable[[Path], AbstractContextManager[Subject]]


@contextmanager
def this_server(kind: str, folder: Path) -> Iterator[Subject]:
    """Our server as in production, one process."""
    with fresh.migrated(kind, folder) as database:
        server = ServerProcess(
            database, folder, core=SERVER_CORE, environment=UNLIMITED, serve=["--workers", "1"]
        )
        with _ended(server):
            yield Subject(server.ws_url, server.start().pid, database, "ocpp_meterreading")


@contextmanager
def two_workers(folder: Path) -> Iterator[Subject]:
    """Our server as in production, two workers with PostgreSQL and Redis, on all cores."""
    redis = RedisServer(folder)
    try:
        redis.start()
        with fresh.migrated("postgresql", folder) as database:
            environment = UNLIMITED | {"REDIS_URL": redis.url}
            server = ServerProcess(
                database, folder, serve=["--workers", "2"], environment=environment
            )
            with _ended(server):
                server.start()
                _until(lambda: "2 workers serve" in server.output(), "two workers")
                _until(lambda: redis.listeners() == 2, "their hints")
                yield Subject(server.ws_url, server.pid, database, "ocpp_meterreading")
    finally:
        redis.kill()


@contextmanager
def _ended(server: ServerProcess) -> Iterator[None]:
    """It ends with the block, in order when all went well."""
    try:
        yield
        server.stop()
    finally:
        server.kill()


@contextmanager
def naive(kind: str, folder: Path) -> Iterator[Subject]:
    """Stock Django and Channels on uvicorn, one ORM write for each message."""
    with fresh.empty(kind, folder) as database:
        environment = {**os.environ, **database.environment, "PYTHONPATH": str(ROOT)}
        subprocess.run(
            [
                *(sys.executable, "-m", "django", "migrate", "--run-syncdb", "-v", "0"),
                *("--settings", "benchmarks.naive.settings"),
            ],
            cwd=ROOT,
            env=environment,
            check=True,
        )
        port = free_port()
        command = [
            *(sys.executable, "-m", "uvicorn", "benchmarks.naive.asgi:application"),
            *("--host", "127.0.0.1", "--port", str(port), "--ws", "websockets-sansio"),
            *("--loop", "uvloop", "--http", "httptools", "--no-access-log"),
            *("--lifespan", "off", "--log-level", "warning"),
        ]
        with _process(command, port, environment) as pid:
            yield Subject(f"ws://127.0.0.1:{port}", pid, database, "naive_reading")


@contextmanager
def floor(kind: str, folder: Path) -> Iterator[Subject]:
    """Bare picows with `executemany` on SQLite, COPY on PostgreSQL."""
    python = str(ocpp_venv.python_with("floor", HERE / "floor-requirements.txt"))
    with fresh.empty(kind, folder) as database:
        if isinstance(database, SqliteDatabase):
            where, environment = str(database.path), dict(os.environ)
        else:
            assert isinstance(database, PostgresDatabase)
            reach = PostgresDatabase.server()
            # Other programs can read a command line.
            environment = os.environ | {"PGPASSWORD": reach.pop("password")}
            where = " ".join(f"{key}={value}" for key, value in reach.items())
            where += f" dbname={database.name}"
        port = free_port()
        command = [python, "-I", str(HERE / "floor_server.py"), str(port), kind, where]
        with _process(command, port, environment) as pid:
            yield Subject(f"ws://127.0.0.1:{port}", pid, database, "reading")


@contextmanager
def library(_: Path) -> Iterator[Subject]:
    """The central system of the Python library `ocpp`, which stores nothing."""
    port = free_port()
    python = str(ocpp_venv.python_library())
    command = [python, "-I", str(HERE / "library_server.py"), str(port)]
    with _process(command, port, dict(os.environ)) as pid:
        yield Subject(f"ws://127.0.0.1:{port}", pid)


@contextmanager
def rpc(_: Path) -> Iterator[Subject]:
    """The server of the npm library `ocpp-rpc`, strict, which stores nothing."""
    port = free_port()
    environment = os.environ | {"NODE_PATH": str(ocpp_venv.node_library())}
    with _process(["node", str(HERE / "rpc_server.js"), str(port)], port, environment) as pid:
        yield Subject(f"ws://127.0.0.1:{port}", pid)


@contextmanager
def _process(command: list[str], port: int, environment: dict[str, str]) -> Iterator[int]:
    """A server on core 0, once it accepts connections; it ends with the block."""
    pinned = ["taskset", "-c", str(SERVER_CORE), *command]
    # What it may say stands on stderr, beside the progress.
    process = subprocess.Popen(
        pinned,
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=sys.stderr,
        start_new_session=True,
    )
    try:
        _until(lambda: process.poll() is not None or _accepts(port), command[-1])
        if process.poll() is not None:
            sys.exit(f"{' '.join(command)} ended at its start: see above")
        yield process.pid
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _accepts(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def _until(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + START_LIMIT_S
    while not condition():
        if time.monotonic() > deadline:
            sys.exit(f"not there after {START_LIMIT_S} s: {what}")
        time.sleep(0.02)  # between two looks


#: All of them: name on the command line, name in the table, how to start it.
SUBJECTS: dict[str, tuple[str, Start]] = {
    "sqlite": ("this server, SQLite", partial(this_server, "sqlite")),
    "postgresql": ("this server, PostgreSQL", partial(this_server, "postgresql")),
    "workers": ("this server, PostgreSQL, 2 workers and Redis, both cores", two_workers),
    "naive-sqlite": ("naive design, SQLite", partial(naive, "sqlite")),
    "naive-postgresql": ("naive design, PostgreSQL", partial(naive, "postgresql")),
    "library": ("Python library `ocpp`, stores nothing", library),
    "rpc": ("npm library `ocpp-rpc`, stores nothing", rpc),
    "floor-sqlite": ("floor: picows and executemany, SQLite", partial(floor, "sqlite")),
    "floor-postgresql": ("floor: picows and COPY, PostgreSQL", partial(floor, "postgresql")),
}
