"""The history of states: a row when a connector's status changes, and for each time offline."""

from datetime import datetime, timedelta

from ocpp.domain.station import Station
from ocpp.models import StatusChange
from ocpp.models.status_change import OFFLINE, ONLINE
from ocpp.writer.batch import stamp
from ocpp.writer.tables import Insert

CHANGES = Insert(StatusChange, ("charger_id", "connector_id", "status", "error_code", "time"))

#: A connection that comes back sooner was not missed by anybody, and leaves no rows.
SHORTEST_GAP = timedelta(seconds=10)


def changed(station: Station, connector_id: int, status: str, error_code: str) -> None:
    """A connector has another status than before, as of the message that is being handled."""
    row = (station.pk, connector_id, status, error_code, stamp(station.now))
    station.batch.insert(CHANGES, row)


def was_offline(charger_pk: int, since: datetime | None, until: datetime) -> None:
    """A charger is connected again, and was not since then. None: it has never been connected."""
    if since is None or until - since < SHORTEST_GAP:
        return
    StatusChange.objects.bulk_create(
        StatusChange(charger_id=charger_pk, status=word, time=time)
        for word, time in ((OFFLINE, since), (ONLINE, until))
    )
