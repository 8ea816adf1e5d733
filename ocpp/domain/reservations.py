"""Reservations: made, answered by the charge point, used, cancelled, and over by themselves.

Nothing runs when a reservation's time is over: it is judged when it is read, by
`Reservation.state_at` or the functions here, and `settle_overdue` marks it in the row.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import Case, Q, QuerySet, When
from django.utils.translation import gettext as _

from accounts.domain import cards
from accounts.models import User
from accounts.prepared import Prepared
from ocpp.choices import OPEN_RESERVATION_STATES, ReservationState
from ocpp.domain import anomalies, clock
from ocpp.domain.errors import Conflict, Invalid, NotFound
from ocpp.domain.oddities import Oddity, odd
from ocpp.domain.station import Station
from ocpp.models import Charger, Command, Connector, Reservation, Transaction

#: The configuration key that says whether any connector (0) can be reserved (OCPP 1.6, 9.3).
ANY_CONNECTOR_KEY = "ReserveConnectorZeroSupported"

#: A reservation that the charge point may still hold: ours to cancel. An expired one is among
#: them, because the clock of a charge point is its own.
_CANCELLABLE = frozenset({*OPEN_RESERVATION_STATES, ReservationState.EXPIRED})


class Wish(NamedTuple):
    """What is to be reserved, for whom, until when; connector 0 is any."""

    id_tag: str
    connector_id: int
    expires: datetime
    parent_id_tag: str = ""


def make(charger: Charger, wish: Wish, user: User | None, now: datetime) -> Reservation:
    """A reservation that its charger has not confirmed yet. Raises Invalid."""
    if wish.expires <= now:
        raise Invalid("expires", _("lies in the past."))
    if wish.connector_id == 0 and _says_no(charger, ANY_CONNECTOR_KEY):
        raise Invalid(
            "connector_id",
            _("%(charger)s does not reserve just any connector: name one, from 1 on.")
            % {"charger": charger.charger_id},
        )
    card = cards.find(wish.id_tag)
    return Reservation.objects.create(
        charger=charger,
        connector_id=wish.connector_id,
        id_tag=wish.id_tag,
        parent_id_tag=wish.parent_id_tag,
        rfid=card,
        account=getattr(card.user, "account", None) if card and card.user else None,
        created_by=user,
        # To the second, as it is sent: both sides end it at the same moment.
        expires=wish.expires.replace(microsecond=0),
    )


def _says_no(charger: Charger, key: str) -> bool:
    config = Charger.objects.values_list("config", flat=True).get(pk=charger.pk)
    entry = config.get(key) if isinstance(config, dict) else None
    value = entry.get("value") if isinstance(entry, dict) else None
    return isinstance(value, str) and value.strip().lower() == "false"


def check_cancellable(charger: Charger, reservation_id: int) -> None:
    """Raise NotFound for a reservation of another charger, Conflict for one that is done with.

    A number that is unknown here may be one that the charge point holds from the system it
    belonged to before.
    """
    found = Reservation.objects.filter(pk=reservation_id).first()
    if found is None:
        return
    names = {"charger": charger.charger_id, "reservation": reservation_id}
    if found.charger_id != charger.pk:
        raise NotFound(_("%(charger)s has no reservation %(reservation)d.") % names)
    if found.state not in _CANCELLABLE:
        names["state"] = found.get_state_display()
        raise Conflict(
            _("Reservation %(reservation)d of %(charger)s cannot be cancelled: %(state)s.") % names
        )


# --- what the charge point answers --------------------------------------------------------------


def learn_reserved(command: Command, response: Mapping[str, Any], now: datetime) -> None:
    """ReserveNow was answered (5.13): active, or refused with the charge point's word."""
    status = _status(response)
    if status == "Accepted":
        _pending(command).update(state=ReservationState.ACTIVE)
    else:
        _pending(command).update(state=ReservationState.REFUSED, reason=status)


def learn_not_reserved(command: Command, reason: str, now: datetime) -> None:
    """ReserveNow was never sent, or was answered with an error."""
    _pending(command).update(state=ReservationState.REFUSED, reason=reason[:200])


def learn_cancelled(command: Command, response: Mapping[str, Any], now: datetime) -> None:
    """CancelReservation was answered (5.1).

    Rejected means that the charge point holds no such reservation; so it has ended as well.
    """
    status = response.get("status")
    if status not in ("Accepted", "Rejected"):
        return
    reason = "" if status == "Accepted" else "Rejected: the charge point holds no such reservation"
    Reservation.objects.filter(
        pk=command.payload["reservation_id"], state__in=OPEN_RESERVATION_STATES
    ).update(state=ReservationState.CANCELLED, reason=reason)


def _pending(command: Command) -> QuerySet[Reservation]:
    return Reservation.objects.filter(
        pk=command.payload["reservation_id"], state=ReservationState.PENDING
    )


