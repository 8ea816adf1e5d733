"""Sockets that a server listens on, which several processes can share."""

import socket
from contextlib import ExitStack


class CannotListen(Exception):
    """The address cannot be listened on; the message says why."""


def bind(host: str, port: int, *, shared: bool = False) -> list[socket.socket]:
    """A socket, not listening yet, for each address that `host` stands for.

    With `shared`, further calls bind the same port again, and the kernel divides connections evenly
    among those sockets that listen (SO_REUSEPORT of Linux). Raises CannotListen.
    """
    with ExitStack() as opened:
        bound = [
            opened.enter_context(_bind(family, address, shared=shared))
            for family, address in _addresses(host, port)
        ]
        opened.pop_all()
        return bound


def check_free(host: str, port: int) -> None:
    """Raise CannotListen when somebody listens there, who might share the port unknowingly."""
    for one in bind(host, port):
        one.close()


def _addresses(host: str, port: int) -> list[tuple[socket.AddressFamily, tuple[str, int]]]:
    try:
        found = socket.getaddrinfo(
            host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
    except (OSError, UnicodeError) as error:
        raise CannotListen(str(error)) from error
    # A set would lose the order, and a name may stand for the same address twice.
    return list(dict.fromkeys((family, address) for family, _, _, _, address in found))  # type: ignore[misc]


def _bind(family: socket.AddressFamily, address: tuple[str, int], *, shared: bool) -> socket.socket:
    one = socket.socket(family, socket.SOCK_STREAM)
    try:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if shared:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        if family == socket.AF_INET6:
            one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        one.bind(address)
    except OSError as error:
        one.close()
        raise CannotListen(error.strerror or str(error)) from error
    return one
