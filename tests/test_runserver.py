"""The development server treats charge points as the production server does, to the very end."""

import json
import signal
import threading
import time
from collections.abc import Callable

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from tests.support.fixtures import ServerMaker
from tests.support.server import ServerProcess
from tests.support.wire import Wire, connected

CHARGER = "CP1"
#: How long the end of the server may take (s): under its limits added up, on a busy machine.
END_LIMIT_S = 10
WAIT_LIMIT_S = 30
ACTION = f"/ocpp/chargers/{CHARGER}/action/"

SPACE = "The id has a space, control or formatting character."
TOO_MANY = "Too many new charge points within an hour."
TAKEN = "This charge point is connected from another address."

BOTH = pytest.mark.parametrize("runserver", [False, True], ids=["uvicorn", "runserver"])


def owners(server: ServerProcess) -> dict[str, str]:
    """The owner that the database names for each charger; empty when it is not connected."""
    found = server.shell(
        "from ocpp.models import Charger\n"
        "answer(dict(Charger.objects.values_list('charger_id', 'owner')))"
    )
    assert isinstance(found, dict)
    return found


def states(server: ServerProcess) -> list[str]:
    """The states of all commands."""
    found = server.shell(
        "from ocpp.models import Command\n"
        "answer(sorted(Command.objects.values_list('state', flat=True)))"
    )
    assert isinstance(found, list)
    return found


def operator_token(server: ServerProcess) -> str:
    """The token of somebody who may command charge points."""
    return str(
        server.shell(
            "from accounts.domain import roles, tokens\n"
            "from accounts.models import User\n"
            "operator = User.objects.create_user('operator')\n"
            "roles.give(operator, 'operator')\n"
            "answer(tokens.create(operator, 'test')[1])"
        )
    )


def wait_for(condition: Callable[[], bool]) -> None:
    """Return when the condition holds."""
    deadline = time.monotonic() + WAIT_LIMIT_S
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)  # between two looks


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_at_the_end_connections_are_closed_and_nobody_is_connected(
    make_server: ServerMaker, number: signal.Signals
) -> None:
    server = make_server(runserver=True).start()
    with (
        connected(server.ws_url, CHARGER) as first,
        connected(server.ws_url, "CP2") as second,
        connect(f"{server.ws_url}/ws/echo/") as echo,
    ):
        assert first.is_alive()
        assert second.is_alive()
        assert all(owners(server).values())
        code, took_s = server.end_with(number)
        assert [wire.closed_with() for wire in (first, second, Wire(echo))] == [1012] * 3
    assert code == 0
    assert took_s < END_LIMIT_S
    assert owners(server) == {CHARGER: "", "CP2": ""}
    assert "Traceback" not in server.output()


def test_it_ends_while_commands_are_waited_for(make_server: ServerMaker) -> None:
    """One was sent and is not answered, the other one has its turn after it."""
    server = make_server(runserver=True)
    token = operator_token(server)
    server.start()
    statuses: list[int] = []

    def command() -> None:
        statuses.append(server.request("POST", ACTION, {"action": "clear_cache"}, token=token)[0])

    doors = [threading.Thread(target=command) for _ in range(2)]
    with connected(server.ws_url, CHARGER) as wire:
        assert wire.is_alive()
        for door in doors:
            door.start()
        assert wire.receive()[2] == "ClearCache"
        wait_for(lambda: states(server) == ["queued", "sent"])
        code, took_s = server.end_with(signal.SIGINT)
    for door in doors:
        door.join(END_LIMIT_S)
    assert code == 0
    assert took_s < END_LIMIT_S
    assert sorted(statuses) == [502, 504]
    assert states(server) == ["failed", "queued"]
    assert owners(server) == {CHARGER: ""}
    assert "Traceback" not in server.output()


@BOTH
def test_a_dead_connection_gives_way_to_one_from_elsewhere(
    make_server: ServerMaker, runserver: bool
) -> None:
    server = make_server(runserver=runserver).start()
    with connected(server.ws_url, CHARGER) as dead:
        assert dead.is_alive()
        with connected(server.ws_url, CHARGER, source="127.0.0.2") as living:
            assert living.is_alive()
            assert dead.receive()[2] == "GetConfiguration"  # the question whether it lives
            assert dead.closed_with() == 1008


@BOTH
def test_a_refusal_says_its_status_and_its_reason(
    make_server: ServerMaker, runserver: bool
) -> None:
    server = make_server(runserver=runserver, environment={"OCPP_NEW_PRIVATE_AN_HOUR": "1"}).start()
    with connected(server.ws_url, CHARGER) as living:
        assert living.is_alive()
        assert refusal(server, "a%20b") == (400, None, SPACE)
        assert refusal(server, "CP2") == (429, "60", TOO_MANY)
        answering = threading.Thread(target=answer_the_question, args=[living])
        answering.start()
        assert refusal(server, CHARGER, source="127.0.0.2") == (409, None, TAKEN)
        answering.join()
        assert living.is_alive()
    assert "Traceback" not in server.output()


def answer_the_question(wire: Wire) -> None:
    """Say that one lives, when asked."""
    wire.send(json.dumps([4, wire.receive()[1], "NotSupported", "", {}]))


def refusal(
    server: ServerProcess, charger_id: str, source: str = "127.0.0.1"
) -> tuple[int, str | None, str]:
    """Status, Retry-After and text of a refused handshake."""
    with (
        pytest.raises(InvalidStatus) as refused,
        connected(server.ws_url, charger_id, source=source),
    ):
        pass
    response = refused.value.response
    assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
    return (
        response.status_code,
        response.headers.get("Retry-After"),
        response.body.decode(),
    )
