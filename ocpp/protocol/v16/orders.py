"""What a neutral order is in OCPP 1.6: its request, and what its answer means.

The session looks an order up by `Command.action`, sends `request(command.payload)` as a CALL of
`action`, reads the payload of the CALLRESULT as `response`, and hands `outcome(answer)` to
`ocpp.domain.commands.answered`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ocpp.protocol.payload import Payload
from ocpp.protocol.v16.messages import core, core_orders, reservation, smart_charging

#: The arguments of an order and the outcome of its answer: plain values that JSON can hold.
Arguments = Mapping[str, Any]
Outcome = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Order:
    """One order, as this version of the standard spells it."""

    request: Callable[[Arguments], Payload]
    response: type[Payload]
    outcome: Callable[[Any], Outcome]
    #: The name of the request on the wire, such as `RemoteStopTransaction`.
    action: str


def _status(answer: Any) -> Outcome:
    return {"status": answer.status}


def _configuration(answer: core_orders.GetConfigurationResponse) -> Outcome:
    return {
        "configuration": {
            entry.key: {"value": entry.value, "readonly": entry.readonly}
            for entry in answer.configurationKey or ()
        },
        "unknown_keys": list(answer.unknownKey or ()),
    }


def _data_transfer(answer: core.DataTransferResponse) -> Outcome:
    return {"status": answer.status, "data": answer.data}


def _set_charging_profile(arguments: Arguments) -> Payload:
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
    return smart_charging.SetChargingProfile(
        connectorId=arguments["connector_id"],
        csChargingProfiles=smart_charging.ChargingProfile(
            chargingProfileId=arguments["profile_id"],
            stackLevel=arguments["stack_level"],
            chargingProfilePurpose=arguments["purpose"],
            chargingProfileKind=arguments["kind"],
            chargingSchedule=schedule,
            transactionId=arguments["transaction_id"],
            recurrencyKind=arguments["recurrency"],
            validFrom=arguments["valid_from"],
            validTo=arguments["valid_to"],
        ),
    )


def _composite_schedule(answer: smart_charging.GetCompositeScheduleResponse) -> Outcome:
    outcome: Outcome = {"status": answer.status}
    if answer.connectorId is not None:
        outcome["connector_id"] = answer.connectorId
    schedule = answer.chargingSchedule
    if schedule is not None:
        outcome |= {
            "start": answer.scheduleStart or schedule.startSchedule,
            "unit": schedule.chargingRateUnit,
            "duration": schedule.duration,
            "min_rate": schedule.minChargingRate,
            "periods": [
                {"start": one.startPeriod, "limit": one.limit, "phases": one.numberPhases}
                for one in schedule.chargingSchedulePeriod
            ],
        }
    return outcome


def _order(
    request: type[Payload],
    response: type[Payload],
    outcome: Callable[[Any], Outcome] = _status,
    **fields: str,
) -> Order:
    """An order whose arguments become fields of the request: `wire name = argument's name`."""

    def build(arguments: Arguments) -> Payload:
        return request(**{wire: arguments.get(name) for wire, name in fields.items()})

    return Order(request=build, response=response, outcome=outcome, action=request.__name__)


ORDERS: Mapping[str, Order] = {
    "remote_start": _order(
        core_orders.RemoteStartTransaction,
        core_orders.RemoteStartTransactionResponse,
        idTag="id_tag",
        connectorId="connector_id",
    ),
    "remote_stop": _order(
        core_orders.RemoteStopTransaction,
        core_orders.RemoteStopTransactionResponse,
        transactionId="transaction_id",
    ),
    "reset": _order(core_orders.Reset, core_orders.ResetResponse, type="type"),
    "unlock": _order(
        core_orders.UnlockConnector,
        core_orders.UnlockConnectorResponse,
        connectorId="connector_id",
    ),
    "change_availability": _order(
        core_orders.ChangeAvailability,
        core_orders.ChangeAvailabilityResponse,
        connectorId="connector_id",
        type="type",
    ),
    "trigger_message": _order(
        core_orders.TriggerMessage,
        core_orders.TriggerMessageResponse,
        requestedMessage="requested_message",
        connectorId="connector_id",
    ),
    "get_configuration": _order(
        core_orders.GetConfiguration,
        core_orders.GetConfigurationResponse,
        _configuration,
        key="keys",
    ),
    "change_configuration": _order(
        core_orders.ChangeConfiguration,
        core_orders.ChangeConfigurationResponse,
        key="key",
        value="value",
    ),
    "clear_cache": _order(core_orders.ClearCache, core_orders.ClearCacheResponse),
    "data_transfer": _order(
        core.DataTransfer,
        core.DataTransferResponse,
        _data_transfer,
        vendorId="vendor_id",
        messageId="message_id",
        data="data",
    ),
    "reserve": _order(
        reservation.ReserveNow,
        reservation.ReserveNowResponse,
        connectorId="connector_id",
        expiryDate="expires",
        idTag="id_tag",
        reservationId="reservation_id",
        parentIdTag="parent_id_tag",
    ),
    "cancel_reservation": _order(
        reservation.CancelReservation,
        reservation.CancelReservationResponse,
        reservationId="reservation_id",
    ),
    "set_charging_profile": Order(
        request=_set_charging_profile,
        response=smart_charging.SetChargingProfileResponse,
        outcome=_status,
        action="SetChargingProfile",
    ),
    "clear_charging_profile": _order(
        smart_charging.ClearChargingProfile,
        smart_charging.ClearChargingProfileResponse,
        id="profile_id",
        connectorId="connector_id",
        chargingProfilePurpose="purpose",
        stackLevel="stack_level",
    ),
    "get_composite_schedule": _order(
        smart_charging.GetCompositeSchedule,
        smart_charging.GetCompositeScheduleResponse,
        _composite_schedule,
        connectorId="connector_id",
        duration="duration",
        chargingRateUnit="unit",
    ),
}
