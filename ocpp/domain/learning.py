"""What the end of a command teaches about the charge point, by action.

A command that timed out, or whose connection was lost, teaches nothing: the charge point may have
done it or not, and its answer may still come.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from ocpp.choices import CommandState
from ocpp.domain import charging_profiles, configuration, local_list, reservations, uploads
from ocpp.models import Command

#: Gets the command as it was before its end, the answer in neutral words, and the time.
Learner = Callable[[Command, Mapping[str, Any], datetime], None]
#: Gets the command, why the charge point certainly did not do it, and the time.
Regret = Callable[[Command, str, datetime], None]

_LEARNERS: Mapping[str, Learner] = {
    "get_configuration": configuration.learn_report,
    "change_configuration": configuration.learn_change,
    "reserve": reservations.learn_reserved,
    "cancel_reservation": reservations.learn_cancelled,
    "set_charging_profile": charging_profiles.learn_set,
    "clear_charging_profile": charging_profiles.learn_cleared,
    "get_diagnostics": uploads.learn,
    "get_log": uploads.learn,
    "get_local_list_version": local_list.learn_version,
    "send_local_list": local_list.learn,
}
_REGRETS: Mapping[str, Regret] = {
    "reserve": reservations.learn_not_reserved,
    "set_charging_profile": charging_profiles.learn_not_set,
}


def from_answer(command: Command, response: Mapping[str, Any], now: datetime) -> None:
    """Keep what an answer tells, also one that came late."""
    learner = _LEARNERS.get(command.action)
    if learner is not None:
        learner(command, response, now)


def from_failure(command: Command, state: CommandState, error: str, now: datetime) -> None:
    """Keep that a command was not carried out: never sent, or refused with `error`."""
    regret = _REGRETS.get(command.action)
    if regret is None:
        return
    if state == CommandState.EXPIRED:
        regret(command, "It could not be sent in time", now)
    elif state == CommandState.ERROR:
        regret(command, error, now)
