"""Which chargers other processes have changed, where no Redis tells it: a look at the database."""

from collections import defaultdict
from collections.abc import Collection
from datetime import timedelta
from typing import NamedTuple

from django.db.models import Q
from django.db.models.functions import Now

from ocpp.choices import TransactionState
from ocpp.domain.processes import OWNER
from ocpp.domain.queries.dashboard import visible
from ocpp.models import Charger, Message, ServerProcess, Transaction

#: Messages that a look goes through at most; when there are more, the newest.
MOST = 5000
#: How far a look reaches back for what has no number (s): a little over the pause between two.
REACH_S = 8.0


class Seen(NamedTuple):
    """What a look has found, and from where the next one goes on."""

    changed: set[int]
    #: The newest message at this look, and at the one before it.
    newest: int | None
    before: int | None


def look(last: Seen | None) -> Seen:
    """The chargers that have changed since the look before `last`; none when no other process is.

    From two looks back, since a message with a lower number may have been committed later. Messages
    are found by their number and edits by an index; only ends of connections need a look at each
    charger.
    """
    if not ServerProcess.objects.exclude(name=OWNER).filter(lease_until__gte=Now()).exists():
        return Seen(set(), None, None)
    newest = Message.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    if last is None or last.newest is None:
        return Seen(set(), newest, newest)
    since = last.newest if last.before is None else last.before
    rows = Message.objects.filter(pk__gt=since).order_by("-pk")
    changed = set(rows.values_list("charger_id", flat=True)[:MOST])
    moment = Now() - timedelta(seconds=REACH_S)
    recent = Q(revised__gt=moment) | Q(disconnected_at__gt=moment) | Q(connected_at__gt=moment)
    changed.update(Charger.objects.filter(recent).order_by().values_list("pk", flat=True))
    return Seen(changed, newest, last.newest)


class Name(NamedTuple):
    """How a charger is called, and whether everybody may know of it."""

    charger_id: str
    public: bool


def names(charger_pks: Collection[int]) -> dict[int, Name]:
    """The names of chargers by their keys; those that are no more are missing."""
    public = set(visible(staff=False).filter(pk__in=charger_pks).values_list("pk", flat=True))
    rows = Charger.objects.filter(pk__in=charger_pks).order_by().values_list("pk", "charger_id")
    return {pk: Name(charger_id, pk in public) for pk, charger_id in rows}


def keys(charger_ids: Collection[str], *, staff: bool) -> dict[int, str]:
    """The chargers among `charger_ids` that one may know of: their ids by their keys."""
    rows = visible(staff=staff).filter(charger_id__in=charger_ids).order_by()
    return dict(rows.values_list("pk", "charger_id"))


def of_own_sessions(users: Collection[int]) -> dict[int, dict[int, str]]:
    """Where sessions of these users' accounts run now: ids of chargers by their keys, by user.

    One query by the index of running sessions, however many chargers there are.
    """
    running = Transaction.objects.filter(account__user__in=users, state=TransactionState.ACTIVE)
    places: defaultdict[int, dict[int, str]] = defaultdict(dict)
    for one in (
        running.order_by()
        .select_related("account", "charger")
        .only("account__user", "charger__charger_id")
    ):
        assert one.account is not None  # noqa: S101  (they were asked for by it)
        places[one.account.user_id][one.charger_id] = one.charger.charger_id
    return dict(places)
