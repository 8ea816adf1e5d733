"""Requests that leave this node: where they may go, how long they may take, how much may come back.

Whatever asks another machine for something, on behalf of a row or a form that somebody filled in,
asks through here. `resolve` judges an address and pins it, `open_connection` connects to what was
pinned, `request` does both and one exchange.
"""

from outgoing.domain.connections import explained, open_connection
from outgoing.domain.errors import Kind, OutgoingError, Refused, Unreachable
from outgoing.domain.exchange import Answer, request
from outgoing.domain.targets import Target, resolve

__all__ = [
    "Answer",
    "Kind",
    "OutgoingError",
    "Refused",
    "Target",
    "Unreachable",
    "explained",
    "open_connection",
    "request",
    "resolve",
]
