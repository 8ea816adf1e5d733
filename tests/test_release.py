"""The project is released to an index, installed from there, and serves a charge point.

A real index with a password, a repository of its own, an empty environment. It takes a minute or
two, most of it pip's and that of the migrations, so it is one story, told once, on SQLite.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from tests.support.package_index import (
    PASSWORD,
    USER,
    PackageIndex,
    package_index,
    package_index_process,
)
from tests.support.server import ROOT, free_port
from tests.support.services import need

__all__ = ["package_index", "package_index_process"]

pytestmark = pytest.mark.skipif(
    connection.vendor != "sqlite", reason="the package is built and installed once, on SQLite"
)
INSTALL_LIMIT_S = 400
START_LIMIT_S = 240


def done(command: list[str], folder: Path, **variables: str) -> str:
    """What a program says that succeeds."""
    kept = ("PATH", "LANG", "LC_ALL")
    environ = {n: v for n, v in os.environ.items() if n in kept or n.startswith("PIP_")}
    ended = subprocess.run(
        command,
        cwd=folder,
        env={
            # What pip has fetched before may be used again.
            "PIP_CACHE_DIR": str(Path.home() / ".cache" / "pip"),
            **environ,
            "HOME": str(folder),
            **variables,
        },
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=INSTALL_LIMIT_S,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout[-3000:]
    return ended.stdout


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """The project as it stands here, in a git repository of its own."""
    need("git")
    if not (ROOT / ".git").exists():
        pytest.skip("this copy of the project is no git repository")
    folder = tmp_path / "clone"
    listed = done(["git", "ls-files", "-co", "--exclude-standard"], ROOT, HOME=str(tmp_path))
    for name in listed.splitlines():
        if (source := ROOT / name).is_file() and not source.is_symlink():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, folder / name)
    identity = ["-c", "user.name=Somebody", "-c", "user.email=somebody@example.com"]
    done(["git", "init", "--quiet", "--initial-branch", "main"], folder)
    done(["git", "add", "--all"], folder)
    done(["git", *identity, "commit", "--quiet", "--message", "As it stands"], folder)
    done(["git", "config", "user.name", "Somebody"], folder)
    done(["git", "config", "user.email", "somebody@example.com"], folder)
    return folder


def released(clone: Path, index: PackageIndex) -> str:
    """What `build_pypi` tells; the version is 7.8.9."""
    return done(
        [sys.executable, "manage.py", "build_pypi", "--all", "--bump", "7.8.9"],
        clone,
        TWINE_REPOSITORY_URL=index.url,
        TWINE_USERNAME=USER,
        TWINE_PASSWORD=PASSWORD,
        LANGUAGE_CODE="en",
    )


def installed(folder: Path, index: PackageIndex) -> Path:
    """An empty environment that the package was installed into."""
    environment = folder / "environment"
    done([sys.executable, "-m", "venv", str(environment)], folder)
    pip = [str(environment / "bin/python"), "-m", "pip", "install", "--quiet", "--no-input"]
    # The package from that index and no other, then what it needs from where pip finds it.
    wanted = "arthexis==7.8.9"
    alone = ["--isolated", "--no-deps", "--index-url", f"{index.url}simple/"]
    done([*pip, *alone, wanted], folder)
    done([*pip, "--no-compile", wanted], folder)
    done([str(environment / "bin/python"), "-m", "pip", "check"], folder)
    return environment


class Node:
    """`arthexis run`, and what it says."""

    def __init__(self, environment: Path, data: Path, folder: Path) -> None:
        self.port = free_port()
        self.said = ""
        self._process = subprocess.Popen(
            [
                *(str(environment / "bin/arthexis"), "run", f"127.0.0.1:{self.port}"),
                *("--data", str(data)),
            ],
            cwd=folder,
            env={"PATH": os.environ["PATH"], "HOME": str(folder), "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._serving = threading.Event()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.said += line
            if line.startswith("Serving "):
                self._serving.set()
        self._serving.set()

    def wait(self) -> None:
        """Until it accepts connections."""
        assert self._serving.wait(START_LIMIT_S), self.said
        deadline = time.monotonic() + 30
        while self._process.poll() is None and time.monotonic() < deadline:
            try:
                self.page("/health/live")
            except OSError:
                time.sleep(0.05)  # between two attempts to connect
            else:
                return
        raise AssertionError(self.said)

    def page(self, path: str) -> str:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=60) as answer:
            text: str = answer.read().decode()
            return text

    def end(self) -> int:
        """Ask it to end; its exit code."""
        self._process.send_signal(signal.SIGTERM)
        code = self._process.wait(60)
        self._reader.join()
        return code

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()
        self._reader.join()
        assert self._process.stdout is not None
        self._process.stdout.close()


@pytest.fixture
def nodes() -> Iterator[list[Node]]:
    """Nodes, which end with the test."""
    running: list[Node] = []
    yield running
    for node in running:
        node.kill()


def files(folder: Path) -> set[str]:
    """What lies there, but for what Python compiles by itself."""
    return {str(path) for path in folder.rglob("*") if "__pycache__" not in path.parts}


def booted(port: int) -> list[Any]:
    """What a charge point is answered when it boots."""
    with connect(
        f"ws://127.0.0.1:{port}/ws/ocpp/CP7/", subprotocols=[Subprotocol("ocpp1.6")]
    ) as socket:
        boot = {"chargePointVendor": "Nobody", "chargePointModel": "None"}
        socket.send(json.dumps([2, "1", "BootNotification", boot]))
        answer: list[Any] = json.loads(socket.recv(timeout=60))
        return answer


def test_released_installed_and_serving(
    clone: Path, package_index: PackageIndex, tmp_path: Path, nodes: list[Node]
) -> None:
    told = released(clone, package_index)
    assert "[6/6] Tagging v7.8.9" in told
    assert PASSWORD not in told
    assert all(PASSWORD not in log.read_text() for log in (clone / "logs").glob("*.log"))
    assert package_index.names() == ["arthexis-7.8.9-py3-none-any.whl", "arthexis-7.8.9.tar.gz"]
    assert done(["git", "describe", "--tags"], clone) == "v7.8.9\n"
    assert done(["git", "status", "--porcelain"], clone) == ""

    environment = installed(tmp_path, package_index)
    (libraries,) = environment.glob("lib/python3*/site-packages")
    # Nothing with a general name: neither our apps nor our settings.
    ours = {"config", "accounts", "ocpp", "tests", "release", "docs", "manage.py"}
    assert not ours & {path.name for path in libraries.iterdir()}
    program = str(environment / "bin/arthexis")
    assert done([program, "--version"], tmp_path) == "7.8.9\n"

    before, data = files(libraries), tmp_path / "a node's data"
    nodes.append(node := Node(environment, data, tmp_path))
    node.wait()
    assert "User: admin  Password: " in node.said
    answer = booted(node.port)
    assert (answer[:2], answer[2]["status"]) == ([3, "1"], "Accepted")
    # A page with its static files, by the names that may be cached for ever; the documents.
    page = node.page("/")
    assert "Arthexis" in page
    style = next(part for part in page.split('"') if ".css" in part and part.startswith("/static/"))
    assert len(style.rsplit("/", 1)[1].split(".")) >= 3
    assert node.page(style)
    assert node.end() == 0
    # All that it wrote is in its folder.
    assert {path.name for path in data.iterdir()} >= {"db.sqlite3", "envs", "logs", "staticfiles"}
    assert files(libraries) == before
    told = done([program, "manage", "--data", str(data), "ensure_admin"], tmp_path)
    assert "There is an administrator already" in told
