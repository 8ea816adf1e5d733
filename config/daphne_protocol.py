"""The WebSocket protocol of `runserver`: Daphne's, able to close with any code of RFC 6455."""

from daphne.ws_protocol import WebSocketProtocol as DaphneProtocol


class WebSocketProtocol(DaphneProtocol):
    """Sends the close code that the application gives.

    Daphne calls autobahn's `sendClose`, which takes 1000 and 3000-4999 only: for a 1003, 1008 or
    1009 it raises, and the peer gets 1011 and the log a traceback.
    """

    def serverClose(self, code: int | None = None) -> None:  # noqa: N802  (its name there)
        """Close an accepted connection."""
        self.sendCloseFrame(code=1000 if code is None else code)
