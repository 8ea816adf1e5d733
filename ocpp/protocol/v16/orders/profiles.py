"""Orders that carry a charging profile."""

from collections.abc import Mapping
from typing import Any

from ocpp.protocol.payload import Payload
from ocpp.protocol.v16.messages import core_orders, smart_charging


def set_charging_profile(arguments: Mapping[str, Any]) -> Payload:
    """SetChargingProfile.req (OCPP 1.6, 5.16)."""
    return smart_charging.SetChargingProfile(
        connectorId=arguments["connector_id"], csChargingProfiles=_profile(arguments)
    )


def remote_start(arguments: Mapping[str, Any]) -> Payload:
    """RemoteStartTransaction.req (5.11), with a profile where there is one."""
    profile = arguments.get("charging_profile")
    return core_orders.RemoteStartTransaction(
        idTag=arguments["id_tag"],
        connectorId=arguments.get("connector_id"),
        chargingProfile=None if profile is None else _profile(profile),
    )


def _profile(arguments: Mapping[str, Any]) -> smart_charging.ChargingProfile:
    """A ChargingProfile (7.8) of neutral words; rates are Decimals as text."""
    schedule = smart_charging.ChargingSchedule(
        chargingRateUnit=arguments["unit"],
        chargingSchedulePeriod=[
            smart_charging.ChargingSchedulePeriod(
                startPeriod=period["start"],
                # A Decimal of one decimal as text: the float is written with the same digits.
                limit=float(period["limit"]),
                numberPhases=period["phases"],
            )
            for period in arguments["periods"]
        ],
        duration=arguments["duration"],
        startSchedule=arguments["schedule_start"],
        minChargingRate=None if arguments["min_rate"] is None else float(arguments["min_rate"]),
    )
    return smart_charging.ChargingProfile(
        chargingProfileId=arguments["profile_id"],
        stackLevel=arguments["stack_level"],
        chargingProfilePurpose=arguments["purpose"],
        chargingProfileKind=arguments["kind"],
        chargingSchedule=schedule,
        transactionId=arguments["transaction_id"],
        recurrencyKind=arguments["recurrency"],
        validFrom=arguments["valid_from"],
        validTo=arguments["valid_to"],
    )
