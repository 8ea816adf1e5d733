"""Why a simulated session failed, in words for people."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from ocpp.simulator import ErrorKind

#: Kinds of error that only a node knows: the end of its process, a fault of the program.
ENDED, BROKEN = "ended", "broken"

_WORDS: dict[str, Promise] = {
    ErrorKind.REFUSED: _("Connection refused: nothing listens at %(detail)s."),
    ErrorKind.UNREACHABLE: _("The server cannot be reached: %(detail)s."),
    ErrorKind.TLS: _("No secure connection: %(detail)s."),
    ErrorKind.HANDSHAKE: _(
        "The server refused the handshake: %(detail)s. Check the path, the user name and "
        "password, and whether the server admits this charge point."
    ),
    ErrorKind.SUBPROTOCOL: _(
        "The server does not speak OCPP 1.6 here; it chose the subprotocol %(detail)s."
    ),
    ErrorKind.CLOSED: _("The server ended the connection: %(detail)s."),
    ErrorKind.BOOT: _(
        "The server does not accept this charge point (answer and time to wait: %(detail)s)."
    ),
    ErrorKind.CARD: _("Authorisation refused for card %(detail)s."),
    ErrorKind.NO_ANSWER: _("No answer in time: %(detail)s."),
    ErrorKind.CALL_ERROR: _("The server answered with an error: %(detail)s."),
    ErrorKind.PROTOCOL: _("The server's answer is against the standard: %(detail)s."),
    ENDED: _("The server process that ran it was ended before its transaction was confirmed."),
    BROKEN: _("The simulator broke down: %(detail)s."),
}


def explain(kind: str, detail: str) -> str:
    """A sentence in the active language; empty when there was no error."""
    if not kind:
        return ""
    return str(_WORDS.get(kind, _WORDS[BROKEN])) % {"detail": detail}
