"""The state of a connector in words for people, in the same words on every page."""

from enum import Enum
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Tone(Enum):
    """What a state means for someone who wants to charge; each has a colour of its own."""

    FREE = "free"
    BUSY = "busy"
    WAITING = "waiting"
    BROKEN = "broken"
    UNKNOWN = "unknown"


class State(NamedTuple):
    """A state: its word, its tone, the name of its icon, and what a driver may do now."""

    word: str | Promise
    tone: Tone
    icon: str
    advice: str | Promise


#: The values of ChargePointStatus (OCPP 1.6, 7.7).
_STATES = {
    "Available": State(
        pgettext_lazy("connector", "Available"),
        Tone.FREE,
        "check-circle",
        _("Plug in your vehicle, then start charging at the charger."),
    ),
    "Preparing": State(
        _("Preparing"),
        Tone.WAITING,
        "plug",
        _("A vehicle is plugged in. If it is yours, start charging at the charger."),
    ),
    "Charging": State(
        _("Charging"),
        Tone.BUSY,
        "lightning-charge",
        _("A vehicle is charging here. Choose another connector, or come back later."),
    ),
    "SuspendedEVSE": State(
        _("Paused by the charger"),
        Tone.WAITING,
        "pause-circle",
        _("The charger gives no energy for the moment. It goes on by itself."),
    ),
    "SuspendedEV": State(
        _("Paused by the vehicle"),
        Tone.BUSY,
        "pause-circle",
        _("The vehicle takes no energy for the moment; it may be full."),
    ),
    "Finishing": State(
        _("Finishing"),
        Tone.WAITING,
        "hourglass-split",
        _("Charging has ended. The connector is free once the vehicle is unplugged."),
    ),
    "Reserved": State(
        _("Reserved"),
        Tone.BUSY,
        "bookmark",
        _("This connector is kept for someone. If that is you, show your card."),
    ),
    "Unavailable": State(
        _("Out of service"),
        Tone.BROKEN,
        "slash-circle",
        _("This connector is out of service. Choose another one."),
    ),
    "Faulted": State(
        _("Out of order"),
        Tone.BROKEN,
        "exclamation-triangle",
        _("This connector is out of order. Do not use it; choose another one."),
    ),
}
#: Every status of the standard, in its order.
STATUSES = tuple(_STATES)

#: What connector 0 says when the charger as a whole cannot be used (OCPP 1.6, 4.9).
DOWN = ("Unavailable", "Faulted")
#: States of a connector that promise a driver something.
OFFERING = ("Available", "Preparing", "Reserved")

OFFLINE = State(
    _("Offline"),
    Tone.UNKNOWN,
    "wifi-off",
    _("The charger is not connected to us, so we do not know its state. It may work all the same."),
)
CONNECTED = State(_("Connected"), Tone.FREE, "wifi", "")
NOT_REPORTED = State(
    _("Not reported yet"),
    Tone.UNKNOWN,
    "question-circle",
    _("The charger has not told its state yet. Try again in a moment."),
)


def of_status(status: str) -> State:
    """The state that a status stands for, as it was last reported."""
    if not status:
        return NOT_REPORTED
    known = _STATES.get(status)
    # A status of another version of the standard is shown as it was sent.
    return known or NOT_REPORTED._replace(word=status)


def of_connector(status: str, *, connected: bool) -> State:
    """The state of a connector now: what it last reported holds only while it is connected."""
    return of_status(status) if connected else OFFLINE


def under(whole: str, status: str) -> str:
    """The status of a connector when the charger as a whole has the status `whole`.

    Some charge points report a fault for connector 0 and leave the others as they were.
    """
    return whole if whole in DOWN and status in OFFERING else status
