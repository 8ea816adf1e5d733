"""Certificates and requests for them in words for people."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from ocpp.choices import CertificateRequestState
from ocpp.domain.queries.states import State, Tone
from ocpp.models import Certificate, CertificateRequest

VALID = State(_("Valid"), Tone.FREE, "check-circle", "")
SOON = State(_("Expires soon"), Tone.WAITING, "hourglass-split", "")
NOT_YET = State(_("Not valid yet"), Tone.WAITING, "hourglass-top", "")
EXPIRED = State(_("Expired"), Tone.BROKEN, "x-circle", "")
REVOKED = State(_("Revoked"), Tone.BROKEN, "slash-circle", "")

#: How each state is named in an address.
CERTIFICATE_STATES = {
    "valid": VALID,
    "soon": SOON,
    "not_yet": NOT_YET,
    "expired": EXPIRED,
    "revoked": REVOKED,
}


def of_certificate(row: Certificate, now: datetime) -> State:
    """Whether a certificate is good now, and for how long."""
    if row.revoked is not None:
        return REVOKED
    if row.valid_until <= now:
        return EXPIRED
    if row.valid_from > now:
        return NOT_YET
    return SOON if row.valid_until <= now + _warning() else VALID


def in_state(name: str, now: datetime) -> Q:
    """The certificates that `of_certificate` says `name` of."""
    if name == "revoked":
        return Q(revoked__isnull=False)
    if name == "expired":
        return Q(revoked=None, valid_until__lte=now)
    good = Q(revoked=None, valid_until__gt=now)
    if name == "not_yet":
        return good & Q(valid_from__gt=now)
    good &= Q(valid_from__lte=now)
    soon = Q(valid_until__lte=now + _warning())
    return good & (soon if name == "soon" else ~soon)


def _warning() -> timedelta:
    return timedelta(days=settings.OCPP_CERTIFICATE_WARN_DAYS)


_TONES = {
    CertificateRequestState.WAITING: (Tone.WAITING, "person-check"),
    CertificateRequestState.PENDING: (Tone.BUSY, "hourglass-split"),
    CertificateRequestState.SIGNED: (Tone.BUSY, "pen"),
    CertificateRequestState.SENT: (Tone.BUSY, "send"),
    CertificateRequestState.INSTALLED: (Tone.FREE, "check-circle"),
    CertificateRequestState.REFUSED: (Tone.BROKEN, "x-circle"),
    CertificateRequestState.REJECTED: (Tone.BROKEN, "slash-circle"),
    CertificateRequestState.FAILED: (Tone.BROKEN, "exclamation-triangle"),
    CertificateRequestState.SUPERSEDED: (Tone.UNKNOWN, "skip-forward"),
}


def of_request(row: CertificateRequest) -> State:
    """Where a request stands."""
    state = CertificateRequestState(row.state)
    tone, icon = _TONES[state]
    return State(state.label, tone, icon, "")
