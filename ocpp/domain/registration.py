"""Whether a charge point belongs here: what staff decide about it, and how it learns it.

What a charge point that is not accepted reports is kept all the same (`authorization.decide` lets
nobody charge there): OCPP 1.6 (4.2) has it stay silent, but a fact that it told is a fact.
"""

import logging

from django.conf import settings

from ocpp.choices import Registration
from ocpp.domain import commands
from ocpp.domain.errors import DomainError
from ocpp.models import Charger
from ocpp.models.charger import LONGEST_INTERVAL_S, SHORTEST_INTERVAL_S

logger = logging.getLogger(__name__)


def interval_s(registered: str, heartbeat_s: int | None, retry_s: int | None) -> int:
    """What BootNotification is answered with (s): the heartbeat's interval once it is accepted.

    Until then how soon it may ask again. Never below 10 s: 0 leaves it to the charge point, and
    some ask again at once. `heartbeat_s` and `retry_s` are those of the charger itself, if any.
    """
    if registered == Registration.ACCEPTED:
        interval = heartbeat_s or settings.OCPP_HEARTBEAT_INTERVAL_S
    elif registered == Registration.PENDING:
        interval = retry_s or settings.OCPP_PENDING_INTERVAL_S
    else:
        interval = retry_s or settings.OCPP_REJECTED_INTERVAL_S
    return min(max(interval, SHORTEST_INTERVAL_S), LONGEST_INTERVAL_S)


def interval_field(charger: Charger) -> str:
    """The name of the field from which a charger's interval comes as it is registered now."""
    accepted = charger.registration == Registration.ACCEPTED
    return "heartbeat_interval" if accepted else "retry_interval"


def decide(charger: Charger, registration: Registration) -> None:
    """Accept, reject or put off a charger.

    One that is connected learns it at once: it is asked to boot again, and a rejected one loses
    its connection (OCPP 1.6, 4.2). One that staff have decided about counts as known: it is not
    forgotten when it never boots.
    """
    changed = charger.registration != registration
    charger.registration = registration
    charger.discovered = False
    charger.save(update_fields=["registration", "discovered"])
    if changed:
        tell(charger)


def tell(charger: Charger) -> None:
    """Have a connected charger ask again whether it is accepted, so that it need not wait.

    A rejected one is not told anything; its session ends when it is read again.
    """
    if charger.registration != Registration.REJECTED:
        _queue(charger, "trigger_message", {"requested_message": "BootNotification"})


def tell_interval(charger: Charger) -> None:
    """Staff changed how often it is to be heard: a connected charger learns it now."""
    if charger.registration == Registration.ACCEPTED:
        value = str(interval_s(charger.registration, charger.heartbeat_interval, None))
        _queue(charger, "change_configuration", {"key": "HeartbeatInterval", "value": value})
    else:
        tell(charger)


def _queue(charger: Charger, action: str, payload: dict[str, str]) -> None:
    try:
        commands.queue(charger, action, payload)
    except DomainError as refusal:
        # It is offline, say: it asks when it comes back.
        logger.info("%a was not told %s: %s", charger.charger_id, action, refusal)
