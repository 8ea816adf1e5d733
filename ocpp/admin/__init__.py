"""Charging in the admin: a module for each kind of thing."""

from ocpp.admin import (
    anomaly,
    charger,
    charging_profile,
    command,
    connector,
    data_transfer,
    firmware,
    local_list,
    message,
    metering,
    reservation,
    security_event,
    simulator,
    transaction,
    upload,
)

__all__ = [
    "anomaly",
    "charger",
    "charging_profile",
    "command",
    "connector",
    "data_transfer",
    "firmware",
    "local_list",
    "message",
    "metering",
    "reservation",
    "security_event",
    "simulator",
    "transaction",
    "upload",
]
