"""What people and programs may tell a charge point: one deed per function.

Each takes a charger and keyword arguments in neutral words, checks them, queues a command and
returns it; `wait` waits for what becomes of it, `sentence` tells that. `OPERATIONS` is the list
for doors that offer all of them. They raise `ocpp.domain.errors.DomainError`.
"""

from collections.abc import Mapping
from typing import Any

from ocpp.operations.availability import change_availability
from ocpp.operations.cache import clear_cache
from ocpp.operations.charging_profiles import (
    clear_charging_profile,
    get_composite_schedule,
    set_charging_profile,
)
from ocpp.operations.configuration import change_configuration, get_configuration
from ocpp.operations.data_transfer import data_transfer
from ocpp.operations.operation import Operation
from ocpp.operations.outcome import sentence
from ocpp.operations.remote_start import remote_start
from ocpp.operations.remote_stop import remote_stop
from ocpp.operations.reservation import cancel_reservation, reserve
from ocpp.operations.reset import reset
from ocpp.operations.trigger import trigger_message
from ocpp.operations.unlock import unlock
from ocpp.operations.waiting import wait

OPERATIONS: Mapping[str, Operation[Any]] = {
    operation.name: operation
    for operation in (
        cancel_reservation,
        change_availability,
        change_configuration,
        clear_cache,
        clear_charging_profile,
        data_transfer,
        get_composite_schedule,
        get_configuration,
        remote_start,
        remote_stop,
        reserve,
        reset,
        set_charging_profile,
        trigger_message,
        unlock,
    )
}

__all__ = [
    "OPERATIONS",
    "Operation",
    "cancel_reservation",
    "change_availability",
    "change_configuration",
    "clear_cache",
    "clear_charging_profile",
    "data_transfer",
    "get_composite_schedule",
    "get_configuration",
    "remote_start",
    "remote_stop",
    "reserve",
    "reset",
    "sentence",
    "set_charging_profile",
    "trigger_message",
    "unlock",
    "wait",
]
