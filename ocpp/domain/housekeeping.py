"""What this app has done again and again, by one process of the node."""

import time
from datetime import UTC, datetime

from django.utils.translation import gettext_lazy as _

from ocpp.domain import commands, discovery, pruning, reservations, uploads
from ocpp.domain.roll_up import roll_up
from schedules import domain as schedules

MINUTE_S, HOUR_S = 60, 3600
#: How often readings are made into quarter-hours, and for how long at a time (s).
ROLL_UP_EVERY_S, ROLL_UP_S = 900, 60.0


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
    schedules.register(
        "ocpp.roll_up",
        roll_up_readings,
        every_s=ROLL_UP_EVERY_S,
        label=_("Readings are made into energy and power by quarter-hours."),
    )
    schedules.register(
        "ocpp.prune",
        prune,
        every_s=HOUR_S,
        limit_s=HOUR_S,
        label=_("Old meter readings and messages are removed; the months to come are prepared."),
    )


def expire_commands() -> int:
    """End queued commands whose time is over; returns how many."""
    return commands.expire_overdue(datetime.now(UTC))


def settle_reservations() -> int:
    """Mark reservations whose time is over; returns how many."""
    return reservations.settle_overdue(datetime.now(UTC))


def forget_unknown_ids() -> int:
    """Delete discovered ids that never booted; returns how many."""
    return discovery.forget_never_booted(datetime.now(UTC))


def roll_up_readings() -> int:
    """Make readings into quarter-hours, all that there are or for a while; returns how many."""
    end, readings = time.monotonic() + ROLL_UP_S, 0
    while True:
        done = roll_up(datetime.now(UTC))
        readings += done.readings
        if not done.more or time.monotonic() > end:
            return readings


def prune() -> int:
    """Remove what is older than the settings say; returns how many rows."""
    done = pruning.prune(datetime.now(UTC))
    return done.readings + done.messages + done.dropped
