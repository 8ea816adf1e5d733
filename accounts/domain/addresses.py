"""Where a request really comes from.

The header `X-Forwarded-For` is written by whoever sends the request, so it is read only as
far as proxies that the node is configured to trust (`TRUSTED_PROXIES`) have written it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest

_Address = IPv4Address | IPv6Address
_Networks = tuple[IPv4Network | IPv6Network, ...]

#: Headers that only a proxy adds: with one of them, somebody stands in between.
FORWARDING_HEADERS = ("x-forwarded-for", "forwarded", "x-real-ip", "x-forwarded-host", "via")

#: Private (RFC 1918, RFC 4193), link-local and loopback ranges.
PRIVATE: _Networks = tuple(
    ip_network(text)
    for text in (
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "169.254.0.0/16",
        "127.0.0.0/8",
        "fc00::/7",
        "fe80::/10",
        "::1/128",
    )
)


@dataclass(frozen=True, slots=True)
class Peer:
    """Who is at the other end."""

    #: The address of the client as far as it can be believed; empty when there is none.
    address: str
    #: In a private or loopback range, and no untrusted hop has forwarded it.
    private: bool

    @property
    def network(self) -> str:
        """What limits per address count by: the address, or an IPv6 client's /64 network.

        One IPv6 client usually has a whole /64 and could take another address each time.
        """
        parsed = _parse(self.address)
        if isinstance(parsed, IPv6Address):
            return str(ip_network((int(parsed) >> 64 << 64, 64)))
        return self.address or "unknown"


def resolve(remote: str, headers: Mapping[str, str]) -> Peer:
    """The client behind a connection from `remote` that sent `headers` (names in lower case).

    Raises `ImproperlyConfigured` when `TRUSTED_PROXIES` cannot be read.
    """
    client = _parse(remote)
    if client is None:
        return Peer(remote, private=False)
    proxies = trusted_proxies()
    if not _within(client, proxies):
        forwarded = any(header in headers for header in FORWARDING_HEADERS)
        return Peer(str(client), private=not forwarded and _within(client, PRIVATE))
    # The nearest hop stands last. Each trusted hop vouches for the one before it.
    hops = [hop.strip() for hop in headers.get("x-forwarded-for", "").split(",") if hop.strip()]
    while hops and _within(client, proxies):
        previous = _parse(hops.pop())
        if previous is None:
            return Peer(str(client), private=False)
        client = previous
    return Peer(str(client), private=not hops and _within(client, PRIVATE))


def of_request(request: HttpRequest) -> Peer:
    """The client of a Django request."""
    headers = {name.lower(): value for name, value in request.headers.items()}
    return resolve(request.META.get("REMOTE_ADDR", ""), headers)


def of_scope(scope: Mapping[str, Any]) -> Peer:
    """The client of an ASGI connection, HTTP or WebSocket."""
    headers: dict[str, str] = {}
    for raw_name, raw_value in scope.get("headers", ()):
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        headers[name] = f"{headers[name]},{value}" if name in headers else value
    client = scope.get("client")
    return resolve(client[0] if client else "", headers)


def is_trusted_proxy(remote: str) -> bool:
    """Whether the peer with the address `remote` is a proxy that the node believes."""
    address = _parse(remote)
    return address is not None and _within(address, trusted_proxies())


def trusted_proxies() -> _Networks:
    """`settings.TRUSTED_PROXIES` as networks.

    Raises `ImproperlyConfigured`, naming the entry that is neither an address nor a network.
    """
    return _networks(tuple(settings.TRUSTED_PROXIES))


@lru_cache(maxsize=8)
def _networks(entries: tuple[str, ...]) -> _Networks:
    networks = []
    for entry in entries:
        try:
            networks.append(ip_network(entry, strict=False))
        except ValueError:
            raise ImproperlyConfigured(
                f"TRUSTED_PROXIES has {entry!r}: write an address such as 10.0.0.5 "
                "or a network such as 10.0.0.0/24"
            ) from None
    return tuple(networks)


def _parse(text: str) -> _Address | None:
    """`text` as an address, without a port; an IPv4 address inside an IPv6 one is taken out."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text)
    except ValueError:
        return None
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return address.ipv4_mapped
        return IPv6Address(int(address))  # without a zone such as %eth0
    return address


def _within(address: _Address, networks: _Networks) -> bool:
    return any(address in network for network in networks)
