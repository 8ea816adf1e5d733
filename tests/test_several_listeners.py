"""Two processes on PostgreSQL and Redis tell listeners and webhooks of the same events.

A charger is connected to one of them and listeners to both: each is told each event once, whichever
process it has asked, and goes on at the other where it was. A webhook is told each event once while
nothing fails, though both processes deliver.
"""

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from websockets.sync.client import ClientConnection, connect

from tests.interop import stories
from tests.support.databases import PostgresDatabase
from tests.support.fixtures import template_of
from tests.support.redis import RedisServer
from tests.support.server import ServerProcess
from tests.support.services import need
from tests.support.wire import Wire, connected
from tests.test_webhooks import Receiver, wait_for

CHARGER = "ROAMS"
PATIENCE_S = 30
#: The receiver of the webhook is on this machine.
ENVIRONMENT = {"OUTGOING_LOOPBACK_FOR_TESTS": "1"}
STATUSES = ("Preparing", "Charging", "Finishing", "Available")


@pytest.fixture
def database(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[PostgresDatabase]:
    need("redis")
    template = template_of("postgresql", request.config, tmp_path_factory)
    assert isinstance(template, PostgresDatabase)
    database = template.copy_of_template()
    yield database
    database.drop()


class Listening:
    """A program that listens, and what it was told."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self.told: list[dict[str, Any]] = []

    def receive(self, kind: str) -> Any:
        """The next message, which is of this kind."""
        said = json.loads(self._socket.recv(timeout=PATIENCE_S))
        assert list(said) == [kind], said
        return said[kind]

    def until(self, status: str) -> None:
        """Note events until the connector has this status."""
        while not self.told or self.told[-1]["data"].get("status") != status:
            self.told.append(self.receive("event"))

    @property
    def statuses(self) -> list[str]:
        """The statuses in the order in which they were told."""
        return [one["data"]["status"] for one in self.told]


@contextmanager
def listening(server: ServerProcess, token: str, after: int | None = None) -> Iterator[Listening]:
    headers = {"Authorization": f"Bearer {token}"}
    with connect(f"{server.ws_url}/ws/events/", additional_headers=headers) as socket:
        one = Listening(socket)
        one.receive("ready")
        wanted: dict[str, Any] = {"types": ["status.changed"], "chargers": [CHARGER]}
        if after is not None:
            wanted["after"] = after
        socket.send(json.dumps({"subscribe": wanted}))
        one.receive("subscribed")
        yield one


def change(wire: Wire, status: str) -> None:
    """The charger tells another status of its connector."""
    wire.call("StatusNotification", {"connectorId": 1, "errorCode": "NoError", "status": status})


def provide(server: ServerProcess, url: str) -> None:
    server.shell(f"""
from events.models import Webhook
from outgoing.models import AllowedNetwork
AllowedNetwork.objects.create(cidr="127.0.0.1/32")
Webhook.objects.create(
    name="ours", url={url!r}, secret="a-secret-between-the-two", types=["status.changed"]
)
answer(None)
""")


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    one = Receiver()
    one.may_answer.set()
    yield one
    one.http.shutdown()
    one.http.server_close()


def test_each_is_told_each_event_once_by_whichever_process(
    database: PostgresDatabase, tmp_path: Path, receiver: Receiver
) -> None:
    with ExitStack() as stack:
        redis = RedisServer(tmp_path).start()
        stack.callback(redis.kill)
        servers = []
        for name in ("one", "two"):
            folder = tmp_path / name
            folder.mkdir()
            server = ServerProcess(
                database, folder, serve=[], environment=ENVIRONMENT | {"REDIS_URL": redis.url}
            )
            stack.callback(server.kill)
            servers.append(server.start())
        one, two = servers
        token = stories.provide(one, CHARGER).token
        provide(one, receiver.url)
        wire = stack.enter_context(connected(one.ws_url, CHARGER))
        wire.call("BootNotification", {"chargePointVendor": "V", "chargePointModel": "M"})
        here = stack.enter_context(listening(one, token))
        there = stack.enter_context(listening(two, token))
        with listening(two, token) as leaving:
            for status in STATUSES[:2]:
                change(wire, status)
                for listener in (here, there, leaving):
                    listener.until(status)
        change(wire, STATUSES[2])
        here.until(STATUSES[2])
        # It comes again, at the other process, and learns of what it missed and what follows.
        cursor = leaving.told[-1]["id"]
        again = stack.enter_context(listening(one, token, after=cursor))
        change(wire, STATUSES[3])
        for listener in (here, there, again):
            listener.until(STATUSES[3])
        assert here.statuses == there.statuses == list(STATUSES)
        assert leaving.statuses == list(STATUSES[:2])
        assert again.statuses == list(STATUSES[2:])
        assert here.told == there.told == leaving.told + again.told
        states = "SELECT state, count(*) FROM events_delivery GROUP BY state"
        wait_for(lambda: dict(database.query(states)) == {"delivered": len(STATUSES)})
        # The collector's view of it is the same: each once, and each delivery of one attempt.
        assert sorted(event["id"] for event in receiver.events()) == sorted(
            event["id"] for event in here.told
        )
        attempts = database.query("SELECT DISTINCT attempts FROM events_delivery")
        assert [tuple(row) for row in attempts] == [(1,)]
        for server in servers:
            assert "Traceback" not in server.output()
