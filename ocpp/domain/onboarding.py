"""Chargers on their way in: who waits for approval, who was refused and why, and the address."""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from django.conf import settings
from django.contrib.admin.models import ADDITION, CHANGE, LogEntry
from django.db.models import F, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts.models import User
from ocpp.choices import Registration
from ocpp.domain import registration
from ocpp.domain.chargers import Refused, check_id
from ocpp.domain.errors import Invalid, NotFound
from ocpp.models import Charger, ConnectionAttempt
from ocpp.models.charger import identity_key


class Refusal(NamedTuple):
    """Connections that were refused for the same reason: so many `times`, first and last when."""

    charger_id: str
    address: str
    code: str
    reason: str
    path: str
    first: datetime
    last: datetime
    times: int


def record(refusals: Collection[Refusal]) -> None:
    """Keep refused connections; the same id, address and reason again is one row.

    However many come, at most `OCPP_ATTEMPTS_KEPT` rows stay, and `OCPP_ATTEMPTS_PER_ADDRESS` of
    one address, so that a flood from there leaves the others to be seen.
    """
    # In one order, so that two processes never wait for each other.
    for one in sorted(refusals, key=lambda one: (one.charger_id, one.address, one.code)):
        row, made = ConnectionAttempt.objects.get_or_create(
            charger_id=one.charger_id[:64],
            address=one.address[:64],
            code=one.code[:32],
            defaults={
                "path": one.path[:255],
                "reason": one.reason[:200],
                "first": one.first,
                "last": one.last,
                "count": one.times,
            },
        )
        if not made:
            ConnectionAttempt.objects.filter(pk=row.pk).update(
                count=F("count") + one.times,
                last=one.last,
                path=one.path[:255],
                reason=one.reason[:200],
            )
    for address in {one.address[:64] for one in refusals}:
        of_address = ConnectionAttempt.objects.filter(address=address)
        _keep(of_address, settings.OCPP_ATTEMPTS_PER_ADDRESS)
    _keep(ConnectionAttempt.objects.all(), settings.OCPP_ATTEMPTS_KEPT)


def _keep(rows: QuerySet[ConnectionAttempt], most: int) -> None:
    """Forget all but the newest."""
    too_old = list(rows.order_by("-last", "-pk").values_list("pk", flat=True)[most:])
    if too_old:
        ConnectionAttempt.objects.filter(pk__in=too_old).delete()


def waiting() -> QuerySet[Charger]:
    """Chargers that are pending: those that nobody has looked at first, then the newest."""
    pending = Charger.objects.filter(registration=Registration.PENDING)
    return pending.order_by("-discovered", "-created")


def count_waiting() -> int:
    """How many chargers wait for somebody to look at them."""
    return Charger.objects.filter(registration=Registration.PENDING, discovered=True).count()


def decide(charger_id: str, decision: Registration, user: User | None = None) -> Charger:
    """Accept, put off or reject the charger of that id; one that is not known yet is made.

    What was refused of that id is forgotten; who decided it is recorded. Raises Invalid for an id
    that cannot be.
    """
    require_id(charger_id)
    charger = Charger.objects.filter(id_key=identity_key(charger_id)).first()
    if charger is None:
        charger = Charger.objects.create(charger_id=charger_id, registration=decision)
        _log(user, charger, ADDITION, decision)
    else:
        registration.decide(charger, decision)
        _log(user, charger, CHANGE, decision)
    ConnectionAttempt.objects.filter(charger_id__iexact=charger_id).delete()
    return charger


def _log(user: User | None, charger: Charger, deed: int, decision: Registration) -> None:
    if user is not None:
        with override("en"):
            said = str(decision.label)
        LogEntry.objects.log_actions(
            user.pk, [charger], deed, change_message=said, single_object=True
        )


def require_id(charger_id: str) -> None:
    """Raise Invalid for text that cannot be a charger's id."""
    try:
        check_id(charger_id)
    except Refused:
        text = _("has 1 to 48 characters, without spaces or control characters.")
        raise Invalid("charger_id", text) from None


def forget(number: int) -> ConnectionAttempt:
    """A refused connection has been seen to; it comes back if it is refused again."""
    attempt = None
    if 0 < number < 2**63:
        attempt = ConnectionAttempt.objects.filter(pk=number).first()
    if attempt is None:
        raise NotFound(_("There is no refused connection %(number)s.") % {"number": number})
    attempt.delete()
    return attempt
