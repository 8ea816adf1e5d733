"""From the subprotocols that a charge point offers to the version that is spoken."""

from collections.abc import Sequence
from typing import NamedTuple

from ocpp.protocol.v16 import VERSION as V16
from ocpp.protocol.version import Version

#: Spellings met in the field for OCPP-J 1.6.
_ALIASES = {"ocpp1.6": V16, "ocpp1.6j": V16, "ocpp1.6-json": V16, "ocpp16": V16}


class Choice(NamedTuple):
    """The version to speak and the subprotocol to answer with, in the spelling of the offer.

    `version` is None when something was offered but nothing of it is spoken here.
    """

    version: Version | None
    subprotocol: str | None


def negotiate(offered: Sequence[str]) -> Choice:
    """Choose the first offer that is spoken here; no offer at all means 1.6."""
    if not offered:
        return Choice(V16, None)
    for offer in offered:
        version = _ALIASES.get(offer.strip().lower())
        if version is not None:
            return Choice(version, offer)
    return Choice(None, None)
