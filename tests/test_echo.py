"""The echo over real servers: the one of production and the one of development."""

from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Origin

from tests.support.server import ServerProcess

KIB = 1024


@pytest.mark.parametrize("runserver", [False, True])
def test_echo(make_server: Any, runserver: bool) -> None:
    server: ServerProcess = make_server(runserver=runserver).start()
    address = f"{server.ws_url}/ws/echo/"
    with connect(address) as socket:
        for text in ("hola", "", "¡Año nuevo! 充電 🔌", "\x00", "x" * 64 * KIB):
            socket.send(text)
            assert socket.recv(timeout=10) == text

    for message, code in (("x" * (64 * KIB + 1), 1009), (b"binary", 1003)):
        with connect(address) as socket:
            socket.send(message)
            with pytest.raises(ConnectionClosed) as closed:
                socket.recv(timeout=10)
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == code

    with connect(address, origin=Origin("http://127.0.0.1:8000")) as socket:
        socket.send("a page of ours")
        assert socket.recv(timeout=10) == "a page of ours"
    with (
        pytest.raises(InvalidStatus) as refused,
        connect(address, origin=Origin("https://evil.example")),
    ):
        pass
    assert refused.value.response.status_code == 403

    # The echo is no charge point.
    assert server.database.query("SELECT charger_id FROM ocpp_charger") == []
    assert "Traceback" not in server.output()
