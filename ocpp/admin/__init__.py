"""Charging in the admin: a module for each kind of thing."""

from ocpp.admin import (
    anomaly,
    charger,
    command,
    connector,
    data_transfer,
    firmware,
    local_list,
    message,
    metering,
    simulator,
    transaction,
    upload,
)

__all__ = [
    "anomaly",
    "charger",
    "command",
    "connector",
    "data_transfer",
    "firmware",
    "local_list",
    "message",
    "metering",
    "simulator",
    "transaction",
    "upload",
]
