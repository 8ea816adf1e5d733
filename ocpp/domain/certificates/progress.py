"""Going on with requests for certificates: sign, send, see whether it arrived.

For a thread of its own: an authority may be slow, and may not be there.
"""

import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from audit import domain as audit
from ocpp.choices import CertificateKind, CertificateRequestState, CommandState, Registration
from ocpp.domain import commands, configuration
from ocpp.domain.certificates import authority, reading, signing
from ocpp.domain.errors import DomainError, Invalid
from ocpp.models import CertificateRequest

logger = logging.getLogger(__name__)

#: Who claims a request has this long before another may.
LEASE = timedelta(minutes=10)
#: How long after a failure it is tried again: this, twice this, and so on up to the longest.
PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(hours=1)
#: How often a command that carries a certificate is looked after.
LOOK = timedelta(seconds=10)
#: Failures after which staff have to see to it.
MOST_ATTEMPTS = 10
#: The configuration key for the longest chain that a charge point takes (characters).
CHAIN_KEY = "CertificateSignedMaxChainSize"

_State = CertificateRequestState


def advance(request_pk: int) -> None:
    """Do what is due for a request, unless another process does it."""
    request = _claim(request_pk, timezone.now())
    if request is None:
        return
    if request.state == _State.SENT:
        _look_after(request)
    if request.state == _State.PENDING:
        _sign(request)
    if request.state == _State.SIGNED:
        _send(request)


def _claim(request_pk: int, now: datetime) -> CertificateRequest | None:
    request = (
        CertificateRequest.objects.select_related("charger", "command", "certificate")
        .filter(pk=request_pk, due__lte=now)
        .first()
    )
    if request is None:
        return None
    mine = CertificateRequest.objects.filter(pk=request.pk, state=request.state, due=request.due)
    return request if mine.update(due=now + LEASE) else None


def _sign(request: CertificateRequest) -> None:
    if request.charger.registration != Registration.ACCEPTED:
        _end(request, _State.REJECTED, _("The charger is not accepted any more."))
        return
    try:
        chain = signing.sign(request.charger.charger_id, request.csr, timezone.now())
    except (Invalid, signing.Refused) as refusal:
        _end(request, _State.REJECTED, str(refusal))
        return
    except Exception as error:
        name = request.charger.charger_id
        logger.warning("A certificate for %a was not signed", name, exc_info=True)
        _try_later(request, str(error) or type(error).__name__)
        return
    with transaction.atomic():
        row = authority.keep(chain[0], CertificateKind.CHARGE_POINT, request.charger)
        if row.revoked is not None:  # another authority may give the same one again
            _end(request, _State.REJECTED, _("This certificate is revoked already."))
            return
        # Staff may have rejected it meanwhile, or the charge point may have asked anew: then the
        # row is not kept, and nobody trusts the certificate.
        if not _change(
            request,
            state=_State.SIGNED,
            chain=reading.as_pem(*chain),
            certificate=row,
            attempts=0,
            reason="",
        ):
            transaction.set_rollback(True)


def _send(request: CertificateRequest) -> None:
    now = timezone.now()
    try:
        with transaction.atomic():
            command = commands.queue(
                request.charger, "certificate_signed", {"certificate_chain": _fitting(request)}
            )
            if not _change(request, state=_State.SENT, command=command, due=now + LOOK):
                transaction.set_rollback(True)
                return
            told = {"charger": request.charger_id, "command": command.pk}
            audit.record("certificate.sent", request.certificate, after=told)
    except DomainError as refusal:
        # It has just gone, is not accepted now, or its queue is full.
        _change(request, reason=str(refusal)[:500], due=now + LOOK)


def _fitting(request: CertificateRequest) -> str:
    """The chain, or where the charge point takes less than that, its own certificate alone."""
    most = configuration.number(request.charger.config, CHAIN_KEY)
    if most is None or len(request.chain) <= most or request.certificate is None:
        return request.chain
    return request.certificate.pem


def _look_after(request: CertificateRequest) -> None:
    """Where the command got no answer, the certificate is to be sent again."""
    command = request.command
    state = None if command is None else CommandState(command.state)
    unanswered = (CommandState.EXPIRED, CommandState.FAILED, CommandState.TIMEOUT, None)
    if state not in unanswered:
        _change(request, due=timezone.now() + LOOK)
    elif request.attempts + 1 >= MOST_ATTEMPTS:
        _end(request, _State.FAILED, _("The charge point did not answer."))
    else:
        _change(request, state=_State.SIGNED, attempts=request.attempts + 1)


def _try_later(request: CertificateRequest, reason: str) -> None:
    attempts = request.attempts + 1
    if attempts >= MOST_ATTEMPTS:
        _end(request, _State.FAILED, reason)
        return
    pause = min(PAUSE * 2 ** (attempts - 1), LONGEST_PAUSE)
    _change(request, attempts=attempts, reason=reading.storable(reason), due=timezone.now() + pause)


def _end(request: CertificateRequest, state: CertificateRequestState, reason: str) -> None:
    _change(
        request, state=state, reason=reading.storable(reason), due=None, finished=timezone.now()
    )


def _change(request: CertificateRequest, **facts: object) -> bool:
    """Change a request unless its state is another one by now."""
    mine = CertificateRequest.objects.filter(pk=request.pk, state=request.state)
    if not mine.update(**facts):
        return False
    for name, value in facts.items():
        setattr(request, name, value)
    return True
