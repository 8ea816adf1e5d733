"""What the standard demands of a charging profile that is asked for (OCPP 1.6, 3.13 and 7.8)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import pairwise
from typing import Any

from django.utils.translation import gettext as _

from ocpp.choices import ProfileKind, ProfilePurpose, RateUnit, Recurrency, TransactionState
from ocpp.domain.charging_rates import Period
from ocpp.domain.errors import Conflict, Invalid, NotFound
from ocpp.models import Charger, Transaction

#: Limits of a charge point, by the configuration keys that tell them (OCPP 1.6, 9.4).
STACK_LEVEL_KEY = "ChargeProfileMaxStackLevel"
PERIODS_KEY = "ChargingScheduleMaxPeriods"


@dataclass(frozen=True, slots=True)
class Wish:
    """A profile as it is asked for. Limits are in `unit`, durations in seconds."""

    connector_id: int
    purpose: ProfilePurpose
    kind: ProfileKind
    unit: RateUnit
    periods: tuple[Period, ...]
    profile_id: int | None = None
    stack_level: int = 0
    recurrency: Recurrency | None = None
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    transaction_id: int | None = None
    duration: int | None = None
    schedule_start: datetime | None = None
    min_rate: Decimal | None = None


def check(charger: Charger, wish: Wish) -> None:
    """Raise Invalid, NotFound or Conflict when `wish` breaks a rule of the standard."""
    _check_purpose(charger, wish)
    check_schedule(charger, wish)


def check_schedule(charger: Charger, wish: Wish) -> None:
    """The rules that hold also for a profile that starts a transaction. Raises Invalid."""
    _check_times(wish)
    _check_periods(wish)
    _check_limits(charger, wish)


def _check_purpose(charger: Charger, wish: Wish) -> None:
    if wish.purpose == ProfilePurpose.CHARGER and wish.connector_id != 0:
        raise Invalid("connector_id", _("must be 0 for a ChargePointMaxProfile."))
    if wish.purpose != ProfilePurpose.TRANSACTION:
        if wish.transaction_id is not None:
            raise Invalid("transaction_id", _("is only for a TxProfile."))
        return
    if wish.connector_id == 0:
        raise Invalid("connector_id", _("must be 1 or more for a TxProfile."))
    if wish.transaction_id is None:
        raise Invalid("transaction_id", _("is required for a TxProfile."))
    _check_transaction(charger, wish.transaction_id, wish.connector_id)


def _check_transaction(charger: Charger, transaction_id: int, connector_id: int) -> None:
    names = {"charger": charger.charger_id, "transaction": transaction_id}
    found = Transaction.objects.filter(pk=transaction_id, charger=charger).first()
    if found is None:
        raise NotFound(_("%(charger)s has no transaction %(transaction)d.") % names)
    if found.state != TransactionState.ACTIVE:
        raise Conflict(_("Transaction %(transaction)d of %(charger)s is over.") % names)
    if found.connector_id != connector_id:
        raise Invalid(
            "connector_id",
            _("must be %(connector)d, where transaction %(transaction)d is.")
            % {"connector": found.connector_id, "transaction": transaction_id},
        )


def _check_times(wish: Wish) -> None:
    recurring = wish.kind == ProfileKind.RECURRING
    if recurring and wish.recurrency is None:
        raise Invalid("recurrency", _("is required for a Recurring profile."))
    if not recurring and wish.recurrency is not None:
        raise Invalid("recurrency", _("is only for a Recurring profile."))
    if recurring and wish.schedule_start is None:
        raise Invalid("schedule_start", _("is required for a Recurring profile."))
    if wish.kind == ProfileKind.RELATIVE and wish.schedule_start is not None:
        raise Invalid("schedule_start", _("is not for a Relative profile."))
    if wish.valid_from and wish.valid_to and wish.valid_from >= wish.valid_to:
        raise Invalid("valid_to", _("must be later than valid_from."))


def _check_periods(wish: Wish) -> None:
    starts = [period.start for period in wish.periods]
    if not starts:
        raise Invalid("periods", _("must have at least one entry."))
    if starts[0] != 0:
        raise Invalid("periods[0]", _("must start at 0."))
    for number, (before, start) in enumerate(pairwise(starts), start=1):
        if start <= before:
            raise Invalid(f"periods[{number}]", _("must start after the one before it."))
    if wish.duration is not None and starts[-1] >= wish.duration:
        raise Invalid("duration", _("must be longer than the start of the last period."))


def _check_limits(charger: Charger, wish: Wish) -> None:
    config = config_of(charger)
    highest = _number(config, STACK_LEVEL_KEY)
    if highest is not None and wish.stack_level > highest:
        raise Invalid(
            "stack_level",
            _("is at most %(most)d for %(charger)s.")
            % {"most": highest, "charger": charger.charger_id},
        )
    most = _number(config, PERIODS_KEY)
    if most and len(wish.periods) > most:
        raise Invalid(
            "periods",
            _("has %(count)d entries; %(charger)s takes at most %(most)d.")
            % {"count": len(wish.periods), "charger": charger.charger_id, "most": most},
        )


def config_of(charger: Charger) -> dict[str, Any]:
    """The configuration of a charger as it was last read, key by key."""
    config = Charger.objects.values_list("config", flat=True).get(pk=charger.pk)
    return config if isinstance(config, dict) else {}


def _number(config: Mapping[str, Any], key: str) -> int | None:
    entry = config.get(key)
    value = entry.get("value") if isinstance(entry, dict) else None
    text = value.strip() if isinstance(value, str) else ""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 9 else None
