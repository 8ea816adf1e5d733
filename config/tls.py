"""TLS of the production server: one listener for browsers and charge points of every profile."""

import logging
import ssl
from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.exceptions import InvalidState

logger = logging.getLogger(__name__)

#: What Python offers by itself, and two more that the Security Whitepaper (2.6) has every central
#: system offer to charge points that know no better.
_WHITEPAPER_CIPHERS = "AES128-GCM-SHA256:AES256-GCM-SHA384"

#: OpenSSL's X509_V_FLAG_NO_CHECK_TIME, which Python has no name for.
_NO_CHECK_TIME = 0x200000


class CannotServeTls(Exception):
    """A file for TLS cannot be used; the message says which, and why."""


def server_context(certificate: str, key: str, client_authorities: str = "") -> ssl.SSLContext:
    """How to speak TLS, 1.2 at least, with `certificate` (PEM, with its chain) and its `key`.

    With `client_authorities` (PEM) a client may show a certificate, which must be signed by one of
    them; it need not show one, so that security profiles 0 to 3 share an address. Whether its
    certificate is in its time is for the application to say: it knows the charger, and can tell
    staff. Raises CannotServeTls.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    names = ":".join(
        str(cipher["name"])
        for cipher in context.get_ciphers()
        if not str(cipher["name"]).startswith("TLS_")
    )
    context.set_ciphers(f"{names}:{_WHITEPAPER_CIPHERS}")
    context.set_alpn_protocols(["http/1.1"])
    try:
        context.load_cert_chain(certificate, key or None)
    except (OSError, ssl.SSLError) as error:
        raise CannotServeTls(f"{certificate}, {key}: {error}") from error
    if client_authorities:
        try:
            context.load_verify_locations(client_authorities)
        except (OSError, ssl.SSLError) as error:
            raise CannotServeTls(f"{client_authorities}: {error}") from error
        context.verify_mode = ssl.CERT_OPTIONAL
        context.verify_flags = ssl.VerifyFlags(
            context.verify_flags | ssl.VerifyFlags.VERIFY_X509_TRUSTED_FIRST | _NO_CHECK_TIME
        )
    return context


def client_chain(connection: ssl.SSLObject) -> list[bytes]:
    """The client's verified certificate and those that certify it, up to the authority (DER).

    A resumed TLS session has kept the first one only.
    """
    own = connection.getpeercert(binary_form=True)
    if own is None:
        return []
    if hasattr(connection, "get_verified_chain"):  # Python 3.13
        chain = [bytes(der) for der in connection.get_verified_chain()]
    else:
        # The same function, under the private name that it had before.
        inner: Any = connection._sslobj  # type: ignore[attr-defined]
        texts = [one.public_bytes() for one in inner.get_verified_chain() or ()]
        chain = [ssl.PEM_cert_to_DER_cert(text) for text in texts]
    return chain or [own]


class TlsWebSocketProtocol(WebSocketsSansIOProtocol):
    """uvicorn's, which also tells the application of TLS, as ASGI's extension names it.

    And to which whoever talks is alive: some charge points answer no ping.
    """

    def data_received(self, data: bytes) -> None:
        """Take what has come; it is worth as much as the pong that is waited for."""
        try:
            super().data_received(data)
        except InvalidState as error:
            # A text that is no UTF-8, in one piece with the peer's own close.
            logger.debug("Nothing more can be said to the peer: %s", error)
            self.transport.close()
        self.alive()

    def alive(self) -> None:
        """The peer has said something: nothing else is waited for."""
        if self.pong_timer is not None:
            self.pong_timer.cancel()
            self.pong_timer = None
            self.pending_ping_payload = None
            self.schedule_ping()

    async def run_asgi(self) -> None:
        """Run the application for this connection."""
        connection: Any = self.transport.get_extra_info("ssl_object")
        extensions: dict[str, Any] = self.scope["extensions"]
        extensions["websocket.pings"] = {"stop": self.stop_keepalive}
        if connection is not None:
            extensions["tls"] = {
                "client_cert_chain": [
                    ssl.DER_cert_to_PEM_cert(der) for der in client_chain(connection)
                ],
                "client_cert_error": None,
            }
        await super().run_asgi()

    async def send(self, message: Any) -> None:
        """Send what the application says.

        A handshake that it has answered with an HTTP status is complete: uvicorn forgets that, and
        would log an error for each charge point that is refused.
        """
        await super().send(message)
        if message["type"] == "websocket.http.response.body" and not message.get("more_body"):
            self.handshake_complete = True
