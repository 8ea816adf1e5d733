"""Frames that no charge point should send, against the real server.

None of them ends the process or leaves a traceback in its log. Only binary frames, frames that are
too long and text that is not UTF-8 end the connection: after any other a Heartbeat on it is
answered, and before that answer comes nothing but the one CALLERROR that the frame deserves.
"""

import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed

from tests.support.databases import Database
from tests.support.fixtures import ServerMaker
from tests.support.server import ServerProcess
from tests.support.wire import Wire, connected

KIB = 1024
FORMATION = "FormationViolation"
PROPERTY = "PropertyConstraintViolation"
OCCURENCE = "OccurenceConstraintViolation"
TYPE = "TypeConstraintViolation"


@pytest.fixture(scope="module")
def malformed_server(
    migrated_database: Database, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ServerProcess]:
    """One server for all frames: what one has broken, the next would show."""
    database = migrated_database.copy_of_template()
    folder = tmp_path_factory.mktemp("malformed")
    # The same few charge points connect for each frame anew.
    server = ServerProcess(database, folder, environment={"OCPP_CONNECTS_A_MINUTE": "0"})
    server.shell(
        "from ocpp.models import Charger\n"
        "Charger.objects.create(charger_id='UNAPPROVED', registration='Pending')"
    )
    with server:
        yield server
    database.drop()


@pytest.fixture
def wire(malformed_server: ServerProcess) -> Iterator[Wire]:
    """A connection; in the end the server is found well."""
    with connected(malformed_server.ws_url, "MALFORMED") as wire:
        yield wire
    with connected(malformed_server.ws_url, "WELL") as other:
        assert other.is_alive()
    assert "Traceback" not in malformed_server.output()


def call(action: str, payload: str) -> str:
    """A CALL with the message id "m" and the JSON text `payload`."""
    return f'[2,"m","{action}",{payload}]'


def start(**changed: str) -> str:
    """A StartTransaction in which some fields are other JSON texts."""
    fields = {
        "connectorId": "1",
        "idTag": '"A"',
        "meterStart": "0",
        "timestamp": '"2026-01-01T00:00:00Z"',
        **changed,
    }
    inside = ",".join(f'"{name}":{value}' for name, value in fields.items())
    return call("StartTransaction", "{" + inside + "}")


#: Frames from which no message id of a CALL can be read, or which are no CALL: no answer.
NO_ANSWER = {
    "an empty frame": "",
    "blanks": " \n\t ",
    "not JSON": "hello",
    "half a frame": "[2,",
    "a JSON object": '{"messageTypeId":2}',
    "a JSON text": '"2"',
    "a JSON number": "2",
    "null": "null",
    "an empty array": "[]",
    "message type 0": '[0,"m","Heartbeat",{}]',
    "message type 5": '[5,"m","Heartbeat",{}]',
    "message type true": '[true,"m","Heartbeat",{}]',
    "message type as a text": '["2","m","Heartbeat",{}]',
    "message type as a fraction": '[2.5,"m","Heartbeat",{}]',
    "a message type of 5,000 digits": "[" + "2" * 5000 + ',"m","Heartbeat",{}]',
    "only a message type": "[2]",
    "a number as message id": '[2,7,"Heartbeat",{}]',
    "null as message id": '[2,null,"Heartbeat",{}]',
    "an empty message id": '[2,"","Heartbeat",{}]',
    "a message id of 100,000 characters": '[2,"' + "m" * 100_000 + '","Heartbeat",{}]',
    "a NUL in the message id": '[2,"m\\u0000","Heartbeat",{}]',
    "half a surrogate pair in the message id": '[2,"m\\ud83d","Heartbeat",{}]',
    "arrays 100,000 deep": "[" * 100_000,
    "objects 40,000 deep": '{"a":' * 40_000,
    "arrays 50,000 deep and closed": "[" * 50_000 + "]" * 50_000,
    "a result that nobody waits for": '[3,"nobody",{"status":"Accepted"}]',
    "a result of 50,000 levels": '[3,"nobody",' + "[" * 50_000 + "]" * 50_000 + "]",
    "a result without payload": '[3,"nobody"]',
    "an error that nobody waits for": '[4,"nobody","GenericError","",{}]',
    "an error without a code": '[4,"nobody"]',
    "NaN as a frame": "NaN",
}


@pytest.mark.parametrize("name", NO_ANSWER)
def test_not_answered(wire: Wire, name: str) -> None:
    wire.send(NO_ANSWER[name])
    assert wire.is_alive()


