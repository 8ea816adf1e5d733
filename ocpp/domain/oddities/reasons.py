"""Why a connection proves too little: codes with values, as oddities are, and their sentences.

The sentence in the source language is what the charge point is answered; staff read that of their
own language.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

from django.utils.translation import gettext, gettext_noop


class Why(StrEnum):
    """The code of a reason. One that was stored once keeps its meaning."""

    NOT_LESS_THAN_TLS = "not_less_than_tls"
    NO_TLS = "no_tls"
    KEY_IS_NOT_ENOUGH = "key_is_not_enough"
    NO_CERTIFICATE = "no_certificate"
    BAD_HEADER = "bad_header"
    NO_KEY = "no_key"
    TOO_MANY_KEYS = "too_many_keys"
    WRONG_KEY = "wrong_key"

    NOT_ACCEPTED = "not_accepted"
    NOT_READABLE = "not_readable"
    OF_ANOTHER = "of_another"
    NOT_FOR_CLIENTS = "not_for_clients"
    NOT_YET_VALID = "not_yet_valid"
    EXPIRED = "expired"
    REVOKED = "revoked"


# The marker only tells the catalogue: nothing here is translated before somebody reads it.
_ = gettext_noop
SENTENCES: Mapping[str, str] = {
    Why.NOT_LESS_THAN_TLS: _("This charge point has to connect over TLS (wss://), not less."),
    Why.NO_TLS: _("This charge point has to connect over TLS (wss://)."),
    Why.KEY_IS_NOT_ENOUGH: _(
        "This charge point has to show its client certificate; a key is not enough."
    ),
    Why.NO_CERTIFICATE: _("This charge point has to show its client certificate."),
    Why.BAD_HEADER: _("The Authorization header cannot be read."),
    Why.NO_KEY: _("This charge point has to send its key."),
    Why.TOO_MANY_KEYS: _("Too many wrong keys from this address. Please try again later."),
    Why.WRONG_KEY: _("The user name or the key is wrong."),
    Why.NOT_ACCEPTED: _("The client certificate is not accepted: %(error)s."),
    Why.NOT_READABLE: _("The client certificate cannot be read."),
    Why.OF_ANOTHER: _("The client certificate belongs to another charge point."),
    Why.NOT_FOR_CLIENTS: _("The certificate is not meant for TLS clients."),
    Why.NOT_YET_VALID: _("The client certificate is not valid before %(time)s."),
    Why.EXPIRED: _("The client certificate expired at %(time)s."),
    Why.REVOKED: _("The client certificate was revoked."),
}


class Reason(NamedTuple):
    """A reason: its code, and the values that its sentence tells."""

    code: Why
    values: dict[str, str]

    def __str__(self) -> str:
        """The sentence in the source language."""
        return SENTENCES[self.code] % self.values


def reason(code: Why, **values: str) -> Reason:
    """A reason to refuse."""
    return Reason(code, values)


def told(code: str, values: Mapping[str, object], otherwise: str) -> str:
    """The sentence of a code in the language of the reader; `otherwise` where it has none."""
    source = SENTENCES.get(code)
    if source is None:
        return otherwise
    try:
        return gettext(source) % values
    except (KeyError, TypeError, ValueError):
        return otherwise  # a row of another version, whose values had other names