def _status(response: Mapping[str, Any]) -> str:
    """The status of an answer; of a late CALLERROR its code."""
    return str(response.get("status") or response.get("error") or "")[:200]


# --- use and expiry -----------------------------------------------------------------------------


def use(station: Station, started: Transaction, reservation_id: int | None) -> Reservation | None:
    """Mark the reservation that `started` consumes, and return it; None when there is none.

    It is the one that the charge point names (4.8). Where it names none, it is the one that was
    active at the start for this tag, or for the group of its card, on this connector, or on any.
    """
    if reservation_id is not None:
        found = _named(station, started, reservation_id)
    elif started.authorization == "Accepted":
        found = _implied(started)
    else:
        found = None
    if found is not None:
        found.state = ReservationState.USED
        found.transaction = started
        found.reason = ""
        found.save(update_fields=["state", "transaction", "reason"])
    return found


def _named(station: Station, started: Transaction, reservation_id: int) -> Reservation | None:
    found = None
    if 0 < reservation_id < 2**31:
        # In whatever state: what the charge point did counts, also after a lost answer.
        found = Reservation.objects.filter(
            pk=reservation_id, charger=station.pk, transaction=None
        ).first()
    if found is None:
        foreign = odd(Oddity.FOREIGN_RESERVATION, number=reservation_id)
        anomalies.note(station, foreign, transaction_id=started.pk)
    return found


#: Whether a charger has any reservation that lasts beyond a time. Mostly it has none.
_HAS_ANY = Prepared(
    lambda charger, time: (
        Reservation.objects.filter(charger=charger, expires__gt=time).order_by().values_list("pk")
    )[:1],
    2,
)


def _implied(started: Transaction) -> Reservation | None:
    if not _HAS_ANY.all(started.charger_id, started.start_time):
        return None
    tags = Q(id_tag__iexact=started.id_tag)
    # The group's name may itself be sent for an id tag.
    for group in {started.id_tag, started.rfid.parent if started.rfid else ""} - {""}:
        tags |= Q(parent_id_tag__iexact=group)
    candidates = Reservation.objects.filter(
        tags,
        charger=started.charger_id,
        connector_id__in=(0, started.connector_id),
        # Settled as expired since, perhaps: the start may be reported late.
        state__in=(ReservationState.ACTIVE, ReservationState.EXPIRED),
        expires__gt=started.start_time,
        # A start that was kept while offline is older than what was reserved since.
        created__lte=started.start_time + clock.SKEW,
    )
    # One for this very tag goes before one for its group, one for this connector before one for
    # any, then the older one.
    mine = Case(When(id_tag__iexact=started.id_tag, then=0), default=1)
    return candidates.order_by(mine, "-connector_id", "pk").first()


def overdue(now: datetime) -> Q:
    """Reservations whose time is over, though they may not be marked as expired yet."""
    return Q(state__in=OPEN_RESERVATION_STATES, expires__lte=now)


def settle_overdue(now: datetime) -> int:
    """Mark every reservation whose time is over as expired. Returns how many."""
    late = Reservation.objects.filter(overdue(now))
    return late.update(state=ReservationState.EXPIRED)


def held(charger_pks: Collection[int], now: datetime) -> dict[int, Counter[int]]:
    """The reservations of each charger that are active now, by connector (0: any), in one query."""
    active = Reservation.objects.filter(
        charger__in=charger_pks, state=ReservationState.ACTIVE, expires__gt=now
    )
    found: dict[int, Counter[int]] = {}
    for charger, connector in active.order_by().values_list("charger_id", "connector_id"):
        found.setdefault(charger, Counter())[connector] += 1
    return found


def active_at(charger: Charger, now: datetime) -> list[Reservation]:
    """What is kept for somebody at a charger now, the one that ends last at the end."""
    active = Reservation.objects.filter(
        charger=charger, state=ReservationState.ACTIVE, expires__gt=now
    )
    return list(active.order_by("expires", "pk"))


def counted(kept: Iterable[Reservation]) -> Counter[int]:
    """How many of these there are of each connector (0: any)."""
    return Counter(one.connector_id for one in kept)


def mark(reported: Mapping[int, Connector], kept: Counter[int]) -> None:
    """Show as reserved what is kept for somebody, where the charge point does not say so itself.

    A reservation of any connector keeps none in particular: where there are as many as connectors
    are free, none of these is for everybody. Nothing is saved.
    """
    any_of_them = kept[0]
    for number, connector in reported.items():
        if number and kept[number] and connector.status == "Available":
            connector.status = "Reserved"
        elif number and connector.status == "Reserved" and not kept[number]:
            any_of_them -= 1  # the charge point has chosen this one for it
    free = [c for number, c in reported.items() if number and c.status == "Available"]
    if any_of_them >= len(free):
        for connector in free:
            connector.status = "Reserved"
