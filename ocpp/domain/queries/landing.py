"""What anybody may know of one charger, and what a driver may know of their own session there."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from accounts.models import User
from ocpp.choices import Registration, TransactionState
from ocpp.domain import driving, reservations
from ocpp.domain.driving import Standing
from ocpp.domain.errors import NotFound
from ocpp.domain.lookup import find_charger
from ocpp.domain.queries import dashboard, session_now, states
from ocpp.domain.queries.dashboard import ConnectorRow
from ocpp.domain.queries.session_now import SessionNow
from ocpp.models import Charger, Connector, Reservation, Transaction

#: For how long a driver is told how a session of theirs ended.
JUST_ENDED = timedelta(minutes=15)


@dataclass(frozen=True)
class Landing:
    """A charger and its connectors, without serial numbers, addresses, id tags or sessions."""

    charger: Charger
    connectors: list[ConnectorRow]
    reported: dict[int, Connector] = field(default_factory=dict)
    kept: list[Reservation] = field(default_factory=list)

    def status(self, number: int) -> str:
        """The status of a connector as it counts, "" for one that has told none."""
        whole = self.reported[0].status if 0 in self.reported else ""
        own = self.reported[number].status if number in self.reported else ""
        return states.under(whole, own)

    def kept_for(self, number: int) -> Reservation | None:
        """The reservation of this very connector, or of any, that ends last."""
        mine = [one for one in self.kept if one.connector_id in (0, number)]
        return mine[-1] if mine and self.status(number) == driving.RESERVED else None


def find(charger_id: str, *, staff: bool) -> Landing | None:
    """The charger of that id; None when there is none that the visitor may know of."""
    try:
        charger = find_charger(charger_id)
    except NotFound:
        return None
    if not staff and charger.registration != Registration.ACCEPTED:
        return None
    reported = {connector.connector_id: connector for connector in charger.connectors.all()}
    # A charger may accept a reservation and not report it at once, or at all: what is kept for
    # somebody is not offered to everybody.
    kept = reservations.active_at(charger, timezone.now())
    reservations.mark(reported, reservations.counted(kept))
    rows = dashboard.connector_rows(charger, reported, {})
    return Landing(charger, rows, reported, kept)


@dataclass(frozen=True)
class Place:
    """A connector as this visitor sees it."""

    row: ConnectorRow
    advice: str | Promise
    kept_until: datetime | None = None
    kept_for_me: bool = False
    may_start: bool = False
    session: SessionNow | None = None


@dataclass(frozen=True)
class View:
    """The charger as a visitor sees it; `standing` is None for one who is not logged in."""

    places: list[Place]
    standing: Standing | None = None
    #: The driver's own session here that has just ended.
    ended: Transaction | None = None

    @property
    def may_start(self) -> bool:
        """Whether a session of this driver can begin at one of the connectors."""
        return any(place.may_start for place in self.places)


def seen_by(found: Landing, user: User | None, now: datetime) -> View:
    """What a visitor sees of a charger: all connectors, and of sessions their own ones alone."""
    if user is None:
        return View([_place(found, row, None, None) for row in found.connectors])
    at = driving.standing(user, found.charger, found.kept, now)
    sessions: dict[int, SessionNow] = {}
    ended = None
    if at.account is not None:
        for one in driving.own_sessions(at.account).filter(charger=found.charger):
            sessions[one.connector_id] = session_now.of(one, now)
        ended = None if sessions else _just_ended(found.charger, user, now)
    # A charge point may start a session at a connector that it has told nothing of.
    silent = sorted(sessions.keys() - {row.number for row in found.connectors})
    rows = [dashboard.connector_row(found.charger, number, None) for number in silent]
    places = [
        _place(found, row, at, sessions.get(row.number)) for row in [*found.connectors, *rows]
    ]
    return View(places, at, ended)


def _just_ended(charger: Charger, user: User, now: datetime) -> Transaction | None:
    """The driver's session that ended here last, while that is news."""
    mine = Transaction.objects.filter(charger=charger, account__user=user)
    recent = mine.filter(state=TransactionState.COMPLETED, stop_received__gt=now - JUST_ENDED)
    return recent.select_related("charger", "cost").order_by("-pk").first()


def _place(
    found: Landing, row: ConnectorRow, at: Standing | None, session: SessionNow | None
) -> Place:
    kept = found.kept_for(row.number)
    card = at.card if at is not None else None
    mine = kept is not None and card is not None and driving.is_for(card, kept)
    free = (
        card is not None
        and session is None
        and found.charger.connected
        and driving.may_start_at(found.status(row.number), row.number, card, found.kept)
    )
    return Place(
        row=row,
        advice=_advice(row, at, session, can_start=free, kept_for_me=mine),
        kept_until=kept.expires if kept is not None else None,
        kept_for_me=mine,
        may_start=free,
        session=session,
    )


def _advice(
    row: ConnectorRow,
    at: Standing | None,
    session: SessionNow | None,
    *,
    can_start: bool,
    kept_for_me: bool,
) -> str | Promise:
    """What this visitor does next."""
    if session is not None:
        return _("This is your session. Stop it here or at the charger, then unplug.")
    if kept_for_me and can_start:
        return _("It is kept for you. Plug in, then start here or with your card.")
    if can_start and row.state.tone is states.Tone.FREE:
        return _("Plug in your vehicle, then start here or with your card.")
    if can_start:
        return _("A vehicle is plugged in. If it is yours, start here or with your card.")
    return row.state.advice
