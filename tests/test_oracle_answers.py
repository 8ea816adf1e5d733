"""Every answer that the real server sends is one that the library's schemas allow.

Payloads are made from the schema of each request, valid ones and changed ones, and sent as they
are: to a valid one comes a CALLRESULT of the action's response schema, to any other that or a
CALLERROR with a code of the standard.
"""

from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from jsonschema import Draft4Validator

from ocpp.protocol.errors import ErrorCode
from ocpp.protocol.v16 import VERSION
from tests.support.databases import Database
from tests.support.schemas import changed_payloads, judge, payloads
from tests.support.server import ServerProcess
from tests.support.wire import Wire, connected

CODES = {str(code) for code in ErrorCode}
EXAMPLES = settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    # A server has a memory: what it answered once cannot be tried again in a smaller form.
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def answering_server(
    migrated_database: Database, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ServerProcess]:
    """One server for all actions."""
    database = migrated_database.copy_of_template()
    folder = tmp_path_factory.mktemp("answers")
    unlimited = {"OCPP_MESSAGES_A_SECOND": "0", "OCPP_CONNECTS_A_MINUTE": "0"}
    with ServerProcess(database, folder, environment=unlimited) as server:
        yield server
    database.drop()


def check_answer(wire: Wire, action: str, payload: Any, response: Draft4Validator) -> bool:
    """Send a call and check its answer; returns whether that was a CALLRESULT."""
    answer = wire.call(action, payload)
    if answer[0] == 3:
        assert len(answer) == 3
        response.validate(answer[2])
        return True
    kind, _, code, description, details = answer
    assert (kind, details) == (4, {})
    assert code in CODES - {ErrorCode.INTERNAL_ERROR}
    assert len(description) <= 255
    return False


@pytest.mark.parametrize("action", sorted(VERSION.calls))
def test_every_answer_is_of_the_schema(
    answering_server: ServerProcess, schema_folder: Path, action: str
) -> None:
    request = judge(schema_folder / f"{action}.json")
    response = judge(schema_folder / f"{action}Response.json")
    valid = count()
    with connected(answering_server.ws_url, f"ANSWERS-{action}") as wire:

        @EXAMPLES
        @given(payload=payloads(request.schema))
        def check_valid(payload: Any) -> None:
            assert check_answer(wire, action, payload, response)
            next(valid)

        @EXAMPLES
        @given(payload=changed_payloads(request.schema))
        def check_changed(payload: Any) -> None:
            confirmed = check_answer(wire, action, payload, response)
            assert confirmed or not request.is_valid(payload)

        check_valid()
        check_changed()
        assert wire.is_alive()
    assert next(valid) > 0
    assert "Traceback" not in answering_server.output()
