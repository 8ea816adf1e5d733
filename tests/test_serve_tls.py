"""TLS of the production server: renewed certificates, and clients that never finish a handshake."""

import asyncio
import os
import signal
import socket
import ssl
from pathlib import Path

import pytest

from config import tls
from config.serving import server as serving
from config.serving import sockets
from tests.support.fixtures import ServerMaker
from tests.test_handshakes import LIMIT_S, SHORT_S, application
from tests.test_runserver import wait_for
from tests.test_security import Site


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def served(port: int) -> bytes:
    """The certificate that the server shows (DER), whoever has signed it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with (
        socket.create_connection(("127.0.0.1", port), timeout=LIMIT_S) as plain,
        context.wrap_socket(plain) as secure,
    ):
        return secure.getpeercert(binary_form=True) or b""


@pytest.mark.parametrize("supervise", [[], ["--supervise"]], ids=["alone", "supervised"])
def test_a_renewed_certificate_is_taken_up(
    make_server: ServerMaker, site: Site, supervise: list[str]
) -> None:
    server = make_server(serve=[*site.options(), *supervise]).start()
    before = served(server.port)
    renewed = site.server_authority.issue_for_server()
    renewed.save(site.folder, "server")
    assert served(server.port) == before != renewed.der
    os.kill(server.pid, signal.SIGHUP)
    wait_for(lambda: served(server.port) == renewed.der)


def test_a_renewed_certificate_that_cannot_be_used_is_not(
    make_server: ServerMaker, site: Site
) -> None:
    server = make_server(serve=site.options()).start()
    before = served(server.port)
    Path(site.certificate).write_text("no certificate")
    os.kill(server.pid, signal.SIGHUP)
    wait_for(lambda: "The certificate in use stays" in server.output())
    assert served(server.port) == before
    assert server.end_with(signal.SIGTERM)[0] == 0


async def test_who_never_finishes_a_handshake_of_tls_is_cut_off(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "HEAD_S", SHORT_S)
    config = serving.configuration(tls.server_context(site.certificate, site.key))
    config.app = application
    config.load()
    server = serving.Server(config)
    server.lifespan = config.lifespan_class(config)
    listening = sockets.bind("127.0.0.1", 0)
    await server.startup(listening)
    try:
        reader, writer = await asyncio.open_connection(*listening[0].getsockname())
        writer.write(b"\x16\x03\x01")  # the first bytes of a ClientHello
        assert await asyncio.wait_for(reader.read(), LIMIT_S) == b""
        writer.close()
        await writer.wait_closed()
    finally:
        for one in server.servers:
            one.close()
        await server.lifespan.shutdown()
