"""What the end of a command teaches about the charge point, by action.

A command that timed out, or whose connection was lost, teaches nothing: the charge point may have
done it or not, and its answer may still come.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from ocpp.choices import CommandState
from ocpp.domain import (
    charging_profiles,
    configuration,
    connector_zero,
    credentials,
    local_list,
    reservations,
    start_profiles,
    uploads,
)
from ocpp.domain.certificates import installed, requests
from ocpp.models import Command

#: Gets the command as it was before its end, the answer in neutral words, and the time.
Learner = Callable[[Command, Mapping[str, Any], datetime], None]
#: Gets the command, why the charge point certainly did not do it, and the time.
Regret = Callable[[Command, str, datetime], None]

_LEARNERS: Mapping[str, Learner] = {
    "get_configuration": configuration.learn_report,
    "change_configuration": credentials.learn_change,
    "remote_start": start_profiles.learn_start,
    "reserve": reservations.learn_reserved,
    "cancel_reservation": reservations.learn_cancelled,
    "set_charging_profile": charging_profiles.learn_set,
    "clear_charging_profile": charging_profiles.learn_cleared,
    "get_diagnostics": uploads.learn,
    "get_log": uploads.learn,
    "get_local_list_version": local_list.learn_version,
    "send_local_list": local_list.learn,
    "certificate_signed": requests.learn_signed,
    "delete_certificate": installed.learn_deleted,
    "get_installed_certificate_ids": installed.learn_ids,
    "install_certificate": installed.learn_installed,
}
_REGRETS: Mapping[str, Regret] = {
    "certificate_signed": requests.learn_not_signed,
    "change_configuration": credentials.learn_not_changed,
    "remote_start": start_profiles.learn_not_started,
    "reserve": reservations.learn_not_reserved,
    "set_charging_profile": charging_profiles.learn_not_set,
}


def from_answer(command: Command, response: Mapping[str, Any], now: datetime) -> None:
    """Keep what an answer tells, also one that came late."""
    learner = _LEARNERS.get(command.action)
    if learner is not None:
        learner(command, response, now)
    connector_zero.refused(command, str(response.get("status", "")))


def from_failure(command: Command, state: CommandState, error: str, now: datetime) -> None:
    """Keep that a command was not carried out: never sent, or refused with `error`."""
    regret = _REGRETS.get(command.action)
    if regret is not None and state == CommandState.EXPIRED:
        regret(command, "It could not be sent in time", now)
    elif regret is not None and state == CommandState.ERROR:
        regret(command, error, now)
    if state == CommandState.ERROR:
        connector_zero.refused(command, error.partition(" ")[0])