#: Calls that deserve a CALLERROR -> its code.
REFUSED = {
    "no payload": ('[2,"m","Heartbeat"]', FORMATION),
    "no action": ('[2,"m"]', FORMATION),
    "a number as action": ('[2,"m",5,{}]', FORMATION),
    "no value": ('[2,"m","StartTransaction",{"connectorId":,"idTag":"A"}]', FORMATION),
    "a NUL as action": ('[2,"m","\\u0000",{}]', FORMATION),
    "half a surrogate pair in the action": ('[2,"m","A\\ud83d",{}]', FORMATION),
    "half a payload": ('[2,"m","Heartbeat",{"a"', FORMATION),
    "a raw NUL": ('[2,"m","Authorize",{"idTag":"\0"}]', FORMATION),
    "a raw line feed in a text": ('[2,"m","Authorize",{"idTag":"\n"}]', FORMATION),
    "a payload 100,000 deep": (call("Heartbeat", '{"a":' + "[" * 100_000), FORMATION),
    "a payload 20 deep": (call("Heartbeat", '{"a":' + "[" * 20 + "]" * 20 + "}"), FORMATION),
    "an integer of 5,000 digits": (start(meterStart="9" * 5000), FORMATION),
    "an integer of 19 digits": (start(meterStart="9" * 19), FORMATION),
    "an integer of 19 digits that is no register": (start(connectorId="9" * 19), FORMATION),
    "a number beyond all bounds": (start(meterStart="1e400"), FORMATION),
    "a number of 300 digits": (start(meterStart="1e300"), PROPERTY),
    "NaN": (start(meterStart="NaN"), FORMATION),
    "Infinity": (start(meterStart="Infinity"), FORMATION),
    "-Infinity": (start(meterStart="-Infinity"), FORMATION),
    "a NUL": (start(idTag='"A\\u0000B"'), FORMATION),
    "a NUL in a name": (call("Heartbeat", '{"\\u0000":1}'), FORMATION),
    "half a surrogate pair": (start(idTag='"\\ud83d"'), FORMATION),
    "the wrong half first": (start(idTag='"\\udc00\\ud83d"'), FORMATION),
    "a field twice": (call("Authorize", '{"idTag":"A","idTag":"B"}'), FORMATION),
    "a text as payload": (call("Authorize", '"A"'), FORMATION),
    "a number as payload": (call("Authorize", "1"), FORMATION),
    "a filled array as payload": (call("Authorize", '["A"]'), FORMATION),
    "a field missing": (call("Authorize", "{}"), OCCURENCE),
    "an object for a text": (call("Authorize", '{"idTag":{"id":"A"}}'), TYPE),
    "true for a number": (start(connectorId="true"), TYPE),
    "a word for a number": (start(connectorId='"one"'), TYPE),
    "a text for an array": (call("MeterValues", '{"connectorId":1,"meterValue":"x"}'), TYPE),
    "an unknown status": (
        call("StatusNotification", '{"connectorId":1,"errorCode":"NoError","status":"Asleep"}'),
        PROPERTY,
    ),
    "an id tag of 300 characters": (call("Authorize", json.dumps({"idTag": "A" * 300})), PROPERTY),
    "an unknown action": (call("MakeCoffee", "{}"), "NotImplemented"),
    "an action in another case": (call("heartbeat", "{}"), "NotImplemented"),
    "an empty action": (call("", "{}"), "NotImplemented"),
    "an action of 100,000 characters": (call("A" * 100_000, "{}"), "NotImplemented"),
    "an action that only we may send": (call("CancelReservation", "{}"), "NotSupported"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused_with_the_right_code(wire: Wire, name: str) -> None:
    frame, code = REFUSED[name]
    wire.send(frame)
    kind, message_id, told, description, details = wire.receive()
    assert (kind, message_id, told, details) == (4, "m", code, {})
    assert 0 < len(description) <= 255
    assert wire.is_alive()


@pytest.mark.parametrize("payload", ["null", "[]", '{"extra":{"deep":[1,{"a":null}]}}'])
def test_what_is_forgiven_is_answered(wire: Wire, payload: str) -> None:
    wire.send(call("Heartbeat", payload))
    kind, message_id, _ = wire.receive()
    assert (kind, message_id) == (3, "m")
    assert wire.is_alive()


def test_one_bad_sampled_value_does_not_cost_the_others(
    wire: Wire, malformed_server: ServerProcess
) -> None:
    sampled = [{"value": "815.25", "measurand": "Voltage"}, {"value": "1e99999"}, {"value": "x"}]
    value = {"timestamp": "2026-01-01T00:00:00Z", "sampledValue": [*sampled, {"unit": 5}, None]}
    assert wire.call("MeterValues", {"connectorId": 9, "meterValue": [value]})[0] == 3
    rows = malformed_server.database.query(
        "SELECT value FROM ocpp_meterreading WHERE connector_id = 9 ORDER BY id"
    )
    assert [None if value is None else float(value) for (value,) in rows] == [815.25, None, None]
    assert wire.is_alive()


def data_transfer(size: int, character: str = "x") -> str:
    """A DataTransfer frame of `size` bytes in all."""
    empty = call("DataTransfer", '{"vendorId":"v","data":""}')
    room = size - len(empty)
    filled, rest = divmod(room, len(character.encode()))
    return empty.replace('"data":"', '"data":"' + character * filled + "x" * rest)


#: Frames that end the connection -> the close code.
CLOSING: dict[str, tuple[str | bytes, int]] = {
    "binary": (b"\x00\x01", 1003),
    "binary that would be a call": (call("Heartbeat", "{}").encode(), 1003),
    "binary and empty": (b"", 1003),
    "one byte more than 256 KiB": (data_transfer(256 * KIB + 1), 1009),
    "fewer characters but more bytes than 256 KiB": (data_transfer(256 * KIB + 1, "€"), 1009),
    "5 MiB": ("x" * (5 * KIB * KIB), 1009),
}


@pytest.mark.parametrize("name", CLOSING)
def test_ends_the_connection(wire: Wire, name: str) -> None:
    frame, code = CLOSING[name]
    wire.send(frame)
    assert wire.closed_with() == code


@pytest.mark.parametrize("text", [b"\xff", b'[2,"m","Authorize",{"idTag":"\xed\xa0\x80"}]'])
def test_text_that_is_not_utf8_ends_the_connection(wire: Wire, text: bytes) -> None:
    wire.send(text, text=True)
    assert wire.closed_with() == 1007


@pytest.mark.parametrize("character", ["x", "€"])
def test_256_kib_are_read(wire: Wire, character: str) -> None:
    wire.send(data_transfer(256 * KIB, character))
    assert wire.receive() == [3, "m", {"status": "UnknownVendorId"}]
    assert wire.is_alive()


def test_an_unapproved_charge_point_has_16_kib(malformed_server: ServerProcess) -> None:
    with connected(malformed_server.ws_url, "UNAPPROVED") as wire:
        wire.send(data_transfer(16 * KIB))
        assert wire.receive()[1] == "m"
        wire.send(data_transfer(16 * KIB + 1))
        assert wire.closed_with() == 1009
    assert "Traceback" not in malformed_server.output()


def test_a_frame_in_many_pieces_is_one_frame(wire: Wire) -> None:
    pieces = list(call("Heartbeat", "{}"))
    wire.connection.send(pieces)
    assert wire.receive()[:2] == [3, "m"]
    assert wire.is_alive()


def test_a_repeated_call_gets_the_same_answer(wire: Wire, malformed_server: ServerProcess) -> None:
    first: list[Any] = []
    for _ in range(3):
        wire.send(start(idTag='"TWICE"'))
        first.append(wire.receive())
    assert first[0][0] == 3
    assert first == [first[0]] * 3
    assert malformed_server.database.query(
        "SELECT COUNT(*) FROM ocpp_transaction WHERE id_tag = 'TWICE'"
    ) == [(1,)]


def test_the_development_server_takes_them_as_well(make_server: ServerMaker) -> None:
    server = make_server(runserver=True).start()
    with connected(server.ws_url, "RUNSERVER") as wire:
        for frame in NO_ANSWER.values():
            wire.send(frame)
            assert wire.is_alive()
        for frame, code in REFUSED.values():
            wire.send(frame)
            assert wire.receive()[:3] == [4, "m", code]
        assert wire.is_alive()
    for name, (frame_or_bytes, close_code) in CLOSING.items():
        with connected(server.ws_url, "RUNSERVER") as wire:
            if name == "5 MiB":
                # Daphne drops the connection in the middle of what is longer than its own limit.
                with suppress(ConnectionClosed):
                    wire.send(frame_or_bytes)
                assert wire.closed_with() in (None, close_code)
            else:
                wire.send(frame_or_bytes)
                assert wire.closed_with() == close_code
    with connected(server.ws_url, "RUNSERVER") as wire:
        assert wire.is_alive()
    assert "Traceback" not in server.output()
