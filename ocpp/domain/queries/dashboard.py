"""What the dashboard shows: chargers, their connectors and the sessions on them."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, TextChoices
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ocpp.choices import Registration, TransactionState
from ocpp.domain import reservations
from ocpp.domain.queries import network, power, states
from ocpp.domain.queries.states import State, Tone
from ocpp.models import Charger, ChargerGroup, Connector, Transaction

#: What a page needs of a charger: not its configuration.
COLUMNS = (
    "charger_id",
    "name",
    "registration",
    "owner",
    "disconnected_at",
    "last_seen",
    "latitude",
    "longitude",
    "vendor",
    "model",
)


T = TypeVar("T")
#: Things by the key of their charger and the number of their connector.
ByConnector = defaultdict[int, dict[int, T]]


@dataclass(frozen=True)
class ConnectorRow:
    """A connector (0 is the charger as a whole): its state now, and the session on it."""

    number: int
    state: State
    #: What it last reported, where that is not its state now because the charger is offline.
    last_known: State | None
    since: datetime | None
    #: The error code it reported; empty for none.
    error: str
    session: Transaction | None
    #: Power of the session now (W); None where it is not known.
    power_w: int | None = None


@dataclass(frozen=True)
class ChargerRow:
    """A charger with its connectors, in order of their numbers."""

    charger: Charger
    connectors: list[ConnectorRow]
    #: Energy since midnight (Wh); None for visitors.
    today_wh: int | None = None


@dataclass(frozen=True)
class Totals:
    """How many there are."""

    chargers: int
    connected: int
    #: Connectors of connected chargers.
    free: int
    charging: int
    broken: int


def visible(*, staff: bool) -> QuerySet[Charger]:
    """The chargers that a visitor may know of: staff all, others the accepted ones."""
    chargers = Charger.objects.all()
    return chargers if staff else chargers.filter(registration=Registration.ACCEPTED)


def columns(*, staff: bool) -> tuple[str, ...]:
    """What `rows` needs of a charger; for staff also what it last said of its power."""
    return (*COLUMNS, "last_meter_values") if staff else COLUMNS


def search(chargers: QuerySet[Charger], text: str, *, staff: bool) -> QuerySet[Charger]:
    """Those of `chargers` whose name or id holds each word of `text`; for staff also the maker."""
    for word in text.split()[:10]:
        match = Q(name__icontains=word) | Q(charger_id__icontains=word)
        if staff:
            match |= Q(vendor__icontains=word) | Q(model__icontains=word)
        chargers = chargers.filter(match)
    return chargers


class Choice(TextChoices):
    """What one may choose chargers by."""

    FREE = "free", _("free")
    CHARGING = "charging", _("charging")
    BROKEN = "broken", _("out of order")
    ONLINE = "online", _("connected")
    OFFLINE = "offline", _("offline")


def choose(chargers: QuerySet[Charger], choice: str) -> QuerySet[Charger]:
    """Those of `chargers` of which at least one connector is in that state; "" is any."""
    if choice == Choice.OFFLINE:
        return chargers.filter(owner="")
    if not choice:
        return chargers
    chargers = chargers.exclude(owner="")
    own = Connector.objects.filter(charger=OuterRef("pk"))
    down = Exists(own.filter(connector_id=0, status__in=states.DOWN))
    if choice == Choice.FREE:
        return chargers.filter(Exists(own.filter(connector_id__gt=0, status="Available")), ~down)
    if choice == Choice.CHARGING:
        return chargers.filter(Exists(own.filter(connector_id__gt=0, status="Charging")))
    if choice == Choice.BROKEN:
        return chargers.filter(Exists(own.filter(status="Faulted")))
    return chargers


def groups() -> list[ChargerGroup]:
    """The groups of chargers to choose from."""
    return list(ChargerGroup.objects.only("name"))


def on_map(chargers: QuerySet[Charger], most: int) -> list[Charger]:
    """Those that have a place, at most `most`."""
    placed = chargers.filter(latitude__isnull=False, longitude__isnull=False)
    return list(placed.only(*COLUMNS)[:most])


def totals(chargers: QuerySet[Charger]) -> Totals:
    """Counts over all of `chargers`, in two queries."""
    counted = chargers.aggregate(total=Count("pk"), connected=Count("pk", filter=~Q(owner="")))
    live = Connector.objects.filter(
        charger__in=chargers.exclude(owner="").order_by().values("pk"), connector_id__gt=0
    )
    wholes = Connector.objects.filter(connector_id=0).order_by().values("charger")
    down = Q(charger__in=wholes.filter(status__in=states.DOWN))
    faulted = Q(charger__in=wholes.filter(status="Faulted"), status__in=states.OFFERING)
    by_status = live.aggregate(
        free=Count("pk", filter=Q(status="Available") & ~down),
        charging=Count("pk", filter=Q(status="Charging")),
        broken=Count("pk", filter=Q(status="Faulted") | faulted),
    )
    return Totals(chargers=counted["total"], connected=counted["connected"], **by_status)


def rows(chargers: Iterable[Charger], *, staff: bool) -> list[ChargerRow]:
    """`chargers` with their connectors: two queries.

    For staff also with the running sessions, their power and the energy of today: three more.
    """
    now = timezone.now()
    chargers = list(chargers)
    keys = [charger.pk for charger in chargers]
    connectors: ByConnector[Connector] = defaultdict(dict)
    for connector in Connector.objects.filter(charger__in=keys):
        connectors[connector.charger_id][connector.connector_id] = connector
    for charger_pk, kept in reservations.held(keys, now).items():
        reservations.mark(connectors[charger_pk], kept)
    sessions: ByConnector[Transaction] = running_sessions(keys) if staff else defaultdict(dict)
    made = [
        ChargerRow(charger, connector_rows(charger, connectors[charger.pk], sessions[charger.pk]))
        for charger in chargers
    ]
    return _with_energy(made, now) if staff else made


def _with_energy(rows: list[ChargerRow], now: datetime) -> list[ChargerRow]:
    running = [one.session.pk for row in rows for one in row.connectors if one.session]
    means = power.by_session(running, now)
    today = network.today_by_charger([row.charger.pk for row in rows], now)

    def with_power(charger: Charger, row: ConnectorRow) -> ConnectorRow:
        if row.session is None or not charger.connected:
            return row
        watts = power.told(charger, row.session)
        return replace(row, power_w=means.get(row.session.pk) if watts is None else watts)

    return [
        ChargerRow(
            row.charger,
            [with_power(row.charger, one) for one in row.connectors],
            today.get(row.charger.pk, 0),
        )
        for row in rows
    ]


#: What a charger with several connectors is shown as on a map: the first of these that it has.
_FOREMOST = (Tone.FREE, Tone.WAITING, Tone.BUSY, Tone.BROKEN)


def in_all(row: ChargerRow) -> State:
    """The state of a charger in one word: that of the connector which promises a driver most."""
    if not row.charger.connected:
        return states.OFFLINE
    shown = [one.state for one in row.connectors if one.number] or [
        one.state for one in row.connectors
    ]
    for tone in _FOREMOST:
        for state in shown:
            if state.tone == tone:
                return state
    return states.NOT_REPORTED


def running_sessions(charger_keys: Collection[int]) -> ByConnector[Transaction]:
    """The newest active transaction of each connector."""
    sessions: ByConnector[Transaction] = defaultdict(dict)
    active = Transaction.objects.filter(charger__in=charger_keys, state=TransactionState.ACTIVE)
    for session in active.order_by("pk"):
        sessions[session.charger_id][session.connector_id] = session
    return sessions


def connector_rows(
    charger: Charger, reported: dict[int, Connector], sessions: dict[int, Transaction]
) -> list[ConnectorRow]:
    """Every connector that has reported itself or has a session.

    The charger as a whole (connector 0) is among them only when it has something to say that
    its connectors do not. While it is out of order or of service, no connector is offered.
    """
    whole = reported[0].status if 0 in reported else ""
    numbers = sorted(reported.keys() | sessions.keys())
    silent = 0 in reported and 0 not in sessions and reported[0].status in ("", "Available")
    if silent and len(numbers) > 1:
        numbers.remove(0)
    return [
        connector_row(charger, number, reported.get(number), sessions.get(number), whole)
        for number in numbers
    ]


def connector_row(
    charger: Charger,
    number: int,
    reported: Connector | None,
    session: Transaction | None = None,
    whole: str = "",
) -> ConnectorRow:
    """A connector as it is now; `whole` is the status of the charger as a whole."""
    status = reported.status if reported else ""
    told = bool(status) and not charger.connected
    error = reported.error_code if reported else ""
    return ConnectorRow(
        number=number,
        state=states.of_connector(states.under(whole, status), connected=charger.connected),
        last_known=states.of_status(status) if told else None,
        since=reported.status_time if reported else None,
        error="" if error == "NoError" else error,
        session=session,
    )
