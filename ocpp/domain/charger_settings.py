"""What staff decide about a charger: the rules of its fields, and changing some of them."""

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from accounts.domain import rows
from ocpp.domain import clock
from ocpp.domain.errors import Invalid
from ocpp.models import Charger

#: The most degrees of each coordinate, north or south, east or west.
MOST_DEGREES = {"latitude": 90, "longitude": 180}


def change(charger: Charger, **changes: Any) -> Charger:
    """Set fields of a charger, nothing else of it; staff have looked at it then.

    Raises Invalid and ValidationError.
    """
    for name, value in changes.items():
        setattr(charger, name, value)
    check_zone(charger.time_zone)
    for name in MOST_DEGREES:
        check_degrees(name, getattr(charger, name))
    missing = missing_coordinate(charger.latitude, charger.longitude)
    if missing:
        raise Invalid(missing, _("A position needs both latitude and longitude."))
    return rows.save(charger, **changes, discovered=False)


def check_zone(name: str) -> None:
    """Raise Invalid for a time zone that this machine does not know. "" is none."""
    if name and clock.zone(name) is None:
        raise Invalid(
            "time_zone",
            _("There is no time zone “%(name)s”. Write for example America/Monterrey.")
            % {"name": name},
        )


def check_degrees(name: str, degrees: Decimal | None) -> None:
    """Raise Invalid for a coordinate that is on no globe."""
    most = MOST_DEGREES[name]
    if degrees is not None and abs(degrees) > most:
        raise Invalid(
            name,
            _("%(degrees)s is out of range: write a number from -%(most)d to %(most)d.")
            % {"degrees": degrees, "most": most},
        )


def missing_coordinate(latitude: Decimal | None, longitude: Decimal | None) -> str:
    """The name of the coordinate that is missing beside the other one; "" where none is."""
    if (latitude is None) == (longitude is None):
        return ""
    return "latitude" if latitude is None else "longitude"
