"""A real SMTP server on a loopback port, which fails as it is told to.

What becomes of an e-mail follows from the local part of its recipient, and of how often that
recipient was tried: `again-2-x@…` gets 451 twice, `drop-1-x@…` a dropped connection once before the
e-mail is taken, `lost-1-x@…` one after it was taken, `never-x@…` gets 550.
"""

import asyncio
import threading
from collections import Counter
from email import message_from_bytes
from email.message import Message
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.support.server import free_port

START_LIMIT_S = 20


def _drop(server: SMTP) -> None:
    """End the connection without a word."""
    assert isinstance(server.transport, asyncio.Transport)
    server.transport.abort()


class MailServer:
    """Takes e-mails and keeps them; one thread, stopped by `stop`."""

    def __init__(self, password: str = "") -> None:
        #: What was delivered, in order: recipients and the message.
        self.delivered: list[tuple[list[str], Message]] = []
        self.tried: Counter[str] = Counter()
        #: Set when an e-mail to `hold-…` was received, which is not answered until `go_on`.
        self.holding = threading.Event()
        self.go_on = threading.Event()
        self._password = password
        self._stopped = False
        self._controller = Controller(
            self,
            hostname="127.0.0.1",
            port=free_port(),
            ready_timeout=START_LIMIT_S,
            auth_required=bool(password),
            auth_require_tls=False,
            authenticator=self._authenticate if password else None,
        )

    def _authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any
    ) -> AuthResult:
        right = isinstance(data, LoginPassword) and data.password == self._password.encode()
        return AuthResult(success=right, handled=False)

    @property
    def port(self) -> int:
        """Where it listens."""
        return self._controller.port

    def start(self) -> "MailServer":
        """Returns when it listens."""
        self._controller.start()
        return self

    def stop(self) -> None:
        """End it and its connections."""
        self.go_on.set()
        if not self._stopped:
            self._stopped = True
            self._controller.stop()

    def received(self) -> Counter[str]:
        """How often each recipient was delivered to."""
        return Counter(address for to, _message in self.delivered for address in to)

    async def handle_RCPT(  # noqa: N802  (aiosmtpd's name)
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Answer to a recipient, by its local part."""
        word, times = self._told(address)
        if word == "never":
            return "550 5.1.1 nobody of that name here"
        self.tried[address] += 1
        if word == "again" and self.tried[address] <= times:
            return "451 4.7.1 try again later"
        if word == "drop" and self.tried[address] <= times:
            _drop(server)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """Keep the e-mail; then perhaps say nothing."""
        content = envelope.content
        assert isinstance(content, bytes)
        self.delivered.append((list(envelope.rcpt_tos), message_from_bytes(content)))
        for address in envelope.rcpt_tos:
            word, times = self._told(address)
            if word == "lost" and self.tried[address] <= times:
                _drop(server)
            if word == "hold" and self.tried[address] <= 1:
                self.holding.set()
                await asyncio.get_running_loop().run_in_executor(None, self.go_on.wait)
        return "250 2.0.0 taken"

    @staticmethod
    def _told(address: str) -> tuple[str, int]:
        word, _dash, rest = address.partition("-")
        number = rest.partition("-")[0]
        return word, int(number) if number.isdigit() else 1
