"""What anybody may know of one charger."""

from dataclasses import dataclass

from django.utils import timezone

from ocpp.choices import Registration
from ocpp.domain import reservations
from ocpp.domain.errors import NotFound
from ocpp.domain.lookup import find_charger
from ocpp.domain.queries import dashboard
from ocpp.domain.queries.dashboard import ConnectorRow
from ocpp.models import Charger


@dataclass(frozen=True)
class Landing:
    """A charger and its connectors, without serial numbers, addresses, id tags or sessions."""

    charger: Charger
    connectors: list[ConnectorRow]


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
    for kept in reservations.held([charger.pk], timezone.now()).values():
        reservations.mark(reported, kept)
    return Landing(charger, dashboard.connector_rows(charger, reported, {}))
