"""Start a transaction from here."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Annotated, Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from ocpp.choices import ProfileKind, ProfilePurpose, RateUnit, Recurrency
from ocpp.domain import charging_profiles, commands, profile_rules
from ocpp.domain.charging_rates import Period
from ocpp.domain.errors import Invalid
from ocpp.models import Charger, Command
from ocpp.operations.arguments import ConnectorNumber, IdTag, Number, OneOf
from ocpp.operations.charging_profiles import (
    Kind,
    Periods,
    Seconds,
    StackLevel,
    Time,
    Unit,
    neutral,
    supply_of,
)
from ocpp.operations.operation import Operation
from ocpp.operations.quantities import Rate


@Operation
def remote_start(
    charger: Charger,
    *,
    id_tag: IdTag,
    connector_id: ConnectorNumber | None = None,
    unit: Unit | None = None,
    periods: Periods | None = None,
    kind: Kind | None = None,
    profile_id: Annotated[int, Number(1)] | None = None,
    stack_level: StackLevel | None = None,
    recurrency: Annotated[str, OneOf(*Recurrency.values)] | None = None,
    valid_from: Time | None = None,
    valid_to: Time | None = None,
    duration: Seconds | None = None,
    schedule_start: Time | None = None,
    min_rate: Annotated[Decimal, Rate()] | None = None,
    phases: Annotated[int, Number(1, 3)] | None = None,
    voltage: Annotated[int, Number(1, 1000)] | None = None,
    user: User | None = None,
) -> Command:
    """Ask for a transaction with `id_tag`, on a connector or on any (OCPP 1.6, 5.11).

    It is worth something only while the driver stands there: it expires after a minute.
    With `unit` and `periods` it brings a charging profile for this transaction (a TxProfile; the
    other arguments are those of `set_charging_profile`, `kind` is Relative unless given).
    """
    order = {"id_tag": id_tag, "connector_id": connector_id}
    profile = {
        "kind": kind,
        "profile_id": profile_id,
        "stack_level": stack_level,
        "recurrency": recurrency,
        "valid_from": valid_from,
        "valid_to": valid_to,
        "duration": duration,
        "schedule_start": schedule_start,
        "min_rate": min_rate,
    }
    if not periods or unit is None:
        _refuse_half_a_profile(periods, unit, {**profile, "phases": phases, "voltage": voltage})
        return _queue(charger, order, user)
    wish = _wish(connector_id, unit, periods, profile)
    profile_rules.check_schedule(charger, wish)
    sent = charging_profiles.in_known_unit(charger, wish, supply_of(charger, phases, voltage))
    with transaction.atomic():
        made = charging_profiles.make(charger, sent, user, wish.unit)
        command = _queue(charger, order | {"charging_profile": neutral(made)}, user)
        made.command = command
        made.save(update_fields=["command"])
    return command


def _queue(charger: Charger, order: dict[str, Any], user: User | None) -> Command:
    lasts_s = settings.OCPP_REMOTE_START_TTL_S
    return commands.queue(charger, "remote_start", order, user=user, time_to_live_s=lasts_s)


def _refuse_half_a_profile(
    periods: Sequence[Period] | None, unit: str | None, given: dict[str, Any]
) -> None:
    """Raise Invalid when something of a profile is given, but not what makes one."""
    if periods:
        raise Invalid("unit", _("is required with periods."))
    if unit is not None:
        raise Invalid("periods", _("is required with unit."))
    for name, value in given.items():
        if value is not None:
            raise Invalid(name, _("is only for a charging profile: give unit and periods too."))


def _wish(
    connector_id: int | None, unit: str, periods: Sequence[Period], given: dict[str, Any]
) -> profile_rules.Wish:
    """The profile; its connector is 0 as long as the charge point may choose one."""
    recurrency = given["recurrency"]
    wish = profile_rules.Wish(
        connector_id=connector_id or 0,
        purpose=ProfilePurpose.TRANSACTION,
        kind=ProfileKind(given["kind"] or ProfileKind.RELATIVE),
        unit=RateUnit(unit),
        periods=tuple(periods),
        recurrency=None if recurrency is None else Recurrency(recurrency),
    )
    return replace(
        wish,
        profile_id=given["profile_id"],
        stack_level=given["stack_level"] or 0,
        valid_from=given["valid_from"],
        valid_to=given["valid_to"],
        duration=given["duration"],
        schedule_start=given["schedule_start"],
        min_rate=given["min_rate"],
    )
