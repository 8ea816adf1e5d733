"""From an address that somebody wrote to one that may be connected to."""

import re
import socket
import threading
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from queue import Empty, SimpleQueue
from time import monotonic
from urllib.parse import quote, urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from outgoing.domain import addresses
from outgoing.domain.addresses import Address, Network
from outgoing.domain.errors import Kind, Refused, Unreachable

#: The longest URL.
MAX_URL = 2000
#: Names that are being looked up at a time. A name server that says nothing keeps each for a while.
MAX_LOOK_UPS = 32

_PORTS = {"http": 80, "https": 443}
#: A last label of digits, or one in hexadecimal: some resolvers take the name for a number.
_NUMBER = re.compile(r"(?:[0-9]+|0[xX][0-9a-fA-F]*)")
_HOST = re.compile(r"[a-z0-9_](?:[a-z0-9_.-]{0,251}[a-z0-9_])?\.?")
_look_ups = threading.BoundedSemaphore(MAX_LOOK_UPS)


@dataclass(frozen=True, slots=True)
class Target:
    """Where a request goes: what was written, and the addresses that it was resolved to, once."""

    scheme: str
    #: The name as the other side and its certificate know it; an address without brackets.
    host: str
    port: int
    #: With the query, beginning with "/".
    path: str
    #: Those that may be reached, in the order of the name server. Never empty.
    addresses: tuple[str, ...]

    @property
    def address(self) -> str:
        """The address that is tried first."""
        return self.addresses[0]


def resolve(url: str, *, deadline: float | None = None) -> Target:
    """Judge `url` and look its name up, once; by `deadline` (`time.monotonic`) at the latest.

    Raises Refused when it may not be reached, Unreachable (dns, timeout) when its name leads
    nowhere.
    """
    if deadline is None:
        deadline = monotonic() + settings.OUTGOING_TIMEOUT_S
    scheme, host, port, path = _parts(url)
    found = _literal(host) or _look_up(host, port, deadline)
    allowed = _allowed_networks()
    objections = {one: addresses.objection(one, allowed) for one in found}
    fit = tuple(str(one) for one, why in objections.items() if not why)
    if not fit:
        one, why = next(iter(objections.items()))
        text = _("%(host)s may not be reached: %(address)s: %(why)s.")
        raise Refused(text % {"host": host, "address": one, "why": why})
    return Target(scheme, host, port, path, fit)


def _parts(url: str) -> tuple[str, str, int, str]:
    """Scheme, host in lower case and ASCII, port and path. Raises Refused."""
    text = url.strip()
    if not text or len(text) > MAX_URL or not text.isprintable() or re.search(r"[\s\\]", text):
        raise Refused(_("This is no URL. Write one such as https://example.com/path."))
    try:
        parts = urlsplit(text)
        port = parts.port
        host = (parts.hostname or "").lower()
    except ValueError:
        raise Refused(_("This is no URL. Write one such as https://example.com/path.")) from None
    if parts.scheme not in _PORTS:
        text = _("Only http and https can be reached, not %(scheme)s.")
        raise Refused(text % {"scheme": parts.scheme or _("a URL without either")})
    if parts.username is not None or parts.password is not None:
        raise Refused(_("A URL may not hold a user name or a password."))
    if port is None:
        port = _PORTS[parts.scheme]
    host = _ascii(host)
    if not host or port == 0:
        raise Refused(_("The URL names no host, or no port. Write https://example.com/path."))
    query = f"?{quote(parts.query, safe=_KEPT)}" if parts.query else ""
    return parts.scheme, host, port, (quote(parts.path, safe=_KEPT) or "/") + query


#: Characters of a path or a query that stay as they are (RFC 3986).
_KEPT = "/%:@!$&'()*+,;=~-._?"


def _ascii(host: str) -> str:
    """The name as name servers know it; "" for one that is none."""
    if ":" in host:
        return host
    try:
        # With what browsers take for dots too, which are put in order here.
        name = host.encode("idna").decode("ascii")
    except UnicodeError:
        return ""
    return name if _HOST.fullmatch(name) else ""


def _literal(host: str) -> list[Address]:
    """The address that stands in place of a name; empty for a name.

    Raises Refused for a number that only some read as an address: 2130706433, 0177.0.0.1.
    """
    try:
        return [ip_address(host)]
    except ValueError:
        pass
    last = host.rstrip(".").rpartition(".")[2]
    if ":" in host or _NUMBER.fullmatch(last):
        text = _("%(host)s is not written as an address. Write one such as 192.0.2.10.")
        raise Refused(text % {"host": host})
    return []


def _look_up(host: str, port: int, deadline: float) -> list[Address]:
    """The addresses of a name, each once.

    In a thread of its own, since a look-up cannot be told when to end.
    """
    told: SimpleQueue[list[Address] | OSError] = SimpleQueue()

    def ask() -> None:
        try:
            rows = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            told.put(list(dict.fromkeys(ip_address(row[4][0]) for row in rows)))
        except (OSError, ValueError) as trouble:
            told.put(trouble if isinstance(trouble, OSError) else OSError(str(trouble)))
        finally:
            _look_ups.release()

    slow = Unreachable(Kind.TIMEOUT, _("The name %(host)s was not found in time.") % {"host": host})
    if not _look_ups.acquire(timeout=max(0.0, deadline - monotonic())):
        raise slow
    threading.Thread(target=ask, name="look-up", daemon=True).start()
    try:
        answer = told.get(timeout=max(0.0, deadline - monotonic()))
    except Empty:
        raise slow from None
    if isinstance(answer, OSError) or not answer:
        text = _("There is no host with the name %(host)s. Check how it is written.")
        raise Unreachable(Kind.DNS, text % {"host": host})
    return answer


def _allowed_networks() -> list[Network]:
    """What superusers have allowed, as far as it can be."""
    from outgoing.models import AllowedNetwork

    networks: list[Network] = []
    for text in AllowedNetwork.objects.values_list("cidr", flat=True):
        try:
            network = ip_network(text)
            addresses.allowable(text)
        except ValueError:
            continue
        networks.append(network)
    return networks
