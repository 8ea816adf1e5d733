"""Charging profiles: how they are made, and what became of them at the charge point.

OCPP 1.6, 3.13 and 7.8; what it demands of one is in `profile_rules`. What is installed is what the
charge point has confirmed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db.models import Max, Q

from accounts.models import User
from ocpp.choices import (
    ProfileState,
    RateUnit,
)
from ocpp.domain import charging_rates
from ocpp.domain.charging_rates import Supply
from ocpp.domain.profile_rules import Wish, config_of
from ocpp.models import Charger, ChargingProfile, Command

_PRESENT = (ProfileState.PENDING, ProfileState.INSTALLED)


@dataclass(frozen=True, slots=True)
class Filter:
    """Which profiles are meant: those that all of the given conditions fit."""

    profile_id: int | None = None
    connector_id: int | None = None
    purpose: str | None = None
    stack_level: int | None = None


# --- making and sending -------------------------------------------------------------------------


def in_known_unit(charger: Charger, wish: Wish, supply: Supply) -> Wish:
    """`wish` in a unit that its charger knows; as it is where the charger does not tell."""
    known = charging_rates.known_units(config_of(charger))
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
