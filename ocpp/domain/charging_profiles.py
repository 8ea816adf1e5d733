"""Charging profiles: the standard's rules before they are sent, and what became of them.

OCPP 1.6, 3.13 and 7.8. What is installed is what the charge point has confirmed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from itertools import pairwise
from typing import Any

from django.db.models import Max, Q
from django.utils.translation import gettext as _

from accounts.models import User
from ocpp.choices import (
    ProfileKind,
    ProfilePurpose,
    ProfileState,
    RateUnit,
    Recurrency,
    TransactionState,
)
from ocpp.domain import charging_rates
from ocpp.domain.charging_rates import Period, Supply
from ocpp.domain.errors import Conflict, Invalid, NotFound
from ocpp.models import Charger, ChargingProfile, Command, Transaction

#: Limits of a charge point, by the configuration keys that tell them (OCPP 1.6, 9.4).
STACK_LEVEL_KEY = "ChargeProfileMaxStackLevel"
PERIODS_KEY = "ChargingScheduleMaxPeriods"

_PRESENT = (ProfileState.PENDING, ProfileState.INSTALLED)


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


@dataclass(frozen=True, slots=True)
class Filter:
    """Which profiles are meant: those that all of the given conditions fit."""

    profile_id: int | None = None
    connector_id: int | None = None
    purpose: str | None = None
    stack_level: int | None = None


# --- the standard's rules -----------------------------------------------------------------------


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
    config = _config(charger)
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


def _config(charger: Charger) -> dict[str, Any]:
    config = Charger.objects.values_list("config", flat=True).get(pk=charger.pk)
    return config if isinstance(config, dict) else {}


def _number(config: Mapping[str, Any], key: str) -> int | None:
    entry = config.get(key)
    value = entry.get("value") if isinstance(entry, dict) else None
    text = value.strip() if isinstance(value, str) else ""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 9 else None


# --- making and sending -------------------------------------------------------------------------


def in_known_unit(charger: Charger, wish: Wish, supply: Supply) -> Wish:
    """`wish` in a unit that its charger knows; as it is where the charger does not tell."""
    known = charging_rates.known_units(_config(charger))
    if not known or wish.unit in known:
        return wish
    (unit,) = known
    minimum = wish.min_rate
    return replace(
        wish,
        unit=unit,
        periods=tuple(charging_rates.convert(period, unit, supply) for period in wish.periods),
        min_rate=None if minimum is None else charging_rates.convert_minimum(minimum, unit, supply),
    )


def make(charger: Charger, wish: Wish, user: User | None, asked_unit: RateUnit) -> ChargingProfile:
    """The row of a checked profile, which its charger has not confirmed yet.

    Without a number of its own it gets one that this charger has not had.
    """
    made = ChargingProfile.objects.create(
        charger=charger,
        connector_id=wish.connector_id,
        profile_id=wish.profile_id or 0,
        purpose=wish.purpose,
        stack_level=wish.stack_level,
        kind=wish.kind,
        recurrency=wish.recurrency or "",
        valid_from=wish.valid_from,
        valid_to=wish.valid_to,
        transaction_id=wish.transaction_id,
        unit=wish.unit,
        converted_from="" if asked_unit == wish.unit else asked_unit,
        periods=[
            {"start": period.start, "limit": f"{period.limit:.1f}", "phases": period.phases}
            for period in wish.periods
        ],
        duration_s=wish.duration,
        schedule_start=wish.schedule_start,
        min_rate=wish.min_rate,
        created_by=user,
    )
    if wish.profile_id is None:
        made.profile_id = _free_number(made)
        made.save(update_fields=["profile_id"])
    return made


def _free_number(made: ChargingProfile) -> int:
    """The row's own number, unless somebody has given that to another profile by hand."""
    others = ChargingProfile.objects.filter(charger=made.charger_id).exclude(pk=made.pk)
    if not others.filter(profile_id=made.pk).exists():
        return made.pk
    highest: int = others.aggregate(highest=Max("profile_id"))["highest"]
    return max(highest, made.pk) + 1


# --- what the charge point answers --------------------------------------------------------------


def learn_set(command: Command, response: Mapping[str, Any], now: datetime) -> None:
    """SetChargingProfile was answered (5.16): installed, or refused with the charger's word.

    It takes the place of what had its number, or its purpose and stack level on its connector.
    """
    made = ChargingProfile.objects.filter(command=command, state=ProfileState.PENDING).first()
    if made is None:
        return
    if response.get("status") != "Accepted":
        made.state = ProfileState.REFUSED
        made.reason = str(response.get("status") or response.get("error") or "")[:200]
        made.ended = now
        made.save(update_fields=["state", "reason", "ended"])
        return
    made.state = ProfileState.INSTALLED
    made.installed = now
    made.save(update_fields=["state", "installed"])
    rivals = ChargingProfile.objects.filter(
        Q(profile_id=made.profile_id)
        | Q(connector_id=made.connector_id, purpose=made.purpose, stack_level=made.stack_level),
        charger=made.charger_id,
    )
    # The answer may be late: then a newer one has taken its place already.
    newest = rivals.filter(state=ProfileState.INSTALLED).latest("pk")
    rivals.filter(state__in=_PRESENT, pk__lt=newest.pk).update(
        state=ProfileState.CLEARED, reason=f"Replaced by profile {newest.profile_id}", ended=now
    )


def learn_not_set(command: Command, reason: str, now: datetime) -> None:
    """SetChargingProfile was never sent, or was answered with an error."""
    ChargingProfile.objects.filter(command=command, state=ProfileState.PENDING).update(
        state=ProfileState.REFUSED, reason=reason[:200], ended=now
    )


def learn_cleared(command: Command, response: Mapping[str, Any], now: datetime) -> None:
    """ClearChargingProfile was answered (5.5).

    Unknown means that the charge point has none that fits; so those have ended as well. What
    was asked for after the request is not concerned: the answer may be late.
    """
    status = response.get("status")
    if status not in ("Accepted", "Unknown"):
        return
    given = command.payload
    meant = Filter(
        given["profile_id"], given["connector_id"], given["purpose"], given["stack_level"]
    )
    reason = "" if status == "Accepted" else "Unknown: the charge point has no such profile"
    fitting(command.charger_id, meant).filter(created__lte=command.created).update(
        state=ProfileState.CLEARED, reason=reason, ended=now
    )


def fitting(charger_pk: int, meant: Filter) -> Any:
    """The profiles that a charger has, or may have, and that all given conditions fit."""
    conditions = {
        name: value
        for name in ("profile_id", "connector_id", "purpose", "stack_level")
        if (value := getattr(meant, name)) is not None
    }
    return ChargingProfile.objects.filter(charger=charger_pk, state__in=_PRESENT, **conditions)


def transaction_ended(transaction_id: int, now: datetime) -> None:
    """A TxProfile ends with its transaction (3.13.1)."""
    ChargingProfile.objects.filter(transaction=transaction_id, state__in=_PRESENT).update(
        state=ProfileState.CLEARED, reason="Its transaction has ended", ended=now
    )
