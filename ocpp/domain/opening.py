"""At which hours a charger may be used: the allowed hours of its groups."""

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Exists, OuterRef

from accounts import hours
from accounts.hours import Hours
from ocpp.domain import clock
from ocpp.models import ChargerGroup


def has_hours() -> Exists:
    """For a query of chargers: whether any of their groups has allowed hours."""
    groups = ChargerGroup.objects.filter(chargers=OuterRef("pk"))
    return Exists(groups.exclude(allowed_hours=""))


def of_charger(charger_pk: int) -> list[tuple[str, Hours]]:
    """The allowed hours of the groups of a charger, each with what it is told by: all count."""
    groups = ChargerGroup.objects.filter(chargers=charger_pk).exclude(allowed_hours="")
    return [
        (f"{group.name}: {group.allowed_hours}", Hours(windows, zone_of(group)))
        for group in groups
        if (windows := hours.read(group.allowed_hours))
    ]


def zone_of(group: ChargerGroup) -> ZoneInfo:
    """Where the hours of a group are."""
    zone = clock.zone(group.time_zone) if group.time_zone else None
    return zone or ZoneInfo(settings.TIME_ZONE)


def closes(allowed: Iterable[Hours], moment: datetime) -> datetime | None:
    """When the first of them closes after `moment`, at which all are open; None: never."""
    ends = [end for one in allowed if (end := one.until(moment)) is not None]
    return min(ends, default=None)
