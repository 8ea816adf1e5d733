"""Why connections are refused, in plain words, and what to do about it.

A refusal has a code (`chargers.Refused.code`); the words are chosen when it is shown, in the
language of whoever looks.
"""

from collections.abc import Mapping
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Words(NamedTuple):
    """The reason of a refusal and its fix; `allow`: letting this id in by hand fixes it."""

    reason: str | Promise
    fix: str | Promise
    allow: bool = False


_WORDS: Mapping[str, Words] = {
    "bad_id": Words(
        _("The address ends in no id that a charger can have."),
        _(
            "Set the charger's address so that it ends with an id of 1 to 48 characters, without"
            " spaces or control characters."
        ),
    ),
    "origin": Words(
        _("A web page, not a charger, tried to connect."),
        _(
            "If the page is a tool of yours, add its address to OCPP_ALLOWED_ORIGINS. Otherwise"
            " nothing needs to be done."
        ),
    ),
    "version": Words(
        _("The charger speaks only versions of OCPP that this node does not."),
        _("Set the charger to OCPP 1.6 JSON (subprotocol ocpp1.6), not SOAP and not 2.0.1."),
    ),
    "unknown_closed": Words(
        _("Nobody here knows this id, and unknown chargers are not let in."),
        _("Allow this id, if the charger is yours."),
        allow=True,
    ),
    "too_many_new": Words(
        _("Too many unknown chargers came in a short time, or too many wait for approval."),
        _("Allow this id, or decide about the chargers that wait."),
        allow=True,
    ),
    "unauthenticated": Words(
        _("The charger must show a password, and showed none."),
        _(
            "Type the key of this charger into it (its AuthorizationKey or HTTP Basic password),"
            " or set its security profile to 0 here if it cannot."
        ),
    ),
    "wrong_key": Words(
        _("The charger's password is wrong."),
        _("Make a new key for this charger here and type it into the charger."),
    ),
    "throttled": Words(
        _("It tried too often in a short time."),
        _("Wait a few minutes. If it goes on, look at why it is refused each time."),
    ),
    "insecure_transport": Words(
        _("The charger must connect over TLS, and did not."),
        _("Set its address to the one that begins with wss://."),
    ),
    "downgrade": Words(
        _("The charger came with less security than it has had before."),
        _(
            "Set the charger back to its security profile. Lower the profile here only if you know"
            " why it changed."
        ),
    ),
    "certificate_missing": Words(
        _("The charger must show a certificate, and showed none."),
        _("Install a certificate of this node on it, or lower its security profile here."),
    ),
    "certificate_expired": Words(
        _("The charger's certificate is not valid now."),
        _("Look at the charger's clock; if it is right, have it ask for a new certificate."),
    ),
    "certificate_other": Words(
        _("The charger showed the certificate of another charger."),
        _("Set the id that the certificate names, or give this charger one of its own."),
    ),
    "certificate_revoked": Words(
        _("The charger's certificate has been revoked."),
        _("Give the charger a new certificate, if it is still yours."),
    ),
    "certificate_untrusted": Words(
        _("Nobody whom this node trusts has signed the charger's certificate."),
        _("Give the charger a certificate of this node, or trust its authority here."),
    ),
    "busy": Words(
        _("The node or its database was too busy, or was being stopped."),
        _("Nothing needs to be done: the charger comes again by itself."),
    ),
    "taken": Words(
        _("A charger with this id is connected already, from another address."),
        _(
            "If they are two chargers, give one of them another id. If it is the same one that has"
            " moved, wait until its old connection has ended."
        ),
    ),
}
_OTHER = Words(
    _("The connection was refused."),
    _("What it was answered stands beside; the log of the node may tell more."),
)


def words(code: str) -> Words:
    """The words for a code; general ones for a code that has none."""
    return _WORDS.get(code, _OTHER)


def codes() -> tuple[str, ...]:
    """The codes that have words of their own."""
    return tuple(_WORDS)
