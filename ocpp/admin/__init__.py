"""Charging in the admin: a module for each kind of thing."""

from ocpp.admin import (
    anomaly,
    charger,
    command,
    connector,
    data_transfer,
    message,
    metering,
    security_event,
    simulator,
    transaction,
)

__all__ = [
    "anomaly",
    "charger",
    "command",
    "connector",
    "data_transfer",
    "message",
    "metering",
    "security_event",
    "simulator",
    "transaction",
]
