"""A receiver is told what a real server has heard, also when that server was killed meanwhile."""

import hmac
import json
import threading
import time
from collections.abc import Callable, Iterator
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tests.support.fixtures import ServerMaker
from tests.support.server import ServerProcess
from tests.support.wire import connected

SECRET = "a-secret-between-the-two"
PATIENCE_S = 30
STATUS = {"connectorId": 1, "errorCode": "GroundFailure", "status": "Faulted"}


def wait_for(condition: Callable[[], Any]) -> None:
    end = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < end, "it does not come to that"
        time.sleep(0.05)  # between two looks


class Receiver:
    """Takes what it is told, or holds it without an answer for as long as the test wants."""

    def __init__(self) -> None:
        self.told: list[tuple[dict[str, str], bytes]] = []
        self.may_answer = threading.Event()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.told.append((dict(self.headers), body))
                receiver.may_answer.wait(PATIENCE_S)
                self.send_response(204)
                self.end_headers()

            def log_message(self, *args: object) -> None:
                """Say nothing."""

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.http.server_address[1]}/hook"
        threading.Thread(target=self.http.serve_forever, args=(0.05,), daemon=True).start()

    def events(self) -> list[dict[str, Any]]:
        """What it was told, in order."""
        return [json.loads(body) for _headers, body in self.told]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    one = Receiver()
    yield one
    one.may_answer.set()
    one.http.shutdown()
    one.http.server_close()


def provide(server: ServerProcess, url: str) -> None:
    """A webhook for faults, that may be reached."""
    server.shell(f"""
from events.models import Webhook
from outgoing.models import AllowedNetwork
AllowedNetwork.objects.create(cidr="127.0.0.1/32")
Webhook.objects.create(name="ours", url={url!r}, secret={SECRET!r}, types=["charger.fault"])
answer(None)
""")


def collecting_has_begun(server: ServerProcess) -> bool:
    rows = server.database.query("SELECT count(*) FROM events_collector WHERE looked IS NOT NULL")
    return rows[0][0] == 1


def delivery(server: ServerProcess) -> tuple[Any, ...]:
    rows = server.database.query("SELECT state, attempts, claim FROM events_delivery")
    return rows[0] if rows else ("", 0, "")


def test_a_server_that_is_killed_while_it_tells_tells_it_again(
    make_server: ServerMaker, receiver: Receiver
) -> None:
    server = make_server(environment={"OUTGOING_LOOPBACK_FOR_TESTS": "1"}).start()
    provide(server, receiver.url)
    wait_for(lambda: collecting_has_begun(server))
    with connected(f"{server.ws_url}/ocpp", "CP1") as wire:
        wire.call("BootNotification", {"chargePointVendor": "V", "chargePointModel": "M"})
        wire.call("StatusNotification", STATUS)
        wait_for(lambda: receiver.told)
        server.kill()
    state, attempts, claim = delivery(server)
    assert (state, attempts) == ("waiting", 0)
    assert claim, "it was claimed, and nobody has noted an outcome"
    receiver.may_answer.set()
    # As though the minute of the claim were over.
    server.shell("""
from django.utils import timezone
from events.models import Delivery
Delivery.objects.update(claimed_until=timezone.now())
answer(None)
""")
    server.start()
    wait_for(lambda: delivery(server)[0] == "delivered")
    first, second = receiver.events()
    assert first == second, "twice, with one id, by which a receiver knows it"
    assert (first["type"], first["charger"]) == ("charger.fault", "CP1")
    headers, body = receiver.told[1]
    signed = headers["X-Constellation-Timestamp"].encode() + b"." + body
    expected = "v1=" + hmac.new(SECRET.encode(), signed, sha256).hexdigest()
    assert headers["X-Constellation-Signature"] == expected
