"""What became of a command: as a kind that can be counted, and in a sentence for people."""

from collections.abc import Mapping
from enum import Enum
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from ocpp.choices import CommandState
from ocpp.models import Command


class Outcome(Enum):
    """How a command went, or how far it has come."""

    WAITING = "waiting"
    SENT = "sent"
    DONE = "done"
    DECLINED = "declined"
    FAILED = "failed"


#: Answers that mean that the charge point does what it was told. Some answers have no status.
POSITIVE = frozenset(
    {None, "Accepted", "AcceptedCanceled", "RebootRequired", "Scheduled", "Unlocked"}
)


def outcome_of(command: Command) -> Outcome:
    """How `command` went."""
    return judge(command.state, command.late, command.response)


def judge(state: str, late: bool, response: Mapping[str, Any] | None) -> Outcome:
    """The same for the facts of a command; a late answer counts as an answer."""
    if state == CommandState.QUEUED:
        return Outcome.WAITING
    if state == CommandState.SENT:
        return Outcome.SENT
    if state != CommandState.ANSWERED and not late:
        return Outcome.FAILED
    said = response or {}
    if "error" in said:
        return Outcome.FAILED
    status = said.get("status")
    # What is no word is not one of those that we know.
    positive = isinstance(status, str | None) and status in POSITIVE
    return Outcome.DONE if positive else Outcome.DECLINED


def sentence(command: Command) -> str:
    """What became of `command`, in the language that is active now."""
    names = {"charger": command.charger.charger_id}
    if command.state == CommandState.ANSWERED:
        status = (command.response or {}).get("status")
        if status is None:
            return _("%(charger)s answered.") % names
        return _("%(charger)s answered: %(status)s.") % (names | {"status": status})
    if command.state == CommandState.ERROR:
        said = f"{command.error_code} {command.error_description}".strip()
        return _("%(charger)s refused: %(said)s") % (names | {"said": said})
    if command.state == CommandState.FAILED:
        return _("The connection of %(charger)s was lost before it answered.") % names
    if command.state == CommandState.TIMEOUT:
        return _not_in_time(command, names)
    if command.state == CommandState.EXPIRED:
        return _("The command could not be sent to %(charger)s in time.") % names
    if command.state == CommandState.SENT:
        return _("The command was sent to %(charger)s, which has not answered yet.") % names
    return _("The command waits to be sent to %(charger)s.") % names


def _not_in_time(command: Command, names: dict[str, str]) -> str:
    if not command.late:
        limit = {"seconds": settings.OCPP_CALL_TIMEOUT_S}
        return _("%(charger)s did not answer within %(seconds)d s.") % (names | limit)
    said = command.response or {}
    status = said.get("status") or said.get("error")
    if status is None:
        return _("%(charger)s answered too late.") % names
    return _("%(charger)s answered too late: %(status)s.") % (names | {"status": status})
