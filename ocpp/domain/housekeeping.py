"""What this app has done again and again, by one process of the node."""

from datetime import UTC, datetime

from django.utils.translation import gettext_lazy as _

from ocpp.domain import chargers, commands, reservations, uploads
from schedules import domain as schedules

MINUTE_S, HOUR_S = 60, 3600


def register() -> None:
    """Register the duties, when the apps are ready."""
    schedules.register(
        "ocpp.commands",
        expire_commands,
        every_s=MINUTE_S,
        label=_("Commands that nobody sent in time expire."),
    )
    schedules.register(
        "ocpp.reservations",
        settle_reservations,
        every_s=MINUTE_S,
        label=_("Reservations whose time is over are marked as expired."),
    )
    schedules.register(
        "ocpp.unknown_ids",
        forget_unknown_ids,
        every_s=HOUR_S,
        label=_("Ids that connected once and never booted are forgotten after a day."),
    )
    schedules.register(
        "ocpp.uploads",
        uploads.sweep,
        every_s=HOUR_S,
        label=_("Uploads that were never completed are removed."),
    )


def expire_commands() -> int:
    """End queued commands whose time is over; returns how many."""
    return commands.expire_overdue(datetime.now(UTC))


def settle_reservations() -> int:
    """Mark reservations whose time is over; returns how many."""
    return reservations.settle_overdue(datetime.now(UTC))


def forget_unknown_ids() -> int:
    """Delete discovered ids that never booted; returns how many."""
    return chargers.forget_never_booted(datetime.now(UTC))
