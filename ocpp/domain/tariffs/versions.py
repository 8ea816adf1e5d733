"""Versions of a tariff: what was charged stays charged, and new prices begin at a time."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.domain import rows
from ocpp.domain.errors import Conflict, Invalid
from ocpp.models import SessionCost, Tariff, TariffPrice, TariffVersion

#: A leap year, so that 02-29 is a day.
_ANY_YEAR = 2028


def is_used(version: TariffVersion) -> bool:
    """Whether a session was charged by it: then it stays as it is."""
    return SessionCost.objects.filter(version=version).exists()


def check_begin(tariff: Tariff, valid_from: datetime, version: TariffVersion | None = None) -> None:
    """Raise Invalid for a begin that would change what sessions of the past were charged by.

    `version` is the one whose begin it is to be, None for a new one.
    """
    costs = SessionCost.objects.filter(version__tariff=tariff)
    later = costs.filter(transaction__start_time__gte=valid_from)
    newest = later.order_by("-transaction__start_time").select_related("transaction").first()
    if newest is not None and (version is None or version.valid_from != valid_from):
        raise Invalid(
            "valid_from",
            _("must be after %(time)s, when a session started that was charged already.")
            % {"time": f"{newest.transaction.start_time:%Y-%m-%d %H:%M} UTC"},
        )


def check_month_and_day(field: str, text: str) -> None:
    """Raise Invalid unless `text` is a month and a day (`04-01`), or empty."""
    if not text:
        return
    try:
        month, day = text.split("-")
        date(_ANY_YEAR, int(month), int(day))
    except ValueError:
        raise Invalid(
            field, _("%(text)s is no day: write month-day, such as 04-01.") % {"text": text}
        ) from None


def check_season(first: str, last: str) -> None:
    """Raise Invalid unless a season has both its ends, which are days, or none."""
    check_month_and_day("season_start", first)
    check_month_and_day("season_end", last)
    if bool(first) != bool(last):
        missing = "season_end" if first else "season_start"
        raise Invalid(missing, _("A season needs both its first and its last day."))


def add(
    tariff: Tariff, prices: Iterable[Mapping[str, Any]], valid_from: datetime, **fields: Any
) -> TariffVersion:
    """A new version of a tariff with its prices, in their order.

    `prices` have the fields of TariffPrice, but for `version` and `position`. Raises Invalid,
    ValidationError, and Conflict when a version begins just then.
    """
    check_begin(tariff, valid_from)
    with transaction.atomic():
        if tariff.versions.filter(valid_from=valid_from).exists():
            raise Conflict(_("A version of this tariff begins just then already."))
        version = rows.save(TariffVersion(tariff=tariff, valid_from=valid_from), **fields)
        for position, price in enumerate(prices):
            check_season(price.get("season_start", ""), price.get("season_end", ""))
            rows.save(TariffPrice(version=version, position=position), **price)
    return version


def copy(version: TariffVersion, valid_from: datetime) -> TariffVersion:
    """A new version with the same prices, to be changed before it begins.

    Raises Invalid for a begin in the charged past, Conflict when a version begins just then.
    """
    tariff = version.tariff
    check_begin(tariff, valid_from)
    with transaction.atomic():
        if tariff.versions.filter(valid_from=valid_from).exists():
            raise Conflict(_("A version of this tariff begins just then already."))
        made = TariffVersion.objects.create(
            tariff=tariff,
            valid_from=valid_from,
            tax_percent=version.tax_percent,
            holidays=version.holidays,
        )
        for price in version.prices.all():
            price.pk = None
            price.version = made
            price._state.adding = True
            price.save()
    return made
