"""How commands went, as coloured pills: with a word and an icon, so that no colour is needed."""

from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from ocpp.admin.states import state_html
from ocpp.domain.queries.states import State, Tone
from ocpp.operations import Outcome

STATES = {
    Outcome.WAITING: State(_("Waits to be sent"), Tone.UNKNOWN, "hourglass", ""),
    Outcome.SENT: State(_("Sent, no answer yet"), Tone.BUSY, "send", ""),
    Outcome.DONE: State(_("Done"), Tone.FREE, "check-circle", ""),
    Outcome.DECLINED: State(_("Declined"), Tone.WAITING, "slash-circle", ""),
    Outcome.FAILED: State(_("Failed"), Tone.BROKEN, "exclamation-triangle", ""),
}


def html(outcome: Outcome) -> SafeString:
    """The pill of an outcome."""
    return state_html(STATES[outcome])
