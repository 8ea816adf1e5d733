"""Requests of charge points for certificates: asked, decided, signed, sent (whitepaper, A02).

The charge point is answered at once. Signing, which may take as long as another authority
likes, is done by `advance` outside of the writer; every step of it is a conditional UPDATE, so
that it may be done by any process, again after a crash, and is done once.
"""

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding
from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils.translation import gettext as _

from accounts.models import User
from audit import domain as audit
from ocpp.choices import (
    OPEN_CERTIFICATE_REQUEST_STATES,
    CertificateRequestState,
    CommandState,
    Registration,
)
from ocpp.domain import anomalies
from ocpp.domain.certificates import reading
from ocpp.domain.errors import Conflict, Invalid
from ocpp.domain.oddities import Oddity, odd
from ocpp.domain.station import Station
from ocpp.models import Certificate, CertificateRequest, Charger, Command

logger = logging.getLogger(__name__)

#: Requests of one charge point within a day, and those that are kept.
MOST_A_DAY = 20
KEPT = 50

ACCEPTED = "Accepted"
REJECTED = "Rejected"

_State = CertificateRequestState


def asked(station: Station, csr: str) -> str:
    """A charge point asks for a certificate; returns the status of the answer.

    A request that is repeated while it is on its way stays one request. A new one supersedes
    those before it.
    """
    charger = Charger.objects.only("charger_id", "registration", "discovered").get(pk=station.pk)
    mine = CertificateRequest.objects.filter(charger=charger)
    if mine.filter(created__gt=station.now - timedelta(days=1)).count() >= MOST_A_DAY:
        anomalies.note_once(station, odd(Oddity.MANY_REQUESTS, most=MOST_A_DAY))
        return REJECTED
    pem = ""
    try:
        request = reading.read_csr("csr", csr)
        pem = request.public_bytes(Encoding.PEM).decode("ascii")
        reading.check_csr("csr", request, charger.charger_id)
        _check_allowed(charger)
    except (Invalid, Conflict) as refusal:
        _forget_old(mine)
        _add(
            station,
            pem,
            _State.REJECTED,
            reason=reading.storable(str(refusal)),
            finished=station.now,
        )
        return REJECTED
    if mine.filter(csr=pem, state__in=OPEN_CERTIFICATE_REQUEST_STATES).exists():
        return ACCEPTED
    mine.filter(state__in=OPEN_CERTIFICATE_REQUEST_STATES).update(
        state=_State.SUPERSEDED, due=None, finished=station.now
    )
    _forget_old(mine)
    if settings.OCPP_SIGN_CERTIFICATES == "known" and not charger.discovered:
        _add(station, pem, _State.PENDING, due=station.now)
    else:
        _add(station, pem, _State.WAITING)
    return ACCEPTED


def _check_allowed(charger: Charger) -> None:
    if settings.OCPP_SIGN_CERTIFICATES == "closed":
        raise Conflict(_("This node gives no certificates (OCPP_SIGN_CERTIFICATES)."))
    if charger.registration != Registration.ACCEPTED:
        raise Conflict(
            _("%(charger)s is not accepted. Accept it before it gets a certificate.")
            % {"charger": charger.charger_id}
        )


def _add(station: Station, pem: str, state: str, **facts: Any) -> None:
    CertificateRequest.objects.create(
        charger_id=station.pk, csr=pem, state=state, created=station.now, **facts
    )


def _forget_old(mine: QuerySet[CertificateRequest]) -> None:
    finished = mine.exclude(state__in=OPEN_CERTIFICATE_REQUEST_STATES)
    old = list(finished.order_by("-pk").values_list("pk", flat=True)[KEPT - 1 :])
    if old:
        mine.filter(pk__in=old).delete()


# --- what staff decide -----------------------------------------------------------------------


def approve(request: CertificateRequest, user: User | None, now: datetime) -> None:
    """Have a request signed that waits for it. Raises Conflict for any other."""
    charger = Charger.objects.only("charger_id", "registration").get(pk=request.charger_id)
    _check_allowed(charger)
    _decide(request, (_State.WAITING,), state=_State.PENDING, due=now, decided_by=user)


def reject(request: CertificateRequest, user: User | None, reason: str, now: datetime) -> None:
    """Do not sign a request. Raises Conflict when it is signed or finished already."""
    _decide(
        request,
        (_State.WAITING, _State.PENDING, _State.FAILED),
        state=_State.REJECTED,
        reason=reason[:500],
        due=None,
        finished=now,
        decided_by=user,
    )


