"""What an order is: its request, and what its answer means."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ocpp.protocol.payload import Payload

#: The arguments of an order and the outcome of its answer: plain values that JSON can hold.
Arguments = Mapping[str, Any]
Outcome = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Order:
    """One order, as this version of the standard spells it."""

    request: Callable[[Arguments], Payload]
    response: type[Payload]
    outcome: Callable[[Any], Outcome]
    #: The name of the request on the wire, such as `RemoteStopTransaction`.
    action: str


def status(answer: Any) -> Outcome:
    """The outcome of an answer that is a status and nothing else."""
    return {"status": answer.status}


def nothing(answer: Payload) -> Outcome:
    """The outcome of an answer that says nothing."""
    return {}


def plain(
    request: type[Payload],
    response: type[Payload],
    outcome: Callable[[Any], Outcome] = status,
    **fields: str,
) -> Order:
    """An order whose arguments become fields of the request: `wire name = argument's name`."""

    def build(arguments: Arguments) -> Payload:
        return request(**{wire: arguments.get(name) for wire, name in fields.items()})

    return Order(request=build, response=response, outcome=outcome, action=request.__name__)
