"""The real server as a process of its own: started, killed, restarted, asked over HTTP.

`ServerProcess` is what a node runs in production (uvicorn) or, with `runserver=True`, what a
developer runs. It has a database of its own (`tests.support.databases`) and everything that
it writes to its output is kept for the test to read.
"""

import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

from tests.support.databases import Database

ROOT = Path(__file__).resolve().parent.parent.parent
#: Below the range from which the kernel takes the ports of outgoing connections: a client that
#: keeps trying a dead server's port in that range can end up connected to itself.
PORTS = range(20_000, 32_000)
START_LIMIT_S = 60
STOP_LIMIT_S = 20


class ServerFailedError(AssertionError):
    """The server did not start, or a command of it failed; the message holds its output."""


def free_port() -> int:
    """A loopback port that nobody listens on now."""
    for port in random.sample(PORTS, 200):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise ServerFailedError("no free port found on 127.0.0.1")


class ServerProcess:
    """One server process on a loopback port, with a database and a folder of its own."""

    #: Whether what its sessions send is written down, and the files with it, of all servers:
    #: `conftest.py` has it judged. Off in benchmarks.
    watched = False
    records: ClassVar[dict[Path, None]] = {}

    def __init__(
        self,
        database: Database,
        folder: Path,
        *,
        runserver: bool = False,
        serve: Sequence[str] | None = None,
        core: int | None = None,
        environment: dict[str, str] | None = None,
    ) -> None:
        """`core` pins the server to one CPU; `environment` adds to its variables.

        With `serve` it is started by `manage.py serve` and these options.
        """
        self.database = database
        self.folder = folder
        self.runserver = runserver
        self.serve = serve
        self.core = core
        self.port = free_port()
        self.log_path = folder / f"server-{self.port}.log"
        self.environment = {
            **os.environ,
            "SECRET_KEY": "only-for-tests-" + "x" * 50,
            "DEBUG": "1" if runserver else "0",
            "ALLOWED_HOSTS": "127.0.0.1",
            "LOGS_DIR": str(folder / "logs"),
            "MEDIA_ROOT": str(folder / "media"),
            "UPLOADS_ROOT": str(folder / "uploads"),
            "PYTHONUNBUFFERED": "1",
            # Charge points of tests expect no calls but those that their tests make.
            "OCPP_READ_CONFIGURATION": "0",
            # Pages of tests ask no other host.
            "ASSETS_CDN": "0",
            **database.environment,
            **(environment or {}),
        }
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "ServerProcess":
        return self.start()

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self.stop()

    @property
    def url(self) -> str:
        """Where its pages are."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def ws_url(self) -> str:
        """Where its WebSockets are."""
        return f"ws://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        """The process id of the running server."""
        if self._process is None:
            raise ServerFailedError("the server is not running")
        return self._process.pid

    def start(self) -> "ServerProcess":
        """Start it and return when it accepts connections."""
        command = [sys.executable, *self._watched(), *self._arguments()]
        if self.core is not None:
            command = ["taskset", "-c", str(self.core), *command]
        with self.log_path.open("ab") as log:
            self._process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        deadline = time.monotonic() + START_LIMIT_S
        while not self._accepts():
            if self._process.poll() is not None:
                raise ServerFailedError(f"the server ended at its start:\n{self.output()}")
            if time.monotonic() > deadline:
                self.kill()
                raise ServerFailedError(f"not ready after {START_LIMIT_S} s:\n{self.output()}")
            time.sleep(0.02)  # between two attempts to connect
        return self

    def _watched(self) -> list[str]:
        """What stands before the server's own command line where its frames are written down."""
        if not self.watched:
            return []
        self.records.setdefault(self.log_path.with_suffix(".frames"))
        return ["-m", "tests.support.watched_server", str(self.log_path.with_suffix(".frames"))]

    def _arguments(self) -> list[str]:
        if self.serve is not None:
            return ["manage.py", "serve", "--port", str(self.port), *self.serve]
        return self._runserver() if self.runserver else self._uvicorn()

    def _uvicorn(self) -> list[str]:
        return [
            *("-m", "uvicorn", "config.asgi:application", "--host", "127.0.0.1"),
            *("--port", str(self.port), "--ws", "websockets-sansio", "--loop", "uvloop"),
            *("--http", "httptools", "--no-access-log"),
        ]

    def _runserver(self) -> list[str]:
        return ["manage.py", "runserver", "--noreload", f"127.0.0.1:{self.port}"]

    def _accepts(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        except OSError:
            return False
        return True

    def kill(self) -> None:
        """SIGKILL: the process has no chance to finish anything."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """SIGTERM, and SIGKILL when it does not end."""
        try:
            self._end(signal.SIGTERM)
        except subprocess.TimeoutExpired:
            self.kill()
            raise ServerFailedError(f"SIGTERM did not end it:\n{self.output()}") from None

    def end_with(self, number: signal.Signals) -> tuple[int, float]:
        """Send a signal and wait for the end; returns the exit code and how long it took (s)."""
        process = self._process
        if process is None:
            raise ServerFailedError("the server is not running")
        begin = time.monotonic()
        try:
            self._end(number)
        except subprocess.TimeoutExpired:
            self.kill()
            raise ServerFailedError(f"{number.name} did not end it:\n{self.output()}") from None
        return process.returncode, time.monotonic() - begin

    def _end(self, number: signal.Signals) -> None:
        if self._process is None:
            return
        if self._process.poll() is None:
            os.killpg(self._process.pid, number)
        self._process.wait(timeout=STOP_LIMIT_S)
        self._process = None

    def output(self) -> str:
        """All that it has written to its output and to its log files, over every start."""
        files = [self.log_path, *sorted((self.folder / "logs").glob("*.log*"))]
        return "".join(path.read_text(errors="replace") for path in files if path.exists())

    def manage(self, *arguments: str) -> str:
        """What `manage.py` with these arguments prints, on this server's database."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        if done.returncode:
            raise ServerFailedError(f"manage.py {arguments[0]} failed:\n{done.stdout}{done.stderr}")
        return done.stdout

    def shell(self, code: str) -> Any:
        """Run `code` in the project's shell; it gives its result by calling `answer(value)`."""
        mark = "answer:"
        prelude = f"import json\ndef answer(value): print({mark!r} + json.dumps(value))\n"
        for line in self.manage("shell", "-v", "0", "-c", prelude + code).splitlines():
            if line.startswith(mark):
                return json.loads(line.removeprefix(mark))
        return None

    def request(
        self, method: str, path: str, body: Any = None, *, token: str = ""
    ) -> tuple[int, Any]:
        """The status and the JSON of an HTTP request, with `token` as its Bearer token."""
        request = urllib.request.Request(  # noqa: S310  (our own loopback server)
            self.url + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={
                "Content-Type": "application/json",
                "Accept": "application/json",
                **({"Authorization": f"Bearer {token}"} if token else {}),
            },
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as response:  # noqa: S310
                return response.status, json.loads(response.read() or b"null")
        except urllib.error.HTTPError as error:
            content = error.read()
            try:
                return error.code, json.loads(content or b"null")
            except ValueError:
                return error.code, content.decode(errors="replace")
