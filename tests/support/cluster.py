"""A PostgreSQL cluster of a test's own, which can be stopped, started again and frozen."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.support.databases import PostgresDatabase
from tests.support.processes import children
from tests.support.server import ServerFailedError, free_port

COMMAND_LIMIT_S = 60
#: PostgreSQL refuses to run as root, so root runs it as this user.
USER = "postgres"


def programs() -> Path | None:
    """The folder with `initdb` and `pg_ctl`; Debian keeps them out of PATH."""
    found = shutil.which("pg_ctl")
    versions = Path("/usr/lib/postgresql").glob("*/bin/pg_ctl")
    newest = sorted(versions, key=lambda path: float(path.parts[-3]))
    paths = [Path(found)] if found else newest[-1:]
    return paths[0].resolve().parent if paths else None


class ClusterDatabase(PostgresDatabase):
    """A database of a test's own cluster."""

    @classmethod
    def create(cls, template: str = "template0") -> "ClusterDatabase":
        """A new database with a name of its own."""
        return cls(super().create(template).name)

    @staticmethod
    def server() -> dict[str, str]:
        """How to reach the cluster, as psycopg2 names it."""
        return {"host": "127.0.0.1", "port": str(_port), "user": USER, "password": ""}


#: Of the one cluster that a test run has at a time.
_port = 0


class Cluster:
    """`postgres` on a loopback port, with its data in a temporary folder."""

    def __init__(self) -> None:
        global _port
        found = programs()
        if found is None:
            raise ServerFailedError("PostgreSQL has no pg_ctl here")
        self._programs = found
        self.folder = Path(tempfile.mkdtemp(prefix="constellation-cluster-"))
        self._data = self.folder / "data"
        self._as_user: list[str] = []
        if os.geteuid() == 0:
            shutil.chown(self.folder, USER, USER)
            self._as_user = ["runuser", "-u", USER, "--"]
        self.port = _port = free_port()
        self._do("initdb", "-D", self._data, "-U", USER, "-A", "trust", "--no-sync", "-E", "UTF8")

    def _do(self, program: str, *arguments: object) -> None:
        done = subprocess.run(
            [*self._as_user, str(self._programs / program), *map(str, arguments)],
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            timeout=COMMAND_LIMIT_S,
            check=False,
        )
        if done.returncode:
            raise ServerFailedError(f"{program} failed: {done.stderr}")

    def start(self) -> "Cluster":
        """Start it; returns when it answers."""
        # What survives a crash of the server needs no fsync: the machine does not crash.
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c fsync=off -k {self.folder}"
        log = self.folder / "log"
        self._do("pg_ctl", "-D", self._data, "-l", log, "-w", "-o", options, "start")
        return self

    def stop_at_once(self) -> None:
        """`pg_ctl stop -m immediate`: as if it had crashed."""
        self._do("pg_ctl", "-D", self._data, "-w", "-m", "immediate", "stop")

    @property
    def pid(self) -> int:
        """The process id of its first process."""
        return int((self._data / "postmaster.pid").read_text("ascii").split()[0])

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """All of its processes stand still: connections stay, and are not answered."""
        first = self.pid
        # First the one that starts others, so that none is forgotten.
        with _standing_still([first]), _standing_still(children(first)):
            yield

    @contextmanager
    def frozen_backends(self, database: PostgresDatabase) -> Iterator[None]:
        """The processes that now serve `database` stand still; new connections are served."""
        with _standing_still(database.backends()):
            yield

    def remove(self) -> None:
        """End it, whatever state it is in, and remove its files."""
        with suppress(OSError, ValueError, IndexError):
            first = self.pid
            family = [first, *children(first)]
            for number in (signal.SIGCONT, signal.SIGQUIT):
                for pid in family:
                    with suppress(ProcessLookupError):
                        os.kill(pid, number)
            deadline = time.monotonic() + COMMAND_LIMIT_S
            while Path(f"/proc/{first}").exists() and time.monotonic() < deadline:
                time.sleep(0.05)  # between two looks
        shutil.rmtree(self.folder, ignore_errors=True)


@contextmanager
def _standing_still(pids: list[int]) -> Iterator[None]:
    stopped: list[int] = []
    try:
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGSTOP)
                stopped.append(pid)
        yield
    finally:
        for pid in stopped:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)
