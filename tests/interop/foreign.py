"""Drives a charge point of a foreign library, which is a process of its own."""

import json
import os
import queue
import subprocess
import threading
from pathlib import Path
from typing import Any

from tests.support import ocpp_venv

HERE = Path(__file__).resolve().parent
ANSWER_LIMIT_S = 25


class ForeignChargePoint:
    """A charge point of the library `library`, "ocpp" (Python) or "ocpp-rpc" (Node.js).

    `answers` says what it answers to each command of the server, by action; `tls` (only "ocpp")
    the paths of its authority, certificate and key.
    """

    def __init__(
        self,
        library: str,
        url: str,
        charger_id: str,
        answers: dict[str, dict[str, Any]],
        tls: dict[str, str] | None = None,
    ) -> None:
        self._endings: queue.Queue[dict[str, Any]] = queue.Queue()
        self._commands: queue.Queue[dict[str, Any]] = queue.Queue()
        #: What the library found wrong with what the server sent.
        self.complaints: list[str] = []
        environment = dict(os.environ)
        if library == "ocpp":
            program = [str(ocpp_venv.python_library()), "-I", str(HERE / "charge_point.py")]
        else:
            program = ["node", str(HERE / "node" / "charge_point.js")]
            environment["NODE_PATH"] = str(ocpp_venv.node_library())
        self._process = subprocess.Popen(
            [*program, url, charger_id, json.dumps(answers), *([json.dumps(tls)] if tls else [])],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self) -> "ForeignChargePoint":
        self.subprotocol = self._next(self._endings)["connected"]
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        try:
            self._process.wait(ANSWER_LIMIT_S)
        finally:
            self._process.kill()
            self._reader.join()
            self._process.stdout.close()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for text in self._process.stdout:
            line = json.loads(text)
            if "invalid" in line:
                self.complaints.append(line["invalid"])
            elif "command" in line:
                self._commands.put(line)
            else:
                self._endings.put(line)

    def _next(self, lines: queue.Queue[dict[str, Any]]) -> dict[str, Any]:
        try:
            return lines.get(timeout=ANSWER_LIMIT_S)
        except queue.Empty:
            raise AssertionError("the charge point said nothing") from None

    def call(self, action: str, payload: dict[str, Any]) -> dict[str, Any]:
        """The server's answer to a call; any CALLERROR or broken schema fails the test."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"call": action, "payload": payload}) + "\n")
        self._process.stdin.flush()
        ending = self._next(self._endings)
        assert "result" in ending, f"{action}: {ending}"
        result: dict[str, Any] = ending["result"]
        return result

    def command(self) -> tuple[str, dict[str, Any]]:
        """The next command that the server sent: its action and payload."""
        line = self._next(self._commands)
        return line["command"], line["payload"]
