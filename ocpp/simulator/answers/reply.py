"""What every answer is made of."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ocpp.simulator.link import Deed

if TYPE_CHECKING:
    from ocpp.simulator.equipment import Equipment

#: The payload of the CALLRESULT, and what follows once it is sent.
Reply = tuple[dict[str, Any], Deed | None]
Handler = Callable[["Equipment", dict[str, Any]], Reply]


def status(word: str, deed: Deed | None = None) -> Reply:
    """An answer that is one word."""
    return {"status": word}, deed
