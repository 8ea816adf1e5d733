"""What charging knows of a person: sessions, reservations, commands, and the tags in them.

Sessions stay, with all that was measured and paid; which card, vehicle and tag it was is taken out
of them, and of the message log. Log files end by their age (`LOG_KEEP_DAYS`), and the lists of
cards say what a charge point has been told.
"""

import re
from typing import Final

from django.db.models import Max, Min, Q
from django.utils.translation import gettext as _

from accounts.domain import privacy
from accounts.models import RFID, User
from ocpp.choices import ReservationState, TransactionState
from ocpp.models import Command, Message, OrphanStop, Reservation, Transaction, UnknownTag

#: Messages that one statement goes through.
_LOG_PIECE: Final = 20_000

_OPEN = (ReservationState.PENDING, ReservationState.ACTIVE)


def register() -> None:
    """Take part in what is handed out and erased."""
    privacy.register(privacy.Part("charging", export, refusal, erase))


def _sessions(user: User) -> Q:
    return Q(account__user=user) | Q(rfid__user=user) | Q(id_tag__in=_tags(user))


def _tags(user: User) -> list[str]:
    return list(RFID.objects.filter(user=user).values_list("rfid", flat=True))


def export(user: User) -> dict[str, object]:
    """Sessions, reservations and the commands that the user asked for; times in UTC."""
    sessions = Transaction.objects.filter(_sessions(user)).select_related(
        "charger", "cost", "vehicle"
    )
    reservations = Reservation.objects.filter(_sessions(user)).select_related("charger")
    commands = Command.objects.filter(created_by=user).select_related("charger")
    return {
        "sessions": [_session(row) for row in sessions.order_by("pk")],
        "reservations": [
            {
                "charger": row.charger.charger_id,
                "connector": row.connector_id,
                "id_tag": row.id_tag,
                "created": row.created.isoformat(),
                "expires": row.expires.isoformat(),
                "state": row.state,
            }
            for row in reservations.order_by("pk")
        ],
        "commands": [
            {
                "charger": row.charger.charger_id,
                "action": row.action,
                "created": row.created.isoformat(),
                "state": row.state,
            }
            for row in commands.order_by("pk")
        ],
    }


def _session(row: Transaction) -> dict[str, object]:
    cost = getattr(row, "cost", None)
    return {
        "number": row.pk,
        "charger": row.charger.charger_id,
        "connector": row.connector_id,
        "id_tag": row.id_tag,
        "vehicle": None if row.vehicle is None else row.vehicle.VIN,
        "state": row.state,
        "started": row.start_time.isoformat(),
        "stopped": None if row.stop_time is None else row.stop_time.isoformat(),
        "energy_wh": row.energy_wh,
        "total": None if cost is None else f"{cost.total} {cost.currency}",
    }


def refusal(user: User) -> str:
    """Why the user is still needed: a session that runs, a reservation that is open; or ""."""
    running = Transaction.objects.filter(_sessions(user), state=TransactionState.ACTIVE)
    if (session := running.select_related("charger").first()) is not None:
        return _("Session %(number)s runs at %(charger)s: end it first.") % {
            "number": session.pk,
            "charger": session.charger.charger_id,
        }
    held = Reservation.objects.filter(_sessions(user), state__in=_OPEN)
    if (reservation := held.select_related("charger").first()) is not None:
        return _("Reservation %(number)s at %(charger)s is open: cancel it first.") % {
            "number": reservation.pk,
            "charger": reservation.charger.charger_id,
        }
    return ""


def erase(user: User) -> None:
    """Take cards, vehicles and tags out of the user's sessions, reservations and commands."""
    name = privacy.erased_name(user)
    tags = _tags(user)
    Transaction.objects.filter(stop_id_tag__in=tags).update(stop_id_tag=name)
    Transaction.objects.filter(_sessions(user)).update(id_tag=name, rfid=None, vehicle=None)
    OrphanStop.objects.filter(id_tag__in=tags).update(id_tag=name)
    Reservation.objects.filter(_sessions(user)).update(
        id_tag=name[:20], parent_id_tag="", rfid=None
    )
    UnknownTag.objects.filter(tag__in=tags).delete()
    _forget_in_the_message_log(tags, name)
    for tag in tags:
        Command.objects.filter(payload__id_tag=tag).update(payload={"id_tag": name})


def _forget_in_the_message_log(tags: list[str], name: str) -> None:
    """Put `name` in the place of the tags in all messages, however their letters were written.

    No index helps to find them, so it goes through the log in pieces, each a short statement.
    """
    if not tags:
        return
    span = Message.objects.aggregate(first=Min("pk"), last=Max("pk"))
    if span["first"] is None:
        return
    # As a whole text of JSON: a short tag may be a part of another's.
    theirs = re.compile("|".join(re.escape(f'"{tag}"') for tag in tags), re.IGNORECASE)
    holds = Q()
    for tag in tags:
        holds |= Q(request__icontains=f'"{tag}"') | Q(answer__icontains=f'"{tag}"')
    for start in range(span["first"], span["last"] + 1, _LOG_PIECE):
        piece = Message.objects.filter(pk__gte=start, pk__lt=start + _LOG_PIECE)
        for row in piece.filter(holds).only("pk", "request", "answer"):
            Message.objects.filter(pk=row.pk).update(
                request=theirs.sub(f'"{name}"', row.request),
                answer=theirs.sub(f'"{name}"', row.answer),
            )
