"""What a fleet sends is what the official schemas allow, except where it breaks them on purpose."""

import json
from pathlib import Path
from typing import Any

import pytest

from ocpp.simulator.swarm import BEHAVIOURS
from ocpp.tests.simulator.swarm.world import World, only
from tests.support.frame_judge import Judge

CALLS: list[tuple[str, dict[str, Any]]] = [
    ("GetConfiguration", {}),
    ("GetConfiguration", {"key": ["Nothing"]}),
    ("ChangeConfiguration", {"key": "HeartbeatInterval", "value": "60"}),
    ("ChangeAvailability", {"connectorId": 0, "type": "Operative"}),
    ("ClearCache", {}),
    ("DataTransfer", {"vendorId": "Arthexis"}),
    ("RemoteStartTransaction", {"idTag": "CAFE"}),
    ("RemoteStopTransaction", {"transactionId": 1}),
    ("TriggerMessage", {"requestedMessage": "MeterValues"}),
    ("UnlockConnector", {"connectorId": 1}),
    ("SetChargingProfile", {}),
    ("Reset", {"type": "Soft"}),
]


def faults(folder: Path, name: str) -> tuple[list[str], set[str]]:
    """What the judge finds in two days of fleet with a behaviour, and the actions it has seen."""
    shares = only(name) if name != "plain" else None
    options = {} if shares is None else {"shares": shares}
    world = World(count=8, busy=0.7, speed=600, interval_s=900, seed=3, **options)
    world.run(180)
    judge = Judge(folder)
    actions = {frame[2] for _, frame in world.frames if frame[0] == 2}
    judge.read(("out", who, json.dumps(frame)) for who, frame in world.frames)
    for action, payload in CALLS:
        judge.read([("in", "central", "s1", action)])
        judge.read([("out", "central", json.dumps(world.call(action, payload)))])
    assert judge.judged > 100
    return judge.verdict(), actions


@pytest.mark.parametrize("name", [one.name for one in BEHAVIOURS.values() if one.lawful])
def test_lawful_behaviours(schema_folder: Path, name: str) -> None:
    found, actions = faults(schema_folder, name)
    assert found == []
    assert actions == {
        *("Authorize", "BootNotification", "MeterValues"),
        *("StartTransaction", "StatusNotification", "StopTransaction"),
    }


@pytest.mark.parametrize("name", [one.name for one in BEHAVIOURS.values() if not one.lawful])
def test_the_others_do_break_the_schemas(schema_folder: Path, name: str) -> None:
    found, _ = faults(schema_folder, name)
    assert len(found) > 10
