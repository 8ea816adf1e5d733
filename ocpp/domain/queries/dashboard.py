"""What the dashboard shows: chargers, their connectors and the sessions on them."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from ocpp.choices import Registration, TransactionState
from ocpp.domain import reservations
from ocpp.domain.queries import states
from ocpp.domain.queries.states import State
from ocpp.models import Charger, Connector, Transaction

#: What a page needs of a charger: not its configuration and not its last meter values.
COLUMNS = (
    "charger_id",
    "name",
    "registration",
    "owner",
    "disconnected_at",
    "last_seen",
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


@dataclass(frozen=True)
class ChargerRow:
    """A charger with its connectors, in order of their numbers."""

    charger: Charger
    connectors: list[ConnectorRow]


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


def search(chargers: QuerySet[Charger], text: str, *, staff: bool) -> QuerySet[Charger]:
    """Those of `chargers` whose name or id holds each word of `text`; for staff also the maker."""
    for word in text.split()[:10]:
        match = Q(name__icontains=word) | Q(charger_id__icontains=word)
        if staff:
            match |= Q(vendor__icontains=word) | Q(model__icontains=word)
        chargers = chargers.filter(match)
    return chargers


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
    """`chargers` with their connectors and, for staff, the running sessions: three queries."""
    chargers = list(chargers)
    keys = [charger.pk for charger in chargers]
    connectors: ByConnector[Connector] = defaultdict(dict)
    for connector in Connector.objects.filter(charger__in=keys):
        connectors[connector.charger_id][connector.connector_id] = connector
    for charger_pk, kept in reservations.held(keys, timezone.now()).items():
        reservations.mark(connectors[charger_pk], kept)
    sessions: ByConnector[Transaction] = running_sessions(keys) if staff else defaultdict(dict)
    return [
        ChargerRow(charger, connector_rows(charger, connectors[charger.pk], sessions[charger.pk]))
        for charger in chargers
    ]


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
