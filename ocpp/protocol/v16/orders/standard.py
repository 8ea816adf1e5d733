"""The orders of OCPP 1.6 itself, and of the whitepaper those for logs and triggers."""

from collections.abc import Mapping
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
from ocpp.protocol.v16.orders import profiles
from ocpp.protocol.v16.orders.base import Arguments, Order, Outcome, nothing, plain, status


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
    """`entries` are tags with status, expiry and group; None is removed by a differential one."""
    entries = [
        local_auth_list.AuthorizationData(idTag=tag, idTagInfo=entry and _id_tag_info(entry))
        for tag, entry in sorted(arguments["entries"].items())
    ]
    return local_auth_list.SendLocalList(
        listVersion=arguments["version"],
        updateType=arguments["update_type"],
        localAuthorizationList=entries or None,
    )


def _id_tag_info(entry: Mapping[str, Any]) -> IdTagInfo:
    return IdTagInfo(
        status=entry["status"], expiryDate=entry.get("expires"), parentIdTag=entry.get("parent")
    )


ORDERS: Mapping[str, Order] = {
    "remote_start": Order(
        request=profiles.remote_start,
        response=core_orders.RemoteStartTransactionResponse,
        outcome=status,
        action="RemoteStartTransaction",
    ),
    "remote_stop": plain(
        core_orders.RemoteStopTransaction,
        core_orders.RemoteStopTransactionResponse,
        transactionId="transaction_id",
    ),
    "reset": plain(core_orders.Reset, core_orders.ResetResponse, type="type"),
    "unlock": plain(
        core_orders.UnlockConnector,
        core_orders.UnlockConnectorResponse,
        connectorId="connector_id",
    ),
    "change_availability": plain(
        core_orders.ChangeAvailability,
        core_orders.ChangeAvailabilityResponse,
        connectorId="connector_id",
        type="type",
    ),
    "trigger_message": plain(
        core_orders.TriggerMessage,
        core_orders.TriggerMessageResponse,
        requestedMessage="requested_message",
        connectorId="connector_id",
    ),
    "get_configuration": plain(
        core_orders.GetConfiguration,
        core_orders.GetConfigurationResponse,
        _configuration,
        key="keys",
    ),
    "change_configuration": plain(
        core_orders.ChangeConfiguration,
        core_orders.ChangeConfigurationResponse,
        key="key",
        value="value",
    ),
    "clear_cache": plain(core_orders.ClearCache, core_orders.ClearCacheResponse),
    "data_transfer": plain(
        core.DataTransfer,
        core.DataTransferResponse,
        _data_transfer,
        vendorId="vendor_id",
        messageId="message_id",
        data="data",
    ),
    "reserve": plain(
        reservation.ReserveNow,
        reservation.ReserveNowResponse,
        connectorId="connector_id",
        expiryDate="expires",
        idTag="id_tag",
        reservationId="reservation_id",
        parentIdTag="parent_id_tag",
    ),
    "cancel_reservation": plain(
        reservation.CancelReservation,
        reservation.CancelReservationResponse,
        reservationId="reservation_id",
    ),
    "set_charging_profile": Order(
        request=profiles.set_charging_profile,
        response=smart_charging.SetChargingProfileResponse,
        outcome=status,
        action="SetChargingProfile",
    ),
    "clear_charging_profile": plain(
        smart_charging.ClearChargingProfile,
        smart_charging.ClearChargingProfileResponse,
        id="profile_id",
        connectorId="connector_id",
        chargingProfilePurpose="purpose",
        stackLevel="stack_level",
    ),
    "get_composite_schedule": plain(
        smart_charging.GetCompositeSchedule,
        smart_charging.GetCompositeScheduleResponse,
        _composite_schedule,
        connectorId="connector_id",
        duration="duration",
        chargingRateUnit="unit",
    ),
    # Firmware Management
    "update_firmware": plain(
        firmware_orders.UpdateFirmware,
        firmware_orders.UpdateFirmwareResponse,
        nothing,
        location="location",
        retrieveDate="retrieve_date",
        retries="retries",
        retryInterval="retry_interval",
    ),
    "get_diagnostics": plain(
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
    "get_local_list_version": plain(
        local_auth_list.GetLocalListVersion,
        local_auth_list.GetLocalListVersionResponse,
        _list_version,
    ),
    "send_local_list": Order(
        _send_local_list, local_auth_list.SendLocalListResponse, status, "SendLocalList"
    ),
    # Security Whitepaper
    "extended_trigger_message": plain(
        security_orders.ExtendedTriggerMessage,
        security_orders.ExtendedTriggerMessageResponse,
        requestedMessage="requested_message",
        connectorId="connector_id",
    ),
    "get_log": Order(_get_log, security_orders.GetLogResponse, _log, "GetLog"),
}
