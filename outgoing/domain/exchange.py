"""One request and its answer."""

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from email.message import Message
from time import monotonic

from django.conf import settings
from django.utils.translation import gettext as _

from outgoing.domain.connections import default_max_bytes, explained, open_connection
from outgoing.domain.errors import Kind, Unreachable
from outgoing.domain.targets import resolve

#: Who asks.
USER_AGENT = "arthexis-constellation"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, whatever its status: also a redirect, which nobody follows."""

    status: int
    #: By name, in any case.
    headers: Message
    body: bytes


def request(
    url: str,
    *,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
    timeout_s: float | None = None,
    max_bytes: int | None = None,
) -> Answer:
    """Ask `url` once, within `timeout_s` in all (OUTGOING_TIMEOUT_S) and for `max_bytes` at most.

    Follows no redirect, asks no proxy, takes no compressed answer. Raises Refused when the policy
    does not allow it, Unreachable when no whole answer came.
    """
    deadline = monotonic() + (settings.OUTGOING_TIMEOUT_S if timeout_s is None else timeout_s)
    longest = max_bytes or default_max_bytes()
    target = resolve(url, deadline=deadline)
    connection = open_connection(target, deadline, max_bytes=longest)
    sent = {"User-Agent": USER_AGENT, "Connection": "close", **(headers or {})}
    try:
        with explained(target):
            connection.request(method, target.path, body, sent)
            with closing(connection.getresponse()) as response:
                content = response.read(longest + 1)
            if response.length and len(content) <= longest:
                # With a limit `read` says nothing when the peer breaks off.
                raise Unreachable(
                    Kind.PROTOCOL, _("The answer of %(host)s broke off.") % {"host": target.host}
                )
    finally:
        connection.close()
    if len(content) > longest:
        raise Unreachable(
            Kind.TOO_LARGE, _("The answer of %(host)s is too long.") % {"host": target.host}
        )
    return Answer(response.status, response.headers, content)
