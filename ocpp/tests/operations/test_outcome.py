"""What became of a command, in a sentence for every state."""

from typing import Any

import pytest

from ocpp import operations
from ocpp.choices import CommandState
from ocpp.models import Charger, Command

SENTENCES = [
    (CommandState.QUEUED, {}, "The command waits to be sent to CP1."),
    (CommandState.SENT, {}, "The command was sent to CP1, which has not answered yet."),
    (CommandState.ANSWERED, {"response": {"status": "Rejected"}}, "CP1 answered: Rejected."),
    (CommandState.ANSWERED, {"response": {"configuration": {}}}, "CP1 answered."),
    (
        CommandState.ERROR,
        {"error_code": "NotSupported", "error_description": "no"},
        "CP1 refused: NotSupported no",
    ),
    (CommandState.TIMEOUT, {}, "CP1 did not answer within 30 s."),
    (CommandState.EXPIRED, {}, "The command could not be sent to CP1 in time."),
    (CommandState.FAILED, {}, "The connection of CP1 was lost before it answered."),
]


@pytest.mark.parametrize(("state", "fields", "sentence"), SENTENCES)
def test_every_state_has_its_sentence(
    state: CommandState, fields: dict[str, Any], sentence: str
) -> None:
    command = Command(charger=Charger(charger_id="CP1"), state=state, **fields)
    assert operations.sentence(command) == sentence


def test_no_state_is_left_out() -> None:
    assert {case[0] for case in SENTENCES} == set(CommandState)
