"""What a node needs to know that nobody has decided.

A checkout starts as a laptop's: with error pages in detail. An installed node is one that serves,
so it starts as `install.sh --service` would have it.
"""

import os
import shlex
import shutil
import socket
import subprocess
from collections.abc import Sequence
from pathlib import Path

from dotenv import dotenv_values

from arthexis import folders
from arthexis.folders import VARIABLE

LOOPBACK = ("localhost", "::1")
#: All addresses of the machine. Here they are only asked about; nothing is bound.
EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104  # nosec B104


def loopback(host: str) -> bool:
    """Whether only this machine can reach that address."""
    return host in LOOPBACK or host.startswith("127.")


def complete(data: Path, host: str = "127.0.0.1", options: Sequence[str] = ()) -> dict[str, str]:
    """The environment for the program: this one, with what is missing.

    What stands in this environment or in `envs/*.env` of the data folder is left as it is.
    `options` are those of `serve`: with a certificate, cookies go over HTTPS only.
    """
    known = _decided(data)
    missing = {"DEBUG": "0", "MANAGE_COMMAND": _manage(data)}
    secure = any(option.split("=")[0] == "--tls-cert" for option in options)
    if not secure and "HTTPS" not in known:
        missing["SECURE_COOKIES"] = "0"
    if not loopback(host):
        missing["ALLOWED_HOSTS"] = ",".join(_own_names(host))
    added = {name: value for name, value in missing.items() if name not in known}
    return {**os.environ, **added, VARIABLE: str(data)}


def _manage(data: Path) -> str:
    """What to type for a command of this node, where messages name one."""
    here = [] if data == folders.data() else ["--data", str(data)]
    return shlex.join(["arthexis", "manage", *here])


def _decided(data: Path) -> set[str]:
    names = set(os.environ)
    for file in sorted((data / "envs").glob("*.env")):
        names |= dotenv_values(file).keys()
    return names


def _own_names(host: str) -> list[str]:
    """The names and addresses by which this machine may be asked for."""
    names = ["localhost", "127.0.0.1", "[::1]", socket.gethostname()]
    told: list[str] = [] if host in EVERYWHERE else [host]
    if program := shutil.which("hostname"):
        done = subprocess.run(  # noqa: S603  (a list of words, no shell)
            [program, "-I"], capture_output=True, text=True, timeout=10, check=False
        )
        told += done.stdout.split()
    names += [f"[{one}]" if ":" in one else one for one in told]
    return list(dict.fromkeys(names))
