"""The WebSocket protocol of `runserver`: Daphne's, with what ASGI offers and Daphne lacks."""

from http import HTTPStatus
from typing import Any

from autobahn.twisted.websocket import ConnectionDeny
from daphne.ws_protocol import WebSocketProtocol as DaphneProtocol

#: ASGI's extension for answering a handshake with an HTTP response of one's own.
REFUSAL = "websocket.http.response"


class WebSocketProtocol(DaphneProtocol):
    """Closes with any code of RFC 6455, and refuses with any status and a body."""

    def connectionMade(self) -> None:  # noqa: N802  (its name there)
        """A client is there."""
        self._refusal: dict[str, Any] | None = None
        self._refusal_body = b""
        super().connectionMade()

    def serverClose(self, code: int | None = None) -> None:  # noqa: N802
        """Close an accepted connection with the code that the application gives.

        Daphne calls autobahn's `sendClose`, which takes 1000 and 3000-4999 only: for a 1003, 1008
        or 1009 it raises, and the peer gets 1011 and the log a traceback.
        """
        self.sendCloseFrame(code=1000 if code is None else code)

    def handle_reply(self, message: dict[str, Any]) -> None:
        """Do what the application says."""
        if message["type"] == f"{REFUSAL}.start":
            self._refusal = message
        elif message["type"] == f"{REFUSAL}.body":
            self._refusal_body += message.get("body", b"")
            if not message.get("more_body", False):
                self._refuse()
        else:
            super().handle_reply(message)

    def _refuse(self) -> None:
        """Answer the handshake with the application's response. Raises ValueError out of turn."""
        if self._refusal is None or not hasattr(self, "handshake_deferred"):
            raise ValueError("There is no handshake to refuse, or no status to refuse it with")
        deferred = self.handshake_deferred
        del self.handshake_deferred
        status = self._refusal["status"]
        deferred.errback(ConnectionDeny(code=status, reason=_phrase(status)))
        self.server.protocol_disconnected(self)
        client = "{}:{}".format(*self.client_addr) if self.client_addr else None
        self.server.log_action(
            "websocket", "rejected", {"path": self.request.path, "client": client}
        )

    def sendHttpErrorResponse(  # noqa: N802
        self,
        code: int,
        reason: str,
        responseHeaders: Any = None,  # noqa: N803
    ) -> None:
        """Answer a handshake with an error. Autobahn knows no body: here it says the reason."""
        headers = [
            (name.encode("latin-1"), value.encode("latin-1"))
            for name, value in responseHeaders or ()
        ]
        body = reason.encode()
        if self._refusal is None:
            headers.append((b"Content-Type", b"text/plain; charset=utf-8"))
        else:
            headers += self._refusal.get("headers", ())
            body = self._refusal_body
        headers.append((b"Content-Length", str(len(body)).encode("ascii")))
        headers.append((b"Connection", b"close"))
        lines = [f"HTTP/1.1 {code} {_phrase(code)}".encode("ascii")]
        lines += [name + b": " + value for name, value in headers]
        self.sendData(b"\r\n".join(lines) + b"\r\n\r\n" + body)


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Refused"
