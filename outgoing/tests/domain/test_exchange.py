import socket
import ssl
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

from outgoing.domain import Kind, Refused, Unreachable, request
from outgoing.models import AllowedNetwork
from outgoing.tests.conftest import Server, say
from tests.support.certificates import SERVER, Authority

pytestmark = pytest.mark.django_db
Serve = Callable[..., Server]


def kind_of(url: str, **more: Any) -> Kind:
    """Why there was no answer."""
    with pytest.raises(Unreachable) as caught:
        request(url, **more)
    assert "127.0.0.1" in caught.value.reason or "localhost" in caught.value.reason
    return caught.value.kind


@pytest.mark.usefixtures("allowed")
def test_an_answer_comes_with_status_headers_and_body(serve: Serve) -> None:
    def behave(handler: BaseHTTPRequestHandler) -> None:
        say(handler, handler.rfile.read(int(handler.headers["Content-Length"]))[::-1], 418)

    server = serve(behave)
    answer = request(server.url + "a?b=c", method="POST", body=b"abc", headers={"X-Own": "1"})
    assert (answer.status, answer.body, answer.headers["content-length"]) == (418, b"cba", "3")
    assert server.asked == ["/a?b=c"]
    seen = server.headers[0]
    assert seen["Host"] == f"127.0.0.1:{server.port}"
    assert (seen["X-Own"], seen["Accept-Encoding"]) == ("1", "identity")


@pytest.mark.parametrize("listed", [False, True])
def test_a_loopback_server_is_never_asked(serve: Serve, listed: bool) -> None:
    canary = serve()
    if listed:  # a row from a time at which that could be allowed
        AllowedNetwork.objects.create(cidr="127.0.0.0/8")
        AllowedNetwork.objects.create(cidr="::1/128")
    for host in ("127.0.0.1", "localhost", "2130706433", "0x7f000001", "[::ffff:127.0.0.1]"):
        with pytest.raises(Refused):
            request(f"http://{host}:{canary.port}/")
    assert canary.asked == []


@pytest.mark.usefixtures("allowed")
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_an_answer_and_is_not_followed(serve: Serve, status: int) -> None:
    canary = serve()

    def behave(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        handler.send_header("Location", canary.url)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    assert request(serve(behave).url).status == status
    assert canary.asked == []


@pytest.mark.usefixtures("allowed")
def test_a_name_that_changes_leads_where_it_led_when_it_was_judged(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = serve()
    canary = serve(address="127.0.0.2", port=server.port)
    answers = iter([["127.0.0.1"], *[["127.0.0.2"]] * 9])
    monkeypatch.setattr(
        socket,
        "getaddrinfo",
        lambda host, port, **_: [(None, None, 0, "", (one, port)) for one in next(answers)],
    )
    answer = request(f"http://changing.example:{server.port}/")
    assert answer.body == b"here"
    assert server.headers[0]["Host"] == f"changing.example:{server.port}"
    assert canary.asked == []
    with pytest.raises(Refused):
        request(f"http://changing.example:{server.port}/")
    assert canary.asked == []


@pytest.mark.usefixtures("allowed")
def test_a_proxy_of_the_environment_is_not_asked(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    canary = serve()
    monkeypatch.setenv("http_proxy", canary.url)
    assert request(serve().url).body == b"here"
    assert canary.asked == []


@pytest.mark.usefixtures("allowed")
def test_the_limit_of_time_is_for_all_of_it_however_the_answer_drips(serve: Serve) -> None:
    def drip(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "1000")
        handler.end_headers()
        for _ in range(1000):
            if handler.ending.wait(0.05):  # type: ignore[attr-defined]
                return
            handler.wfile.write(b".")

    began = monotonic()
    assert kind_of(serve(drip).url, timeout_s=0.5) is Kind.TIMEOUT
    assert 0.4 < monotonic() - began < 2


@pytest.mark.usefixtures("allowed")
def test_a_server_that_says_nothing(serve: Serve) -> None:
    server = serve(lambda handler: handler.ending.wait(30))
    assert kind_of(server.url, timeout_s=0.2) is Kind.TIMEOUT


@pytest.mark.usefixtures("allowed")
@pytest.mark.parametrize("told", [True, False])
def test_an_answer_that_is_too_long_is_not_read(serve: Serve, told: bool) -> None:
    def flood(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        if told:
            handler.send_header("Content-Length", "3000000000")
        handler.end_headers()
        while not handler.ending.is_set():  # type: ignore[attr-defined]
            try:
                handler.wfile.write(b"x" * 65536)
            except OSError:
                return

    assert kind_of(serve(flood).url, max_bytes=1_000_000) is Kind.TOO_LARGE


@pytest.mark.usefixtures("allowed")
def test_an_answer_as_long_as_is_allowed_is_taken(serve: Serve) -> None:
    server = serve(lambda handler: say(handler, b"x" * 1000))
    assert len(request(server.url, max_bytes=1000).body) == 1000
    assert kind_of(server.url, max_bytes=999) is Kind.TOO_LARGE


@pytest.mark.usefixtures("allowed")
def test_an_answer_that_breaks_off_is_none(serve: Serve) -> None:
    def behave(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "100")
        handler.end_headers()
        handler.wfile.write(b"half")
        handler.close_connection = True

    assert kind_of(serve(behave).url) is Kind.PROTOCOL


@pytest.mark.usefixtures("allowed")
def test_what_is_no_http_is_no_answer(serve: Serve) -> None:
    def behave(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"220 mail.example ESMTP\r\n")
        handler.close_connection = True

    assert kind_of(serve(behave).url) is Kind.PROTOCOL


@pytest.mark.usefixtures("allowed")
def test_nobody_listens(serve: Serve) -> None:
    host = serve().host
    with socket.socket() as bound:
        bound.bind((host, 0))
        assert kind_of(f"http://{host}:{bound.getsockname()[1]}/") is Kind.REFUSED


@pytest.mark.usefixtures("allowed")
def test_a_header_cannot_carry_another(serve: Serve) -> None:
    server = serve()
    assert kind_of(server.url, headers={"X-Own": "1\r\nX-Other: 2"}) is Kind.PROTOCOL
    assert server.asked == []


@pytest.mark.usefixtures("allowed")
def test_a_certificate_has_to_be_trusted_and_of_the_name(
    serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = Authority()
    identity = authority.issue("node", usages=[SERVER], hosts=["node.example"])
    certificate, key = identity.save(tmp_path, "server")
    server = serve()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.http.socket = context.wrap_socket(server.http.socket, server_side=True)
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda host, port, **_: [(None, None, 0, "", ("127.0.0.1", port))]
    )
    with pytest.raises(Unreachable) as caught:
        request(f"https://node.example:{server.port}/")
    assert caught.value.kind is Kind.TLS
    monkeypatch.setenv("SSL_CERT_FILE", authority.save(tmp_path))
    assert request(f"https://node.example:{server.port}/").body == b"here"
    with pytest.raises(Unreachable) as caught:
        request(f"https://other.example:{server.port}/")
    assert caught.value.kind is Kind.TLS
    assert server.asked == ["/"]


@pytest.mark.usefixtures("allowed")
def test_a_server_without_tls_is_none_with_it(serve: Serve) -> None:
    assert kind_of(serve().url.replace("http://", "https://")) is Kind.TLS


@pytest.mark.usefixtures("loopback")
def test_an_allowed_network_may_be_a_whole_one(serve: Serve) -> None:
    AllowedNetwork.objects.create(cidr="127.0.0.0/8")
    assert request(serve(address="127.0.0.9").url).status == 200
