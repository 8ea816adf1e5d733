"""Judges every frame that we send in a test by the official schemas, wherever it was sent.

`frame_watch` writes down what sessions hear and say: in this process (`conftest.py`), and in each
server process that a test starts (`watched_server`). `Judge` says what is wrong with it. Only what
we say is judged; from what is heard comes the action that an answer belongs to.
"""

import json
import os
import re
from collections import deque
from collections.abc import Iterable
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft4Validator, FormatChecker

from tests.support import ocpp_venv
from tests.support.frame_watch import Event
from tests.support.schemas import judge as schema_of
from tests.support.server import ServerProcess

#: OCPP-J 1.6, 4.2.3. `OccurenceConstraintViolation` is how the standard spells it.
ERROR_CODES = frozenset(
    {
        *("NotImplemented", "NotSupported", "InternalError", "ProtocolError", "SecurityError"),
        *("FormationViolation", "PropertyConstraintViolation", "OccurenceConstraintViolation"),
        *("TypeConstraintViolation", "GenericError"),
    }
)
MAX_MESSAGE_ID, MAX_DESCRIPTION = 36, 255

#: What we send on purpose although a schema forbids it: (schema, text within the complaint), with
#: the reason. A test that needs one adds it here and nowhere else.
EXCEPTIONS: dict[tuple[str, str], str] = {}

_FORMATS = FormatChecker(formats=[])
_RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")


@_FORMATS.checks("date-time")
def _is_time(value: Any) -> bool:
    return not isinstance(value, str) or _RFC3339.fullmatch(value) is not None


class Judge:
    """Reads events in their order and keeps what is wrong in `faults`."""

    def __init__(self, folder: Path | None = None) -> None:
        """`folder` has the schemas; by default they are fetched when the first frame comes."""
        self._folder = folder
        self._actions: dict[tuple[Any, str], str] = {}
        self.faults: list[str] = []
        #: How many frames were judged, and why they could not be.
        self.judged = 0
        self.unable = ""

    def read(self, events: Iterable[Event]) -> None:
        """Judge what was said."""
        for event in events:
            if event[0] == "in":
                _, connection, message_id, action = event
                self._actions[connection, message_id] = action
            elif self._ready():
                self.judged += 1
                fault = self._fault(*event[1:])
                if fault:
                    self.faults.append(f"{fault}: {event[2][:500]}")

    def verdict(self) -> list[str]:
        """What was wrong since this was last asked."""
        faults, self.faults = self.faults, []
        return faults

    def _ready(self) -> bool:
        if self._folder is None and not self.unable:
            try:
                self._folder = ocpp_venv.schemas()
            except ocpp_venv.CannotInstallError as error:
                self.unable = str(error)
        return self._folder is not None

    def _fault(self, connection: Any, text: str) -> str:
        match json.loads(text, parse_float=Decimal):
            case [2, str(message_id), str(action), dict(payload)]:
                if not 0 < len(message_id) <= MAX_MESSAGE_ID:
                    return f"a message id of {len(message_id)} characters"
                return self._by_schema(action, payload)
            case [3, str(message_id), dict(payload)]:
                action = self._actions.pop((connection, message_id), "")
                return self._by_schema(f"{action}Response", payload)
            case [4, str(message_id), str(code), str(description), dict()]:
                if code not in ERROR_CODES:
                    return f"error code {code} is not of the standard"
                if len(description) > MAX_DESCRIPTION:
                    return f"an error description of {len(description)} characters"
                return ""
        return "no CALL, CALLRESULT or CALLERROR"

    def _by_schema(self, name: str, payload: Any) -> str:
        assert self._folder is not None
        validator = _validator(self._folder / f"{name}.json")
        if validator is None:
            return f"{name} is not of the standard"
        for error in validator.iter_errors(payload):
            if not any(name == one and text in error.message for one, text in EXCEPTIONS):
                return f"{name}: {error.message} at {list(error.absolute_path)}"
        return ""


@cache
def _validator(path: Path) -> Draft4Validator | None:
    if not path.exists():
        return None
    return Draft4Validator(schema_of(path).schema, format_checker=_FORMATS)


class Record:
    """What a server process wrote down, read on from where the last reading ended."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._read_to = 0

    def events(self) -> Iterable[Event]:
        """The events that are new. A line that a killed process left half is not one."""
        if not self.path.exists():
            return
        with self.path.open("rb") as file:
            file.seek(self._read_to)
            for line in file:
                if not line.endswith(b"\n"):
                    return
                self._read_to += len(line)
                try:
                    kind, connection, *rest = json.loads(line)
                except ValueError:  # what was left half, and what a new process wrote after it
                    continue
                yield (kind, f"{self.path}/{connection}", *rest)


class FrameJudge:
    """The judge of a test run: what this process noted, and what its servers did."""

    def __init__(self) -> None:
        #: Sessions add on one side, in any thread, while this takes from the other.
        self.heard: deque[Event] = deque()
        self.judge = Judge()
        self._records: dict[Path, Record] = {}

    def faults(self) -> list[str]:
        """Judge what was sent since this was last asked; what was wrong with it.

        Where the schemas cannot be had nothing is judged, but under CI that is a fault.
        """
        while self.heard:
            self.judge.read([self.heard.popleft()])
        for path in ServerProcess.records:
            self.judge.read(self._records.setdefault(path, Record(path)).events())
        faults = self.judge.verdict()
        if self.judge.unable and os.environ.get("CI"):
            faults.append(f"CI must have the schemas: {self.judge.unable}")
        return faults
