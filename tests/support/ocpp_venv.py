"""Charge points that nobody here wrote, each library in an environment of its own.

The PyPI library `ocpp` has the name of our own app, so it never enters the project's
environment: it lives in `.interop/` (ignored by git), is run by an interpreter of its own and
only as another process. The npm library `ocpp-rpc` lives beside it. Each environment is made
once and kept; its name holds a digest of what is pinned, so a new pin makes a new one.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.server import ROOT

CACHE = ROOT / ".interop"
PINS = ROOT / "tests" / "interop"
COMPLETE = "complete"
INSTALL_LIMIT_S = 300


class CannotInstallError(Exception):
    """The environment could not be made: no network, or no Node.js. The message says which."""


def python_library() -> Path:
    """The interpreter of an environment with what `tests/interop/requirements.txt` pins."""
    return python_with("python", PINS / "requirements.txt")


def python_with(name: str, pins: Path) -> Path:
    """The interpreter of an environment called `name` with what the file `pins` pins."""
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    return _environment(f"{name}{version}", pins, _venv) / "bin" / "python"


def schemas() -> Path:
    """The folder of OCPP 1.6 JSON schemas that the `ocpp` library ships."""
    environment = python_library().parent.parent
    (folder,) = environment.glob("lib/python*/site-packages/ocpp/v16/schemas")
    return folder


def node_library() -> Path:
    """The `node_modules` folder with what `tests/interop/node/package.json` pins."""
    if shutil.which("npm") is None:
        raise CannotInstallError("Node.js and npm are not installed")
    return _environment("node", PINS / "node" / "package.json", _npm) / "node_modules"


def axe() -> Path:
    """The script of axe-core, as `tests/browser/node/package.json` pins it."""
    if shutil.which("npm") is None:
        raise CannotInstallError("Node.js and npm are not installed")
    pins = ROOT / "tests" / "browser" / "node" / "package.json"
    return _environment("axe", pins, _npm) / "node_modules" / "axe-core" / "axe.min.js"


def _environment(kind: str, pins: Path, make: Callable[[Path, Path], None]) -> Path:
    digest = hashlib.sha256(pins.read_bytes()).hexdigest()[:12]
    folder = CACHE / f"{kind}-{digest}"
    with _one_at_a_time():
        if not (folder / COMPLETE).exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            make(folder, pins)
            (folder / COMPLETE).touch()
    return folder


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Of several test processes one makes the environment and the others wait for it."""
    CACHE.mkdir(exist_ok=True)
    with (CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _venv(folder: Path, pins: Path) -> None:
    _install([sys.executable, "-m", "venv", str(folder)])
    python = str(folder / "bin" / "python")
    _install([python, "-m", "pip", "install", "--quiet", "--no-input", "-r", str(pins)])


def _npm(folder: Path, pins: Path) -> None:
    shutil.copy(pins, folder / "package.json")
    quiet = ["--no-audit", "--no-fund", "--no-package-lock", "--ignore-scripts"]
    _install(["npm", "install", *quiet, "--prefix", str(folder)])


def _install(command: list[str]) -> None:
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    try:
        done = subprocess.run(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=INSTALL_LIMIT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise CannotInstallError(f"{command[0]} did not finish in {INSTALL_LIMIT_S} s") from None
    if done.returncode:
        raise CannotInstallError(f"{' '.join(command)} failed: {done.stderr.strip()[-500:]}")
