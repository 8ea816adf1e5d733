"""What figures depend on: the machine, its load, versions, the commit. And how a run ends."""

import os
import platform
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from tests.support.databases import PostgresDatabase

ROOT = Path(__file__).resolve().parent.parent
#: The server is on the first core and what loads it on the second.
SERVER_CORE, GENERATOR_CORE = 0, 1
#: Limits that are there against flooding (0: none), which the load does from one address.
UNLIMITED = {
    "OCPP_MESSAGES_A_SECOND": "0",
    "OCPP_ADMISSIONS_A_SECOND": "0",
    "OCPP_HANDSHAKES_PER_ADDRESS_A_SECOND": "0",
    "OCPP_CONNECTIONS_PER_ADDRESS": "0",
    "OCPP_CONNECTS_A_MINUTE": "0",
}
_PACKAGES = ("Django", "channels", "uvicorn", "uvloop", "websockets", "msgspec", "psycopg2-binary")
_loads: list[float] = []


def progress(text: str) -> None:
    """Say on stderr what is going on, and remember how busy the machine is."""
    note_load()
    print(text, file=sys.stderr, flush=True)


def note_load() -> None:
    """Remember how busy the machine is now."""
    _loads.append(os.getloadavg()[0])


def end_cleanly() -> None:
    """End on SIGTERM as on Ctrl-C: what was started is ended, what was made is removed.

    Ctrl-C too is asked for by name: whoever starts this in the background has it ignored.
    """
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.default_int_handler)


def enough_descriptors(connections: int) -> None:
    """Let this process have so many connections, or end with a word about it."""
    wanted = connections + 500
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft >= wanted:
        return
    if hard < wanted:
        sys.exit(f"{wanted} file descriptors are needed, {hard} are allowed: see ulimit -Hn")
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def need_two_cores() -> None:
    """End with a word about it where server and load cannot have a core each."""
    if not {SERVER_CORE, GENERATOR_CORE} <= os.sched_getaffinity(0):
        sys.exit("the server needs core 0 and what loads it core 1, and they are not ours to use")
    if shutil.which("taskset") is None:
        sys.exit("taskset is not installed: apt-get install util-linux")


def commit() -> str:
    """The commit that is measured; with a + when the files differ from it."""
    head = _git("rev-parse", "--short", "HEAD")
    return head + ("+" if _git("status", "--porcelain", "--untracked-files=no") else "")


def _git(*arguments: str) -> str:
    done = subprocess.run(
        ["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return done.stdout.strip() if done.returncode == 0 else "unknown"


def _model() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _told_by(*command: str) -> str:
    if shutil.which(command[0]) is None:
        return "none"
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()


def conditions(*more: str) -> list[str]:
    """Lines of a list: the command, the machine, the versions, and `more`."""
    note_load()
    postgres = "none"
    if PostgresDatabase.reachable():
        ((postgres,),) = PostgresDatabase("postgres").query("SHOW server_version")
    module = Path(sys.argv[0]).stem
    command = f"python -m benchmarks.{module} {' '.join(sys.argv[1:])}".rstrip()
    return [
        f"- `{command}`, commit {commit()}",
        f"- {_model()}, {os.cpu_count()} cores; load {min(_loads):.1f} to {max(_loads):.1f}; "
        f"Linux {platform.release()}",
        f"- Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, "
        f"PostgreSQL {postgres}, Redis {_redis_version()}, Node.js {_told_by('node', '--version')}",
        "- " + ", ".join(f"{name} {version(name)}" for name in _PACKAGES),
        *(f"- {line}" for line in more),
    ]


def _redis_version() -> str:
    words = _told_by("redis-server", "--version").split()
    return next((word.removeprefix("v=") for word in words if word.startswith("v=")), "none")


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Lines of a Markdown table."""
    return [
        f"| {' | '.join(heads)} |",
        "| --- " * len(heads) + "|",
        *(f"| {' | '.join(row)} |" for row in rows),
    ]
