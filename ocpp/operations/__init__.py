"""What people and programs may tell a charge point: one deed per function.

Each takes a charger and keyword arguments in neutral words, checks them, queues a command and
returns it; `wait` waits for what becomes of it, `sentence` tells that. `OPERATIONS` is the list
for doors that offer all of them. They raise `ocpp.domain.errors.DomainError`.
"""

from collections.abc import Mapping
from typing import Any

from ocpp.operations.availability import change_availability
from ocpp.operations.cache import clear_cache
from ocpp.operations.certificates import (
    certificate_signed,
    delete_certificate,
    get_installed_certificate_ids,
    install_certificate,
)
from ocpp.operations.charging_profiles import (
    clear_charging_profile,
    get_composite_schedule,
    set_charging_profile,
)
from ocpp.operations.configuration import change_configuration, get_configuration
from ocpp.operations.data_transfer import data_transfer
from ocpp.operations.diagnostics import get_diagnostics, get_log
from ocpp.operations.firmware import update_firmware
from ocpp.operations.local_list import get_local_list_version, send_local_list
from ocpp.operations.operation import Operation
from ocpp.operations.outcome import Outcome, outcome_of, sentence
from ocpp.operations.permission import may_command
from ocpp.operations.remote_start import remote_start
from ocpp.operations.remote_stop import remote_stop
from ocpp.operations.reservation import cancel_reservation, reserve
from ocpp.operations.reset import reset
from ocpp.operations.security import secure
from ocpp.operations.signed_firmware import signed_update_firmware
from ocpp.operations.trigger import extended_trigger_message, trigger_message
from ocpp.operations.unlock import unlock
from ocpp.operations.waiting import wait

OPERATIONS: Mapping[str, Operation[Any]] = {
    operation.name: operation
    for operation in (
        cancel_reservation,
        certificate_signed,
        change_availability,
        change_configuration,
        clear_cache,
        clear_charging_profile,
        data_transfer,
        delete_certificate,
        get_composite_schedule,
        extended_trigger_message,
        get_configuration,
        get_diagnostics,
        get_installed_certificate_ids,
        get_local_list_version,
        get_log,
        install_certificate,
        remote_start,
        remote_stop,
        reserve,
        reset,
        secure,
        set_charging_profile,
        send_local_list,
        signed_update_firmware,
        trigger_message,
        unlock,
        update_firmware,
    )
}

__all__ = [
    "OPERATIONS",
    "Operation",
    "Outcome",
    "cancel_reservation",
    "certificate_signed",
    "change_availability",
    "change_configuration",
    "clear_cache",
    "clear_charging_profile",
    "data_transfer",
    "delete_certificate",
    "extended_trigger_message",
    "get_composite_schedule",
    "get_configuration",
    "get_diagnostics",
    "get_installed_certificate_ids",
    "get_local_list_version",
    "get_log",
    "install_certificate",
    "may_command",
    "outcome_of",
    "remote_start",
    "remote_stop",
    "reserve",
    "reset",
    "secure",
    "send_local_list",
    "sentence",
    "set_charging_profile",
    "signed_update_firmware",
    "trigger_message",
    "unlock",
    "update_firmware",
    "wait",
]
