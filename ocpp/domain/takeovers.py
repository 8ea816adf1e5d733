"""Takeover of a connection that another process holds: who wins, and how that process learns it.

What one process asks of another is a row that the other looks for; a hint makes it look at once.
"""

from datetime import timedelta
from functools import partial
from typing import NamedTuple

from django.db import connection, transaction
from django.db.models.functions import Now

from ocpp import store
from ocpp.choices import SecurityProfile
from ocpp.domain import processes
from ocpp.domain.processes import OWNER
from ocpp.models import Charger, ServerProcess, Takeover

#: How long the older connection is looked for: it may just be being opened.
KEPT = timedelta(seconds=15)

#: In words of SQL, since it is asked with every COMMIT.
_FENCES = "SELECT charger_id, epoch FROM ocpp_takeover WHERE owner = %s AND kind = %s"


class Contested(NamedTuple):
    """Another process holds a connection of the charger, which may live: it has to be asked."""

    charger_pk: int
    owner: str
    epoch: int


class Errand(NamedTuple):
    """What another process asks of this one."""

    pk: int
    charger_pk: int
    epoch: int


class Errands(NamedTuple):
    """All that other processes ask of this one."""

    probe: list[Errand]
    close: list[Errand]


def contested(charger: Charger, address: str, beaten: int | None) -> Contested | None:
    """Whether the charger's present connection has to be asked first whether it lives.

    Where nothing has to be proved (security profile 0), a connection from another network address
    wins only against a dead one. In all other cases the newest wins.
    """
    if charger.owner in ("", OWNER) or charger.epoch == beaten:
        return None
    if charger.security_profile > SecurityProfile.NONE or charger.remote_address == address[:64]:
        return None
    if not processes.lives(charger.owner):
        return None
    return Contested(charger.pk, charger.owner, charger.epoch)


def announce(charger_pk: int, former: str, epoch: int) -> None:
    """The connection `epoch` has taken the charger from the process `former`, which is told."""
    if ServerProcess.objects.filter(name=former).exists():
        Takeover.objects.create(
            owner=former,
            charger_id=charger_pk,
            kind=Takeover.Kind.CLOSE,
            epoch=epoch,
            created=Now(),
        )
        transaction.on_commit(partial(store.tell, "look", charger_pk))


def ask(about: Contested) -> int:
    """Ask the process that holds the connection whether it lives; returns the question."""
    question = Takeover.objects.create(
        owner=about.owner,
        charger_id=about.charger_pk,
        kind=Takeover.Kind.PROBE,
        epoch=about.epoch,
        created=Now(),
    )
    transaction.on_commit(partial(store.tell, "look", about.charger_pk))
    return question.pk


def answer(question: int, alive: bool) -> None:
    """Answer a question of another process."""
    Takeover.objects.filter(pk=question).update(alive=alive)


def verdict(question: int) -> bool | None:
    """What was answered; None while there is no answer.

    A process that is gone has taken its questions with it: then nobody lives there.
    """
    answers = list(Takeover.objects.filter(pk=question).values_list("alive", flat=True))
    return answers[0] if answers else False


def settle(question: int) -> None:
    """Nobody waits for the answer any more."""
    Takeover.objects.filter(pk=question).delete()


def errands() -> Errands:
    """What other processes ask of this one, which drops what it had time enough to do."""
    mine = Takeover.objects.filter(owner=OWNER)
    rows = list(mine.order_by("pk").values_list("kind", "alive", "pk", "charger_id", "epoch"))
    if rows:
        mine.filter(created__lt=Now() - KEPT).delete()
    probe = [Errand(*row) for kind, alive, *row in rows if kind == "probe" and alive is None]
    return Errands(probe, [Errand(*row) for kind, _, *row in rows if kind == "close"])


def fences() -> dict[int, int]:
    """Chargers that other processes have taken from this one, with the epoch that they have now.

    Once for each COMMIT: what an older connection says is not taken for the charger's.
    """
    found: dict[int, int] = {}
    with connection.cursor() as cursor:
        cursor.execute(_FENCES, [OWNER, Takeover.Kind.CLOSE.value])
        for charger_pk, epoch in cursor.fetchall():
            found[charger_pk] = max(epoch, found.get(charger_pk, 0))
    return found


def is_newest(charger_pk: int, epoch: int) -> bool:
    """Whether no newer connection of the charger has begun, in any process."""
    return Charger.objects.filter(pk=charger_pk, epoch=epoch).exists()
