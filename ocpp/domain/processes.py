"""The processes of a node: each owns the chargers it holds while its lease lasts.

A lease is renewed every few seconds. Whoever notices that one is over ends the presence of that
process's chargers. Leases are compared by the clock of the database alone, since the clocks of
machines differ.
"""

import logging
import os
import secrets
import socket
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import NamedTuple

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now

from ocpp import changes, limits_hit, metrics
from ocpp.choices import CommandState
from ocpp.domain import commands
from ocpp.models import Charger, ServerProcess, Takeover

logger = logging.getLogger(__name__)

#: This process, as `Charger.owner` names it: host, process id, and a word that no other run has.
OWNER = f"{socket.gethostname()[:32]}/{os.getpid()}/{secrets.token_hex(4)}"

#: How many connections are compared with the database by one query.
AT_ONCE = 500


def renew() -> bool:
    """Renew the lease of this process, and tell how it is.

    Returns False when it had none and begins a new one.
    """
    until = Now() + timedelta(seconds=settings.OCPP_LEASE_S)
    hits = {name: count for name, count in limits_hit.snapshot().items() if count}
    metrics.recent.sample()
    told = metrics.recent.snapshot()
    mine = ServerProcess.objects.filter(name=OWNER)
    if mine.update(lease_until=until, limits_hit=hits, snapshot=told):
        return True
    ServerProcess.objects.create(
        name=OWNER,
        host=socket.gethostname()[:255],
        pid=os.getpid(),
        started=Now(),
        lease_until=until,
        limits_hit=hits,
        counted_since=limits_hit.started,
        snapshot=told,
    )
    return False


def lives(owner: str) -> bool:
    """Whether the lease of that process lasts."""
    return ServerProcess.objects.filter(name=owner, lease_until__gte=Now()).exists()


def living() -> list[str]:
    """The processes whose lease lasts, by their names."""
    lasting = ServerProcess.objects.filter(lease_until__gte=Now())
    return list(lasting.order_by("name").values_list("name", flat=True))


def bury_the_dead(now: datetime) -> list[str]:
    """End the presence of the processes whose lease is over; returns their names.

    Of several that notice it at the same time, one does it.
    """
    over = ServerProcess.objects.filter(lease_until__lt=Now()).exclude(name=OWNER)
    return [name for name in list(over.values_list("name", flat=True)) if _bury(name, now)]


def _bury(name: str, now: datetime) -> bool:
    with transaction.atomic():
        # Who deletes the row does the rest. It may have been renewed at the last moment.
        if not ServerProcess.objects.filter(name=name, lease_until__lt=Now()).delete()[0]:
            return False
        count = end_presence(name, now)
    logger.warning("The process %s is gone; %d chargers are offline", name, count)
    return True


def leave(now: datetime) -> int:
    """This process ends in order: it gives back its lease and its chargers. Returns how many."""
    with transaction.atomic():
        ServerProcess.objects.filter(name=OWNER).delete()
        return end_presence(OWNER, now)


def end_presence(owner: str, now: datetime) -> int:
    """No charger is connected to that process any more. Returns how many were."""
    theirs = Charger.objects.filter(owner=owner)
    waiting = theirs.filter(commands__state=CommandState.SENT)
    for charger_pk, epoch in list(waiting.values_list("pk", "epoch").distinct()):
        commands.connection_lost(charger_pk, epoch, now)
    ServerProcess.objects.filter(name=owner).delete()
    Takeover.objects.filter(owner=owner).delete()
    for charger_pk in theirs.order_by().values_list("pk", flat=True) if changes.wanted() else ():
        transaction.on_commit(partial(changes.note, charger_pk))
    return theirs.update(owner="", disconnected_at=now)


class Compared(NamedTuple):
    """What the database says of the connections that this process holds."""

    #: Chargers with a newer connection elsewhere, or that are no more.
    outdated: list[int]
    #: Chargers that were taken for offline, and are this process's again.
    regained: list[int]


def compare(held: Mapping[int, int], *, regain: bool) -> Compared:
    """Compare connections (charger: epoch) with the database.

    With `regain`, those that were ended with this process's lease, and have no newer one, are
    online again.
    """
    outdated: list[int] = []
    regained: list[int] = []
    pks = list(held)
    for start in range(0, len(pks), AT_ONCE):
        some = pks[start : start + AT_ONCE]
        rows = Charger.objects.filter(pk__in=some).order_by().values_list("pk", "epoch", "owner")
        found = {pk: (epoch, owner) for pk, epoch, owner in rows}
        for pk in some:
            epoch, owner = found.get(pk, (held[pk] + 1, ""))
            if epoch > held[pk]:
                outdated.append(pk)
            elif regain and not owner and _regain(pk, epoch):
                regained.append(pk)
    return Compared(outdated, regained)


def _regain(charger_pk: int, epoch: int) -> bool:
    lost = Charger.objects.filter(pk=charger_pk, epoch=epoch, owner="")
    return bool(lost.update(owner=OWNER, disconnected_at=None))
