"""A server that ends in the middle of a command leaves it in a true state that staff can see."""

import json
import time
from typing import Any

import pytest

from tests.interop import stories
from tests.support.server import ServerProcess
from tests.support.wire import Wire, connected

CHARGER = "ENDS"


def order(server: ServerProcess, token: str, body: dict[str, Any]) -> str:
    """Queue a command without waiting for it; returns where to look."""
    path = f"/ocpp/chargers/{CHARGER}/action/?wait_s=0"
    status, told = server.request("POST", path, body, token=token)
    assert status == 202, told
    return f"/ocpp/chargers/{CHARGER}/commands/{told['command']}/"


def settled(server: ServerProcess, where: str, token: str) -> dict[str, Any]:
    """The command there, once it is not on its way any more."""
    deadline = time.monotonic() + 10
    while True:
        _, told = server.request("GET", where, token=token)
        if told["state"] != "sent" or time.monotonic() > deadline:
            return dict(told)
        time.sleep(0.05)  # between two looks


def boot(wire: Wire) -> None:
    """Be accepted."""
    told = wire.call("BootNotification", {"chargePointVendor": "V", "chargePointModel": "M"})
    assert told[2]["status"] == "Accepted"


@pytest.mark.parametrize("end", ["kill", "stop"])
def test_a_server_that_ends(server: ServerProcess, end: str) -> None:
    token = stories.provide(server, CHARGER).token
    with connected(server.ws_url, CHARGER) as wire:
        boot(wire)
        sent = order(server, token, {"action": "reset"})
        asked = wire.receive()
        assert asked[2] == "Reset"
        # One is sent at a time: this one waits.
        waiting = order(server, token, {"action": "clear_cache"})
        getattr(server, end)()
    server.start()
    status, told = server.request("GET", sent, token=token)
    assert (status, told["state"], told["answer"]) == (200, "failed", None)
    assert told["finished"] is not None
    status, told = server.request("GET", waiting, token=token)
    assert (status, told["state"]) == (200, "queued")
    with connected(server.ws_url, CHARGER) as wire:
        # The waiting one goes out, the other does not go out again.
        asked_next = wire.receive()
        assert asked_next[2] == "ClearCache"
        wire.send(json.dumps([3, asked[1], {"status": "Accepted"}]))
        wire.send(json.dumps([3, asked_next[1], {"status": "Accepted"}]))
        assert wire.is_alive()
        told = settled(server, waiting, token)
        assert (told["state"], told["answer"]) == ("answered", {"status": "Accepted"})
        _, told = server.request("GET", sent, token=token)
        assert told["state"] == "failed"
    assert "Traceback" not in server.output()


def test_one_that_nobody_came_for_expires(make_server: Any) -> None:
    server = make_server(environment={"OCPP_COMMAND_TTL_S": "1"}).start()
    token = stories.provide(server, CHARGER).token
    with connected(server.ws_url, CHARGER) as wire:
        boot(wire)
        order(server, token, {"action": "reset"})
        wire.receive()
        waiting = order(server, token, {"action": "clear_cache"})
        server.kill()
    server.start()
    deadline = time.monotonic() + 20
    told = {"state": "queued"}
    while told["state"] == "queued" and time.monotonic() < deadline:
        _, told = server.request("GET", waiting, token=token)
    assert (told["state"], told["sent"]) == ("expired", None)
