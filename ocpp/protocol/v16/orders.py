"""What a neutral order is in OCPP 1.6: its request, and what its answer means.

The session looks an order up by `Command.action`, sends `request(command.payload)` as a CALL of
`action`, reads the payload of the CALLRESULT as `response`, and hands `outcome(answer)` to
`ocpp.domain.commands.answered`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ocpp.protocol.payload import Payload
from ocpp.protocol.v16.messages import (
    core,
    core_orders,
    firmware_orders,
    local_auth_list,
    reservation,
    security_orders,
    smart_charging,
)
from ocpp.protocol.v16.messages.types import IdTagInfo

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


def _diagnostics(answer: firmware_orders.GetDiagnosticsResponse) -> Outcome:
    return {"file_name": answer.fileName}


def _log(answer: security_orders.GetLogResponse) -> Outcome:
    return {"status": answer.status, "file_name": answer.filename}


def _list_version(answer: local_auth_list.GetLocalListVersionResponse) -> Outcome:
    return {"list_version": answer.listVersion}


def _nothing(answer: Payload) -> Outcome:
    return {}


def _get_log(arguments: Arguments) -> Payload:
    return security_orders.GetLog(
        log=security_orders.LogParameters(
            remoteLocation=arguments["location"],
            oldestTimestamp=arguments.get("oldest"),
            latestTimestamp=arguments.get("latest"),
        ),
        logType=arguments["log_type"],
        requestId=arguments["request_id"],
        retries=arguments.get("retries"),
        retryInterval=arguments.get("retry_interval"),
    )


def _send_local_list(arguments: Arguments) -> Payload:
    """`entries` are tags with their status, or with None what a differential update removes."""
    entries = [
        local_auth_list.AuthorizationData(
            idTag=tag, idTagInfo=None if status is None else IdTagInfo(status=status)
        )
        for tag, status in sorted(arguments["entries"].items())
    ]
    return local_auth_list.SendLocalList(
        listVersion=arguments["version"],
        updateType=arguments["update_type"],
        localAuthorizationList=entries or None,
    )


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
    # Firmware Management
    "update_firmware": _order(
        firmware_orders.UpdateFirmware,
        firmware_orders.UpdateFirmwareResponse,
        _nothing,
        location="location",
        retrieveDate="retrieve_date",
        retries="retries",
        retryInterval="retry_interval",
    ),
    "get_diagnostics": _order(
        firmware_orders.GetDiagnostics,
        firmware_orders.GetDiagnosticsResponse,
        _diagnostics,
        location="location",
        startTime="start_time",
        stopTime="stop_time",
        retries="retries",
        retryInterval="retry_interval",
    ),
    # Local Auth List Management
    "get_local_list_version": _order(
        local_auth_list.GetLocalListVersion,
        local_auth_list.GetLocalListVersionResponse,
        _list_version,
    ),
    "send_local_list": Order(
        _send_local_list, local_auth_list.SendLocalListResponse, _status, "SendLocalList"
    ),
    # Security Whitepaper
    "extended_trigger_message": _order(
        security_orders.ExtendedTriggerMessage,
        security_orders.ExtendedTriggerMessageResponse,
        requestedMessage="requested_message",
        connectorId="connector_id",
    ),
    "get_log": Order(_get_log, security_orders.GetLogResponse, _log, "GetLog"),
}
