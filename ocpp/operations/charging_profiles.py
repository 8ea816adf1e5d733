"""Limit what may be drawn: charging profiles, and what they come to."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

from django.conf import settings
from django.db import transaction

from accounts.models import User
from ocpp.choices import ProfileKind, ProfilePurpose, RateUnit, Recurrency
from ocpp.domain import charging_profiles, clock, commands, profile_rules
from ocpp.domain.charging_rates import Period, Supply
from ocpp.models import Charger, ChargingProfile, Command
from ocpp.operations.arguments import ConnectorOrAll, ListOf, Moment, Number, OneOf
from ocpp.operations.operation import Operation
from ocpp.operations.quantities import PeriodOf, Rate

Purpose = Annotated[str, OneOf(*ProfilePurpose.values)]
Kind = Annotated[str, OneOf(*ProfileKind.values)]
Unit = Annotated[str, OneOf(*RateUnit.values)]
Time = Annotated[datetime, Moment()]
StackLevel = Annotated[int, Number(0)]
ProfileNumber = Annotated[int, Number()]
Seconds = Annotated[int, Number(1)]
#: More periods than any charge point takes: a bound on what one request may carry.
Periods = Annotated[list[Period], ListOf(PeriodOf(), max_items=1000)]


@Operation
def set_charging_profile(
    charger: Charger,
    *,
    connector_id: ConnectorOrAll,
    purpose: Purpose,
    kind: Kind,
    unit: Unit,
    periods: Periods,
    profile_id: Annotated[int, Number(1)] | None = None,
    stack_level: StackLevel = 0,
    recurrency: Annotated[str, OneOf(*Recurrency.values)] | None = None,
    valid_from: Time | None = None,
    valid_to: Time | None = None,
    transaction_id: Annotated[int, Number(1)] | None = None,
    duration: Seconds | None = None,
    schedule_start: Time | None = None,
    min_rate: Annotated[Decimal, Rate()] | None = None,
    phases: Annotated[int, Number(1, 3)] | None = None,
    voltage: Annotated[int, Number(1, 1000)] | None = None,
    user: User | None = None,
) -> Command:
    """Set a charging profile on a connector, or with 0 on the charge point (OCPP 1.6, 5.16).

    Each period has `start` (s after the start of the schedule), `limit` in `unit` and, where
    that matters, `phases`. Where the charge point knows only the other unit, the limits are
    converted with `phases` and `voltage` (between a phase and neutral); without them with those
    of the charger, or of the settings. The profile is installed once the charge point has
    accepted it.
    """
    asked = profile_rules.Wish(
        connector_id=connector_id,
        purpose=ProfilePurpose(purpose),
        kind=ProfileKind(kind),
        unit=RateUnit(unit),
        periods=tuple(periods),
        profile_id=profile_id,
        stack_level=stack_level,
        recurrency=None if recurrency is None else Recurrency(recurrency),
        valid_from=valid_from,
        valid_to=valid_to,
        transaction_id=transaction_id,
        duration=duration,
        schedule_start=schedule_start,
        min_rate=min_rate,
    )
    profile_rules.check(charger, asked)
    wish = charging_profiles.in_known_unit(charger, asked, supply_of(charger, phases, voltage))
    with transaction.atomic():
        made = charging_profiles.make(charger, wish, user, asked.unit)
        command = commands.queue(charger, "set_charging_profile", neutral(made), user=user)
        made.command = command
        made.save(update_fields=["command"])
    return command


def supply_of(charger: Charger, phases: int | None, voltage: int | None) -> Supply:
    """What limits are converted with: what is given, else what is known of the charger."""
    return Supply(
        phases or charger.phases or settings.OCPP_PHASES,
        voltage or charger.voltage or settings.OCPP_VOLTAGE,
    )


def neutral(profile: ChargingProfile) -> dict[str, Any]:
    """The order in plain values; rates are Decimals as text."""
    times = {
        "valid_from": profile.valid_from,
        "valid_to": profile.valid_to,
        "schedule_start": profile.schedule_start,
    }
    return {
        "connector_id": profile.connector_id,
        "profile_id": profile.profile_id,
        "purpose": profile.purpose,
        "stack_level": profile.stack_level,
        "kind": profile.kind,
        "recurrency": profile.recurrency or None,
        "transaction_id": profile.transaction_id,
        "unit": profile.unit,
        "periods": profile.periods,
        "duration": profile.duration_s,
        "min_rate": None if profile.min_rate is None else f"{profile.min_rate:.1f}",
        **{name: time and clock.written(time) for name, time in times.items()},
    }


@Operation
def clear_charging_profile(
    charger: Charger,
    *,
    profile_id: ProfileNumber | None = None,
    connector_id: ConnectorOrAll | None = None,
    purpose: Purpose | None = None,
    stack_level: StackLevel | None = None,
    user: User | None = None,
) -> Command:
    """Clear the charging profiles that all given conditions fit, or all (OCPP 1.6, 5.5)."""
    return commands.queue(
        charger,
        "clear_charging_profile",
        {
            "profile_id": profile_id,
            "connector_id": connector_id,
            "purpose": purpose,
            "stack_level": stack_level,
        },
        user=user,
    )


@Operation
def get_composite_schedule(
    charger: Charger,
    *,
    connector_id: ConnectorOrAll,
    duration: Seconds,
    unit: Unit | None = None,
    user: User | None = None,
) -> Command:
    """Ask what all profiles together allow for the next `duration` seconds (OCPP 1.6, 5.7)."""
    return commands.queue(
        charger,
        "get_composite_schedule",
        {"connector_id": connector_id, "duration": duration, "unit": unit},
        user=user,
    )
