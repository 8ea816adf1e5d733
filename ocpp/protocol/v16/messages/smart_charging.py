"""Smart Charging profile (OCPP 1.6, 5.5, 5.7, 5.16); rates in A or W, times in s."""

from typing import Literal

from ocpp.protocol.payload import Integer, Payload

ChargingProfilePurpose = Literal["ChargePointMaxProfile", "TxDefaultProfile", "TxProfile"]
ChargingRateUnit = Literal["A", "W"]


class ChargingSchedulePeriod(Payload):
    """From `startPeriod` (s after the start of the schedule) on, at most `limit` (7.14)."""

    startPeriod: Integer
    limit: float
    numberPhases: Integer | None = None


class ChargingSchedule(Payload):
    """How much may be drawn, and when (7.13)."""

    chargingRateUnit: ChargingRateUnit
    chargingSchedulePeriod: list[ChargingSchedulePeriod]
    duration: Integer | None = None
    startSchedule: str | None = None
    minChargingRate: float | None = None


class ChargingProfile(Payload):
    """A schedule with its purpose, its rank and its validity (7.8)."""

    chargingProfileId: Integer
    stackLevel: Integer
    chargingProfilePurpose: ChargingProfilePurpose
    chargingProfileKind: Literal["Absolute", "Recurring", "Relative"]
    chargingSchedule: ChargingSchedule
    transactionId: Integer | None = None
    recurrencyKind: Literal["Daily", "Weekly"] | None = None
    validFrom: str | None = None
    validTo: str | None = None


class ClearChargingProfile(Payload):
    """Clear the profiles that all given conditions fit (5.5)."""

    id: Integer | None = None
    connectorId: Integer | None = None
    chargingProfilePurpose: ChargingProfilePurpose | None = None
    stackLevel: Integer | None = None


class ClearChargingProfileResponse(Payload):
    """Answer to ClearChargingProfile."""

    status: Literal["Accepted", "Unknown"]


class GetCompositeSchedule(Payload):
    """Ask what all profiles together allow for the next `duration` seconds (5.7)."""

    connectorId: Integer
    duration: Integer
    chargingRateUnit: ChargingRateUnit | None = None


class GetCompositeScheduleResponse(Payload):
    """Answer to GetCompositeSchedule."""

    status: Literal["Accepted", "Rejected"]
    connectorId: Integer | None = None
    scheduleStart: str | None = None
    chargingSchedule: ChargingSchedule | None = None


class SetChargingProfile(Payload):
    """Set a profile (5.16)."""

    connectorId: Integer
    csChargingProfiles: ChargingProfile


class SetChargingProfileResponse(Payload):
    """Answer to SetChargingProfile."""

    status: Literal["Accepted", "Rejected", "NotSupported"]
