"""A version of the protocol: what it calls itself, and one table of all that it speaks."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from ocpp.domain.station import Station
from ocpp.protocol.payload import Payload

#: One message in, one message out. The payload's JSON as understood is in `station.payload_json`.
Handler = Callable[[Station, Any], Payload]


@dataclass(frozen=True, slots=True)
class Route:
    """Where a request of a charge point goes.

    `reads`: the handler reads or writes through the ORM, so it runs after everything that was
    asked for before it is in the database.
    `without_database`: the answer when the database does not answer, for what can wait.
    """

    request: type[Payload]
    handler: Handler
    reads: bool = False
    without_database: Handler | None = None

    @property
    def leaves_a_row(self) -> bool:
        """Whether each call leaves rows of its own, so that a repeated one must not be done again.

        Handlers that read know a repeated call by themselves; the rest only sets columns anew.
        Answering those from memory would tell an old time, or allow a card that is blocked now,
        to a charge point that uses one message id for all of its calls.
        """
        return not self.reads and self.without_database is None


class Order(Protocol):
    """What a command of ours is in a version: its request, and the meaning of its answer."""

    @property
    def action(self) -> str:
        """The name of the request on the wire."""

    @property
    def request(self) -> Callable[[Mapping[str, Any]], Payload]:
        """From the neutral arguments to the request."""

    @property
    def response(self) -> type[Payload]:
        """The answer's message."""

    @property
    def outcome(self) -> Callable[[Any], dict[str, Any]]:
        """From the answer to plain values."""


@dataclass(frozen=True, slots=True)
class Version:
    """A version of OCPP."""

    name: str
    subprotocol: str
    #: Requests of the charge point, by action.
    calls: Mapping[str, Route]
    #: Our commands, by their neutral names.
    orders: Mapping[str, Order]
    #: Actions of the standard that a charge point may not send, but we may.
    ours: frozenset[str]
