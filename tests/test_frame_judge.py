"""The fixture that judges every frame we send sees bad ones, wherever they are sent."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ocpp.connection.session import Session
from ocpp.domain.station import Station
from tests.support import ocpp_venv
from tests.support.frame_judge import EXCEPTIONS, FrameJudge, Judge, Record
from tests.support.ocpp_venv import CannotInstallError
from tests.support.server import ROOT, ServerProcess
from tests.support.wire import connected

BOOT = {"chargePointVendor": "V", "chargePointModel": "M"}


def faults(folder: Path, *frames: Any, heard: str = "Heartbeat") -> list[str]:
    """What is wrong with frames that answer a call `id`, or call."""
    judge = Judge(folder)
    for frame in frames:
        judge.read([("in", 1, "id", heard), ("out", 1, json.dumps(frame))])
    return [fault.partition(": [")[0] for fault in judge.verdict()]


@pytest.mark.parametrize(
    "frame",
    [
        [2, "m", "Reset", {"type": "Soft"}],
        [2, "m", "ClearCache", {}],
        [3, "id", {"currentTime": "2026-01-01T00:00:00Z"}],
        [4, "id", "OccurenceConstraintViolation", "", {}],
    ],
)
def test_what_is_right(schema_folder: Path, frame: Any) -> None:
    assert faults(schema_folder, frame) == []


@pytest.mark.parametrize(
    ("frame", "fault"),
    [
        ([2, "m", "Reset", {"type": "Gentle"}], "Reset: 'Gentle' is not one of"),
        ([2, "m", "Reset", {}], "Reset: 'type' is a required property"),
        ([2, "m", "Reset", {"type": "Soft", "x": 1}], "Reset: Additional properties"),
        ([2, "m" * 37, "ClearCache", {}], "a message id of 37 characters"),
        ([2, "m", "Dance", {}], "Dance is not of the standard"),
        ([3, "id", {}], "HeartbeatResponse: 'currentTime' is a required property"),
        ([3, "id", {"currentTime": "now"}], "HeartbeatResponse: 'now' is not a 'date-time'"),
        ([3, "other", {"currentTime": "2026-01-01T00:00:00Z"}], "Response is not of the standard"),
        ([4, "id", "OccurrenceConstraintViolation", "", {}], "error code Occurrence"),
        ([4, "id", "GenericError", "x" * 256, {}], "an error description of 256 characters"),
        ([4, "id", "GenericError", ""], "no CALL, CALLRESULT or CALLERROR"),
        ({}, "no CALL, CALLRESULT or CALLERROR"),
    ],
)
def test_what_is_wrong(schema_folder: Path, frame: Any, fault: str) -> None:
    (told,) = faults(schema_folder, frame)
    assert told.startswith(fault)


def test_every_exception_has_its_reason() -> None:
    assert all(reason for reason in EXCEPTIONS.values())


async def test_a_session_of_this_process_is_seen(
    frame_judge: FrameJudge, schema_folder: Path
) -> None:
    class NoSession:
        """As much of a session as is watched."""

        station = Station(1, "CP1", 1)

        async def _send_event(self, event: Any) -> None:
            """Nobody is at the other end."""

    await Session.send(NoSession(), '[2,"m","Reset",{"type":"Gentle"}]')  # type: ignore[arg-type]
    (fault,) = frame_judge.faults()
    assert fault.startswith("Reset: 'Gentle' is not one of")


def test_a_server_process_is_seen(server: ServerProcess, schema_folder: Path) -> None:
    with connected(server.ws_url, "JUDGED") as wire:
        assert wire.call("BootNotification", BOOT)[0] == 3
        wire.call("Dance", {})
    # What was sent before a kill has been told.
    server.kill()
    (path,) = [one for one in ServerProcess.records if str(server.port) in one.name]
    judge = Judge(schema_folder)
    judge.read(Record(path).events())
    assert (judge.judged, judge.verdict()) == (2, [])


def test_half_a_line_is_no_event(tmp_path: Path, schema_folder: Path) -> None:
    record = Record(tmp_path / "frames")
    assert list(record.events()) == []
    record.path.write_bytes(b'["in", 1, "id", "Heartbeat"]\n["out", 1, "[3,')
    assert len(list(record.events())) == 1
    with record.path.open("ab") as file:
        file.write(b'["out", 2, "[]"]\n["out", 3, "[]"]\n')
    assert [event[0] for event in record.events()] == ["out"]


def test_where_the_schemas_cannot_be_had_only_ci_fails(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def no_network() -> Path:
        raise CannotInstallError("no network")

    monkeypatch.setattr(ocpp_venv, "schemas", no_network)
    monkeypatch.setattr(ServerProcess, "records", {})
    judge = FrameJudge()
    judge.heard.append(("out", 1, '[2,"m","Reset",{"type":"Gentle"}]'))
    monkeypatch.delenv("CI", raising=False)
    assert judge.faults() == []
    monkeypatch.setenv("CI", "true")
    assert judge.faults() == ["CI must have the schemas: no network"]


BAD_TEST = """
from ocpp.connection.session import Session
from ocpp.domain.station import Station

class NoSession:
    station = Station(1, "CP1", 1)

    async def _send_event(self, event):
        pass

async def test_bad():
    await Session.send(NoSession(), '[2,"m","Reset",{"type":"Gentle"}]')

async def test_good():
    await Session.send(NoSession(), '[2,"m","Reset",{"type":"Soft"}]')
"""


def test_the_fixture_fails_the_test_that_sent_a_bad_frame(
    tmp_path: Path, schema_folder: Path
) -> None:
    (tmp_path / "test_frames.py").write_text(BAD_TEST)
    command = [sys.executable, "-m", "pytest", "-c", "pyproject.toml", "-p", "conftest"]
    done = subprocess.run(
        [*command, "-p", "no:cacheprovider", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    assert "What we sent is not of the standard:" in done.stdout
    assert "Reset: 'Gentle' is not one of" in done.stdout
    assert "2 passed, 1 error" in done.stdout
