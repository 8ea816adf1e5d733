"""Whether a login works, and why not; each within the time."""

import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import monotonic

import pytest
from pytest_django import Settings

from odoo.domain import connecting
from odoo.models import Instance
from odoo.tests.server import Odoo
from outgoing.models import AllowedNetwork


def reason(instance: Instance) -> str:
    tested = connecting.test(instance)
    assert tested.ok == (tested.reason == "ok")
    assert "s3cr3t-pass" not in tested.text
    return f"{tested.reason}: {tested.text}"


def test_a_login_that_works_tells_the_version(instance: Instance) -> None:
    assert reason(instance) == "ok: Odoo 17.0 has let in api@example.com, number 2 there."


def test_a_wrong_password_or_user(instance: Instance) -> None:
    instance.password = "wrong"
    assert reason(instance) == (
        "credentials: Odoo knows no user api@example.com with this password in the database prod."
    )
    instance.user, instance.password = "nobody", "s3cr3t-pass"
    assert reason(instance).startswith("credentials: ")


def test_a_database_that_is_missing(instance: Instance) -> None:
    instance.database = "nope"
    assert reason(instance) == "no_database: Odoo has no database nope."


def test_a_right_that_is_missing(instance: Instance, server: Odoo) -> None:
    server.denied.add(("sale.order", "search_read"))
    told = reason(instance)
    assert told.startswith("denied: The user api@example.com may not do this in Odoo: You are not")
    instance.push_sessions = False
    assert reason(instance).startswith("ok: ")
    server.denied.add(("res.partner", "search_read"))
    assert reason(instance).startswith("denied: ")


def test_a_field_that_does_not_exist(instance: Instance) -> None:
    instance.card_field = "x_card"
    assert reason(instance) == (
        "fault: Odoo says: ValueError: Invalid field 'x_card' on model 'res.partner'"
    )


def test_nobody_there(instance: Instance) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        instance.url = f"http://127.0.0.1:{free.getsockname()[1]}"
        assert reason(instance).startswith("unreachable: ")
    instance.url = "http://no-such-host.invalid"
    assert reason(instance).startswith("unreachable: ")


def test_no_tls_there(instance: Instance, server: Odoo) -> None:
    instance.url = server.url.replace("http:", "https:")
    assert reason(instance).startswith("tls: ")


def test_an_address_that_the_policy_forbids_is_never_asked(
    instance: Instance, server: Odoo
) -> None:
    AllowedNetwork.objects.all().delete()
    assert reason(instance).startswith("refused: ")
    for url in ("http://169.254.169.254", "http://2130706433", "ftp://example.com"):
        instance.url = url
        assert reason(instance).startswith("refused: ")
    assert server.calls == []


def test_one_that_says_nothing_is_given_up_in_time(
    instance: Instance, server: Odoo, settings: Settings
) -> None:
    settings.OUTGOING_TIMEOUT_S = 1
    ending = threading.Event()

    def wait(model: str, method: str) -> None:
        ending.wait(10)

    server.before = wait
    start = monotonic()
    assert reason(instance).startswith("unreachable: ")
    assert monotonic() - start < 3
    ending.set()


@pytest.fixture
def other() -> Iterator[ThreadingHTTPServer]:
    """A web server that is no Odoo; its path says what it answers."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            word = self.path.split("/")[1]
            self.send_response({"moved": 301, "broken": 502, "missing": 404}.get(word, 200))
            if word == "moved":
                self.send_header("Location", "https://odoo.example.com/xmlrpc/2/common")
            self.end_headers()
            self.wfile.write(
                b"<?xml version='1.0'?><methodResponse><params><param><value><int>1</int></value>"
                b"</param></params></methodResponse>"
                if word == "number"
                else b"<html>Hello"
            )

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("page", "not_odoo: What answers at "),
        ("number", "not_odoo: What answers at "),
        ("missing", "not_odoo: What answers at "),
        ("moved", "not_odoo: http://127.0.0.1:"),
        ("broken", "unreachable: http://127.0.0.1:"),
    ],
)
def test_what_is_no_odoo(
    instance: Instance, other: ThreadingHTTPServer, path: str, said: str
) -> None:
    instance.url = f"http://127.0.0.1:{other.server_address[1]}/{path}"
    told = reason(instance)
    assert told.startswith(said)
    if path == "moved":
        assert "https://odoo.example.com/xmlrpc/2/common" in told
