"""What a simulated charge point answers to the calls of the central system.

Every answer is true: what is accepted is done, by a deed that follows the CALLRESULT. All calls
of OCPP 1.6 and of the Security Whitepaper are answered, in a module for each profile.
"""

from typing import TYPE_CHECKING, Any

from ocpp.simulator.answers import (
    core,
    files,
    local_list,
    profiles,
    reservation,
    security,
    trigger,
)
from ocpp.simulator.answers.reply import Handler, Reply
from ocpp.simulator.errors import CallRefused

if TYPE_CHECKING:
    from ocpp.simulator.equipment import Equipment

__all__ = ["HANDLERS", "Reply", "answer"]

HANDLERS: dict[str, Handler] = {
    name: handler
    for part in (core, files, local_list, profiles, reservation, security, trigger)
    for name, handler in part.HANDLERS.items()
}


def answer(point: "Equipment", action: str, payload: dict[str, Any]) -> Reply:
    """The payload of the CALLRESULT, and what to do once it is sent.

    Raises `CallRefused` for an unknown action or a payload against the schema.
    """
    handler = HANDLERS.get(action)
    if handler is None:
        raise CallRefused("NotImplemented", f"{action[:200]} is not known here")
    return handler(point, payload)
