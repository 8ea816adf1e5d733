"""Answers of the profile Smart Charging."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from ocpp.simulator.answers.reply import Handler, Reply, status
from ocpp.simulator.charging import KINDS, PURPOSES, RECURRENCES, VOLTS, Period, Profile
from ocpp.simulator.checks import Request
from ocpp.simulator.payloads import stamp

if TYPE_CHECKING:
    from ocpp.simulator.equipment import Equipment


def read_profile(request: Request, field: str, connector_id: int) -> Profile:
    """The charging profile in a field of a request (OCPP 1.6, 7.8)."""
    profile = request.inner(
        field,
        *("chargingProfileId", "transactionId", "stackLevel", "chargingProfilePurpose"),
        *("chargingProfileKind", "recurrencyKind", "validFrom", "validTo", "chargingSchedule"),
    )
    schedule = profile.inner(
        "chargingSchedule",
        *("duration", "startSchedule", "chargingRateUnit", "chargingSchedulePeriod"),
        "minChargingRate",
    )
    schedule.optional(schedule.number, "minChargingRate")
    periods = schedule.each("chargingSchedulePeriod", "startPeriod", "limit", "numberPhases")
    return Profile(
        connector_id=connector_id,
        id=profile.integer("chargingProfileId"),
        level=profile.integer("stackLevel", 0),
        purpose=profile.choice("chargingProfilePurpose", *PURPOSES),
        kind=profile.choice("chargingProfileKind", *KINDS),
        unit=schedule.choice("chargingRateUnit", "A", "W"),
        periods=tuple(
            Period(
                one.integer("startPeriod", 0),
                one.number("limit"),
                one.optional(one.integer, "numberPhases", 1),
            )
            for one in periods
        ),
        recurrence=profile.optional(profile.choice, "recurrencyKind", *RECURRENCES),
        duration=schedule.optional(schedule.integer, "duration", 0),
        start=schedule.optional(schedule.moment, "startSchedule"),
        valid_from=profile.optional(profile.moment, "validFrom"),
        valid_to=profile.optional(profile.moment, "validTo"),
        transaction_id=profile.optional(profile.integer, "transactionId"),
    )


def _set(point: "Equipment", payload: dict[str, Any]) -> Reply:
    """OCPP 1.6, 5.16."""
    request = Request(payload, "connectorId", "csChargingProfiles")
    connector_id = request.integer("connectorId", 0)
    profile = read_profile(request, "csChargingProfiles", connector_id)
    connector = point.connector
    running = connector.transaction.id if connector.transaction else None
    # What has flowed until now has flowed under the profiles of until now.
    connector.catch_up()
    return status(connector.profiles.install(profile, running))


def _clear(point: "Equipment", payload: dict[str, Any]) -> Reply:
    """OCPP 1.6, 5.5."""
    request = Request(payload, "id", "connectorId", "chargingProfilePurpose", "stackLevel")
    conditions = (
        request.optional(request.integer, "id"),
        request.optional(request.integer, "connectorId", 0),
        request.optional(request.choice, "chargingProfilePurpose", *PURPOSES),
        request.optional(request.integer, "stackLevel", 0),
    )
    point.connector.catch_up()
    cleared = point.connector.profiles.clear(*conditions)
    return status("Accepted" if cleared else "Unknown")


def _composite(point: "Equipment", payload: dict[str, Any]) -> Reply:
    """OCPP 1.6, 5.7."""
    request = Request(payload, "connectorId", "duration", "chargingRateUnit")
    connector_id = request.integer("connectorId", 0)
    duration = request.integer("duration", 1)
    unit = request.optional(request.choice, "chargingRateUnit", "A", "W") or "W"
    if connector_id not in (0, point.connector.number):
        return status("Rejected")
    now = datetime.now(UTC)
    divisor = 1 if unit == "W" else VOLTS * point.connector.meter.phases
    periods: list[dict[str, Any]] = []
    for offset, watts in point.connector.composite(connector_id, now, duration):
        start, limit = round(offset), round(watts / divisor, 1)
        if periods and periods[-1]["startPeriod"] == start:
            periods.pop()  # less than a second long
        periods.append({"startPeriod": start, "limit": limit})
    schedule = {
        "duration": duration,
        "startSchedule": stamp(now),
        "chargingRateUnit": unit,
        "chargingSchedulePeriod": periods,
    }
    return {
        "status": "Accepted",
        "connectorId": connector_id,
        "scheduleStart": stamp(now),
        "chargingSchedule": schedule,
    }, None


HANDLERS: dict[str, Handler] = {
    "ClearChargingProfile": _clear,
    "GetCompositeSchedule": _composite,
    "SetChargingProfile": _set,
}
