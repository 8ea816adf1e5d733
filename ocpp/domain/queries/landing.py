"""What anybody may know of one charger."""

from dataclasses import dataclass

from ocpp.domain.queries import dashboard
from ocpp.domain.queries.dashboard import ConnectorRow
from ocpp.models import Charger


@dataclass(frozen=True)
class Landing:
    """A charger and its connectors, without serial numbers, addresses, id tags or sessions."""

    charger: Charger
    connectors: list[ConnectorRow]


def find(charger_id: str, *, staff: bool) -> Landing | None:
    """The charger of exactly that id; None when there is none that the visitor may know of."""
    if "\x00" in charger_id:  # PostgreSQL refuses even to compare it
        return None
    charger = (
        dashboard.visible(staff=staff)
        .only(*dashboard.COLUMNS, "require_rfid")
        .filter(charger_id=charger_id)
        .first()
    )
    if charger is None:
        return None
    reported = {connector.connector_id: connector for connector in charger.connectors.all()}
    return Landing(charger, dashboard.connector_rows(charger, reported, {}))
