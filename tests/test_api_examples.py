"""The examples of `docs/api.md`, run by curl against the real server, answer as they are shown."""

import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from tests.support.server import ServerProcess
from tests.support.services import need

ROOT = Path(__file__).resolve().parent.parent
DOCUMENT = ROOT / "docs" / "api.md"
_BLOCK = re.compile(r"^```(sh|json)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ADDRESS = "http://127.0.0.1:8000"


def examples() -> list[tuple[str, Any]]:
    """The commands in their order, each with the answer that is shown below it, if any."""
    found: list[tuple[str, Any]] = []
    for kind, text in _BLOCK.findall(DOCUMENT.read_text()):
        if kind == "sh":
            found.append((text, None))
        else:
            command, shown = found.pop()
            assert shown is None, f"two answers for {command}"
            found.append((command, json.loads(text)))
    return found


def differences(shown: Any, got: Any, where: str = "$") -> Iterator[str]:
    """In what the shape of an answer differs from the one that is shown."""
    if isinstance(shown, dict):
        if not isinstance(got, dict):
            yield f"{where}: {got!r} is no object"
            return
        for name in shown.keys() ^ got.keys():
            yield f"{where}.{name} is {'missing' if name in shown else 'not shown'}"
        for name in shown.keys() & got.keys():
            yield from differences(shown[name], got[name], f"{where}.{name}")
    elif isinstance(shown, list):
        if not isinstance(got, list) or (shown and not got):
            yield f"{where}: {got!r} is no list like {shown!r}"
        for number, one in enumerate(got if shown else []):
            yield from differences(shown[0], one, f"{where}[{number}]")
    elif None not in (shown, got) and type(shown) is not type(got):
        yield f"{where}: {got!r} is no {type(shown).__name__}"


@contextmanager
def charge_point(url: str) -> Iterator[None]:
    """A charge point that accepts whatever it is told."""
    with connect(url, subprotocols=[Subprotocol("ocpp1.6")]) as socket:
        boot = {"chargePointVendor": "Acme", "chargePointModel": "One"}
        socket.send(json.dumps([2, "boot", "BootNotification", boot]))
        assert json.loads(socket.recv(timeout=20))[2]["status"] == "Accepted"

        def answer() -> None:
            with suppress(ConnectionClosed):
                for text in socket:
                    frame = json.loads(text)
                    if frame[0] == 2:
                        socket.send(json.dumps([3, frame[1], {"status": "Accepted"}]))

        thread = threading.Thread(target=answer)
        thread.start()
        yield
        socket.close()
        thread.join()


def _run(server: ServerProcess, command: str, kept: Path) -> str:
    """What a block of the document prints; the variables that it sets stay for the next."""
    script = f"set -eu\n[ ! -f {kept} ] || . {kept}\n{command.replace(ADDRESS, server.url)}"
    script += f"\ndeclare -p URL TOKEN > {kept}\n"
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=ROOT,
        env={**server.environment, "PATH": path},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    return done.stdout


def test_the_examples_answer_as_they_are_shown(server: ServerProcess, tmp_path: Path) -> None:
    need("curl")
    server.shell("from tests.support import api_world\napi_world.fill()")
    found = examples()
    assert len(found) > 12
    with charge_point(f"{server.ws_url}/ws/ocpp/CP1"):
        for command, shown in found:
            printed = _run(server, command, tmp_path / "variables")
            if shown is not None:
                wrong = list(differences(shown, json.loads(printed)))
                assert wrong == [], f"{command}\n{printed}"
            elif "curl" in command:
                assert printed.count("\n") >= 2, printed
