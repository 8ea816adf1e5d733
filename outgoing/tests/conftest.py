"""Real servers that answer badly, and a way to allow them."""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from pytest_django import Settings

from outgoing.models import AllowedNetwork

Behave = Callable[[BaseHTTPRequestHandler], None]


class Server:
    """An HTTP server at a loopback address of its own, and what it was asked."""

    def __init__(self, address: str, behave: Behave, port: int = 0) -> None:
        self.asked: list[str] = []
        self.headers: list[dict[str, str]] = []
        self.ending = threading.Event()
        asked, seen, ending = self.asked, self.headers, self.ending

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                asked.append(self.path)
                seen.append(dict(self.headers))
                self.ending = ending
                behave(self)

            do_POST = do_GET

            def log_message(self, *args: object) -> None:
                """Say nothing."""

        self.http = ThreadingHTTPServer((address, port), Handler)
        self.http.daemon_threads = True
        self.host, self.port = address, self.http.server_address[1]
        self.url = f"http://{self.host}:{self.port}/"
        self._thread = threading.Thread(target=self.http.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self.ending.set()
        self.http.shutdown()
        self._thread.join()
        self.http.server_close()


def say(handler: BaseHTTPRequestHandler, body: bytes = b"here", status: int = 200) -> None:
    """An ordinary answer."""
    handler.send_response(status)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    """Starts servers; they end with the test."""
    with ExitStack() as stack:

        def start(behave: Behave = say, address: str = "127.0.0.1", port: int = 0) -> Server:
            server = Server(address, behave, port)
            stack.callback(server.stop)
            return server

        yield start


@pytest.fixture
def loopback(settings: Settings) -> None:
    """Loopback can be allowed, since the other side of these tests is on this machine."""
    settings.OUTGOING_LOOPBACK_FOR_TESTS = True


@pytest.fixture
def allowed(db: None, loopback: None) -> AllowedNetwork:
    """Loopback may be reached, at one address."""
    return AllowedNetwork.objects.create(cidr="127.0.0.1/32")
