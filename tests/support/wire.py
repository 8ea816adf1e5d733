"""A plain WebSocket client that sends what it is told, right or wrong, as a charge point would."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

ANSWER_LIMIT_S = 20


class Wire:
    """A connection on which any text, or any bytes, can be sent."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection
        self._ids = count(1)

    def send(self, frame: str | bytes, *, text: bool | None = None) -> None:
        """Send a frame as it is; bytes as a binary frame unless `text` is True."""
        self.connection.send(frame, text=text)

    def receive(self) -> Any:
        """The next frame from the server, as JSON."""
        return json.loads(self.connection.recv(timeout=ANSWER_LIMIT_S))

    def closed_with(self) -> int | None:
        """Wait for the server to close the connection; returns its close code."""
        try:
            answer = self.connection.recv(timeout=ANSWER_LIMIT_S)
        except ConnectionClosed as closed:
            return None if closed.rcvd is None else closed.rcvd.code
        raise AssertionError(f"the connection lives and says {answer!r}")

    def call(self, action: str, payload: Any) -> list[Any]:
        """Make a call; returns its answer, a CALLRESULT or a CALLERROR."""
        number = f"call-{next(self._ids)}"
        self.send(json.dumps([2, number, action, payload]))
        answer: list[Any] = self.receive()
        assert answer[1] == number, answer
        return answer

    def is_alive(self) -> bool:
        """Whether the next thing that the server says is the answer to a Heartbeat made now."""
        kind, _, payload = self.call("Heartbeat", {})
        return kind == 3 and "currentTime" in payload


@contextmanager
def connected(
    url: str, charger_id: str, *, source: str = "127.0.0.1", ping_s: float | None = 20
) -> Iterator[Wire]:
    """A connection of `charger_id`, from the address `source`, to the server at `url`.

    It pings the server each `ping_s` seconds; None for never.
    """
    with connect(
        f"{url}/{charger_id}",
        subprotocols=[Subprotocol("ocpp1.6")],
        compression=None,
        max_size=None,
        source_address=(source, 0),
        ping_interval=ping_s,
    ) as connection:
        yield Wire(connection)
