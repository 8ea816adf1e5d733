"""Connector 0 stands for the whole charge point, but some with one connector know only that one.

What such a charge point refuses for 0 it is told once more for 1, which means the same there.
"""

import logging

from ocpp.choices import CommandState, ProfilePurpose
from ocpp.domain.errors import DomainError
from ocpp.models import Charger, ChargingProfile, Command, Connector

logger = logging.getLogger(__name__)

#: What may be told to a connector as well as to all of them.
ACTIONS = frozenset({"change_availability", "set_charging_profile"})
#: How a charge point says that it does not take connector 0.
REFUSALS = frozenset({"Rejected", "NotSupported", "PropertyConstraintViolation"})


def refused(command: Command, word: str) -> None:
    """The charge point refused `command`, as it was sent, with a status or an error code."""
    payload = command.payload
    if command.action not in ACTIONS or word not in REFUSALS or payload.get("connector_id") != 0:
        return
    # A limit for the whole charge point has no other place (OCPP 1.6, 3.13.1); and what is
    # answered late is over.
    if payload.get("purpose") == ProfilePurpose.CHARGER:
        return
    if command.state != CommandState.SENT or not _has_one(command.charger):
        return
    from ocpp.domain import commands  # which learns from answers by way of this

    try:
        again = commands.queue(
            command.charger,
            command.action,
            {**payload, "connector_id": 1},
            user=command.created_by,
        )
    except DomainError as refusal:
        logger.info("%a was not told %s again: %s", command.charger, command.action, refusal)
        return
    _copy_profile(command, again)


def _has_one(charger: Charger) -> bool:
    """Whether it has connector 1 and no other, as far as it has told."""
    connectors = Connector.objects.filter(charger=charger, connector_id__gt=0)
    return list(connectors.values_list("connector_id", flat=True)[:2]) == [1]


def _copy_profile(command: Command, again: Command) -> None:
    """The row of a charging profile is that of its command."""
    made = ChargingProfile.objects.filter(command=command).first()
    if made is None:
        return
    copied = {
        field.attname: getattr(made, field.attname)
        for field in ChargingProfile._meta.concrete_fields
        if field.name not in ("id", "connector_id", "command", "state", "reason", "ended")
    }
    ChargingProfile.objects.create(**copied, connector_id=1, command=again)
