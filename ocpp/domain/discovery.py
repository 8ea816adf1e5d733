"""Unknown charge points: which become chargers, and which of those are forgotten."""

import logging
from datetime import datetime, timedelta

from django.conf import settings

from ocpp import limits_hit
from ocpp.choices import Registration
from ocpp.domain.visitor import Refused, Visitor
from ocpp.models import Charger, Transaction

logger = logging.getLogger(__name__)


def discover(visitor: Visitor, now: datetime) -> Charger:
    """Make a charger of an unknown id, as `OCPP_UNKNOWN_CHARGERS` says."""
    policy = settings.OCPP_UNKNOWN_CHARGERS
    if policy == "closed":
        limits_hit.hit("unknown_closed")
        raise Refused(403, "Unknown charge points are not admitted here.", "unknown_closed")
    recent = Charger.objects.filter(discovered=True, created__gt=now - timedelta(hours=1))
    if visitor.private:
        if recent.count() >= settings.OCPP_NEW_PRIVATE_AN_HOUR:
            limits_hit.hit("new_chargers")
            raise Refused(429, "Too many new charge points within an hour.", "too_many_new")
    else:
        if recent.count() >= settings.OCPP_NEW_AN_HOUR:
            limits_hit.hit("new_chargers")
            raise Refused(429, "Too many new charge points within an hour.", "too_many_new")
        from_there = recent.filter(remote_address=visitor.address)
        if from_there.count() >= settings.OCPP_NEW_PER_ADDRESS_AN_HOUR:
            limits_hit.hit("new_chargers")
            raise Refused(
                429, "Too many new charge points from this address within an hour.", "too_many_new"
            )
    accepted = policy == "open" and visitor.private
    waiting = Charger.objects.filter(registration=Registration.PENDING, discovered=True)
    if not accepted and waiting.count() >= settings.OCPP_UNAPPROVED:
        limits_hit.hit("unapproved")
        raise Refused(429, "Too many charge points wait for approval.", "too_many_new")
    logger.info("New charge point %a from %s", visitor.charger_id, visitor.address)
    return Charger.objects.create(
        charger_id=visitor.charger_id,
        discovered=True,
        registration=Registration.ACCEPTED if accepted else Registration.PENDING,
        remote_address=visitor.address[:64],
    )


def forget_never_booted(now: datetime) -> int:
    """Delete discovered ids that never booted within a day: port scans, typing errors.

    Returns how many rows that were.
    """
    stale = Charger.objects.filter(
        discovered=True, last_boot=None, owner="", created__lt=now - timedelta(hours=24)
    ).exclude(pk__in=Transaction.objects.values("charger"))
    return stale.delete()[0]