def retry(request: CertificateRequest, user: User | None, now: datetime) -> None:
    """Sign again what failed, or send again what is signed. Raises Conflict where that is no use.

    A newer request of the charger is never overtaken.
    """
    charger = Charger.objects.only("charger_id", "registration").get(pk=request.charger_id)
    _check_allowed(charger)
    newer = CertificateRequest.objects.filter(charger=charger, pk__gt=request.pk)
    if newer.filter(state__in=(*OPEN_CERTIFICATE_REQUEST_STATES, _State.INSTALLED)).exists():
        raise Conflict(_("%(charger)s has asked anew since then.") % {"charger": charger})
    revoked = request.certificate is not None and request.certificate.revoked is not None
    signed = bool(request.chain) and not revoked
    _decide(
        request,
        (_State.REFUSED, _State.FAILED, _State.SIGNED, _State.SENT) if signed else (_State.FAILED,),
        state=_State.SIGNED if signed else _State.PENDING,
        due=now,
        attempts=0,
        reason="",
        finished=None,
        decided_by=user,
    )


def _decide(
    request: CertificateRequest, states: tuple[CertificateRequestState, ...], **facts: Any
) -> None:
    with transaction.atomic():
        before = {"state": request.state}
        if CertificateRequest.objects.filter(pk=request.pk, state__in=states).update(**facts):
            user = facts["decided_by"]
            after = {"state": facts["state"], "reason": facts.get("reason", "")}
            audit.record(
                "certificate_request.decided",
                request,
                before=before,
                after=after,
                user_pk=user.pk if user else None,
            )
            return
    request.refresh_from_db()
    raise Conflict(
        _("That does not go with a request in the state “%(state)s”.")
        % {"state": request.get_state_display()}
    )


def revoke(certificate: Certificate, reason: str, now: datetime) -> None:
    """A certificate is trusted no longer: from the next connection on, and a live one is ended.

    It is not sent any more either. Raises Conflict when it is revoked already.
    """
    with transaction.atomic():
        mine = Certificate.objects.filter(pk=certificate.pk, revoked=None)
        if not mine.update(revoked=now, revocation_reason=reason[:200]):
            raise Conflict(_("This certificate is revoked already."))
        audit.record("certificate.revoked", certificate, after={"reason": reason[:200]})
        CertificateRequest.objects.filter(
            certificate=certificate, state__in=(_State.SIGNED, _State.SENT)
        ).update(state=_State.REJECTED, reason=_("revoked"), due=None, finished=now)
    certificate.refresh_from_db()


# --- what the process that holds the connection does -------------------------------------------


def due(owner: str, now: datetime) -> list[int]:
    """The requests to go on with, of the chargers whose connections the process `owner` holds."""
    rows = CertificateRequest.objects.filter(due__lte=now, charger__owner=owner)
    return list(rows.order_by("due").values_list("pk", flat=True))


def revoked_here(owner: str) -> list[int]:
    """The chargers whose connection at `owner` is older than the revocation of a certificate."""
    rows = Certificate.objects.filter(revoked__gte=F("charger__connected_at"), charger__owner=owner)
    return list(rows.order_by().values_list("charger_id", flat=True).distinct())


# --- what the charge point answers -------------------------------------------------------------


def learn_signed(command: Command, response: Mapping[str, Any], now: datetime) -> None:
    """The charge point answered CertificateSigned."""
    if "status" in response:  # a late CALLERROR has none
        state = _State.INSTALLED if response["status"] == ACCEPTED else _State.REFUSED
        _of(command).update(state=state, reason="", due=None, finished=now)


def learn_not_signed(command: Command, reason: str, now: datetime) -> None:
    """It answered with a CALLERROR. What only expired is sent again: `advance` sees to it."""
    state = Command.objects.values_list("state", flat=True).get(pk=command.pk)
    if state == CommandState.ERROR:
        _of(command).update(state=_State.REFUSED, reason=reason[:500], due=None, finished=now)


def _of(command: Command) -> QuerySet[CertificateRequest]:
    # It may have asked anew, or been given up, before its answer came: that is true all the same.
    states = (_State.SENT, _State.SIGNED, _State.FAILED, _State.SUPERSEDED)
    return CertificateRequest.objects.filter(command=command, state__in=states)
