"""Connections to an address that was pinned, with a limit on their time and on what they bring.

`http.client` does the protocol. Beneath it stands a socket that knows when the whole exchange has
to be over: a peer that sends a byte now and then gains nothing by it.
"""

import http.client
import io
import os
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from time import monotonic
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from outgoing.domain.errors import Kind, OutgoingError, Unreachable
from outgoing.domain.targets import Target

#: What a status line and headers may come to beside the body (bytes).
HEADERS_BYTES = 64 * 1024


class _TooMuch(Exception):
    """More came than is read."""


def open_connection(
    target: Target, deadline: float, *, max_bytes: int | None = None
) -> http.client.HTTPConnection:
    """A connection to `target`, to be used like any `http.client.HTTPConnection`.

    It connects with the first request, to the pinned addresses only; over TLS the certificate has
    to be that of `target.host`. All of it has to be over by `deadline` (`time.monotonic`), and
    at most `max_bytes` (OUTGOING_MAX_MB) are read. Use it within `explained(target)`, which
    turns what goes wrong into Unreachable. It asks no proxy and follows nothing.
    """
    return _Connection(target, deadline, max_bytes or default_max_bytes())


def default_max_bytes() -> int:
    """The most that is read of an answer."""
    return int(settings.OUTGOING_MAX_MB) * 1_000_000


@contextmanager
def explained(target: Target) -> Iterator[None]:
    """Raises Unreachable, with its kind and a reason for people, for what goes wrong within."""
    try:
        yield
    except OutgoingError:
        raise
    except _TooMuch:
        raise Unreachable(
            Kind.TOO_LARGE, _("The answer of %(host)s is too long.") % {"host": target.host}
        ) from None
    except ssl.SSLCertVerificationError as error:
        text = _("The certificate of %(host)s cannot be trusted: %(why)s.")
        facts = {"host": target.host, "why": error.verify_message or error.reason}
        raise Unreachable(Kind.TLS, text % facts) from error
    except TimeoutError as error:
        text = _("%(host)s has not answered in time.")
        raise Unreachable(Kind.TIMEOUT, text % {"host": target.host}) from error
    except ssl.SSLError as error:
        text = _("No encrypted connection to %(host)s, port %(port)s: %(why)s.")
        facts = {"host": target.host, "port": str(target.port), "why": str(error.reason or error)}
        raise Unreachable(Kind.TLS, text % facts) from error
    except _NoWay as error:
        text = _("Nobody takes a connection at %(host)s, port %(port)s: %(why)s.")
        facts = {"host": target.host, "port": str(target.port), "why": str(error.strerror or error)}
        raise Unreachable(Kind.REFUSED, text % facts) from error
    except (http.client.HTTPException, OSError, ValueError) as error:
        text = _("%(host)s has not answered in HTTP, or broke off: %(why)s.")
        facts = {"host": target.host, "why": str(error) or type(error).__name__}
        raise Unreachable(Kind.PROTOCOL, text % facts) from error


class _NoWay(OSError):
    """No connection was made."""


class _Connection(http.client.HTTPConnection):
    """One whose peer, time and length are settled."""

    def __init__(self, target: Target, deadline: float, max_bytes: int) -> None:
        super().__init__(target.host, target.port)
        self.default_port = 443 if target.scheme == "https" else 80
        self._target = target
        self._deadline = deadline
        self._max_bytes = max_bytes + HEADERS_BYTES

    def connect(self) -> None:
        """Connect to the first of the pinned addresses that takes it, over TLS where it is due."""
        plain = _connected(self._target, self._deadline)
        try:
            if self._target.scheme == "https":
                plain.settimeout(_left(self._deadline))
                name = self._target.host.rstrip(".")
                plain = _tls(*_trust()).wrap_socket(plain, server_hostname=name)
        except BaseException:
            plain.close()
            raise
        limited: Any = _Limited(plain, self._deadline, self._max_bytes)
        self.sock = limited


def _connected(target: Target, deadline: float) -> socket.socket:
    trouble: OSError = OSError()
    for address in target.addresses:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        try:
            one = socket.socket(family, socket.SOCK_STREAM)
        except OSError as error:  # this machine has no such network
            trouble = error
            continue
        try:
            one.settimeout(_left(deadline))
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            one.connect((address, target.port))
        except OSError as error:
            one.close()
            trouble = error
        else:
            return one
    if isinstance(trouble, TimeoutError):
        raise trouble
    raise _NoWay(trouble.errno, trouble.strerror or str(trouble))


def _trust() -> tuple[str, str]:
    """Where OpenSSL is told to find the authorities that it trusts, beside its own place."""
    return os.environ.get("SSL_CERT_FILE", ""), os.environ.get("SSL_CERT_DIR", "")


@lru_cache(maxsize=4)
def _tls(file: str, folder: str) -> ssl.SSLContext:
    """The context that verifies certificates and names; it reads both places by itself."""
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _left(deadline: float) -> float:
    """Seconds until `deadline`. Raises TimeoutError when there are none."""
    left = deadline - monotonic()
    if left <= 0:
        raise TimeoutError
    return left


class _Limited:
    """A socket as `http.client` uses one: it can be written, read as a file, and closed."""

    def __init__(self, real: socket.socket, deadline: float, max_bytes: int) -> None:
        self._real = real
        self._deadline = deadline
        self._bytes_left = max_bytes
        self._files = 0
        self._closed = False

    def sendall(self, data: Any) -> None:
        """Send all of `data`."""
        view = memoryview(data)
        while view:
            self._real.settimeout(_left(self._deadline))
            view = view[self._real.send(view) :]

    def makefile(self, mode: str, *args: Any, **kwargs: Any) -> io.BufferedReader:
        """What comes, to be read."""
        self._files += 1
        return io.BufferedReader(_Incoming(self))

    def read_into(self, buffer: Any) -> int:
        """Read some of what comes. Raises TimeoutError, or _TooMuch."""
        self._real.settimeout(_left(self._deadline))
        count = self._real.recv_into(buffer)
        self._bytes_left -= count
        if self._bytes_left < 0:
            raise _TooMuch
        return count

    def file_closed(self) -> None:
        """One of the files is closed; the last one takes a closed socket with it."""
        self._files -= 1
        self._close()

    def close(self) -> None:
        """Close it when nobody reads any more."""
        self._closed = True
        self._close()

    def _close(self) -> None:
        if self._closed and self._files <= 0:
            self._real.close()


class _Incoming(io.RawIOBase):
    """What comes over a limited socket."""

    def __init__(self, limited: _Limited) -> None:
        self._limited = limited

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        return self._limited.read_into(buffer)

    def close(self) -> None:
        if not self.closed:
            super().close()
            self._limited.file_closed()
