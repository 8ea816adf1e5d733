"""What became of a command, in a sentence for people."""

from django.conf import settings
from django.utils.translation import gettext as _

from ocpp.choices import CommandState
from ocpp.models import Command


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
        limit = {"seconds": settings.OCPP_CALL_TIMEOUT_S}
        return _("%(charger)s did not answer within %(seconds)d s.") % (names | limit)
    if command.state == CommandState.EXPIRED:
        return _("The command could not be sent to %(charger)s in time.") % names
    if command.state == CommandState.SENT:
        return _("The command was sent to %(charger)s, which has not answered yet.") % names
    return _("The command waits to be sent to %(charger)s.") % names
