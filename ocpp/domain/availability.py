"""The state of connectors, as the charge point reports it."""

from typing import NamedTuple

from accounts.prepared import PreparedUpdate
from ocpp.domain import anomalies, clock, status_history
from ocpp.domain.oddities import Oddity, odd
from ocpp.domain.station import Station
from ocpp.models import Connector

#: More connectors than any charge point has: a bound on what one may create.
MAX_CONNECTOR = 1000

_FACTS = ("status", "error_code", "info", "vendor_id", "vendor_error_code", "status_time")
_KEEP = PreparedUpdate(
    lambda charger, connector, *facts: (
        Connector.objects.filter(charger_id=charger, connector_id=connector),
        dict(zip(_FACTS, facts, strict=True)),
    ),
    2 + len(_FACTS),
)
#: The same where the status is the one that is stored.
_SAME = PreparedUpdate(
    lambda charger, connector, status, *others: (
        Connector.objects.filter(charger_id=charger, connector_id=connector, status=status),
        dict(zip(_FACTS, (status, *others), strict=True)),
    ),
    2 + len(_FACTS),
)


class Status(NamedTuple):
    """A StatusNotification (OCPP 1.6, 4.9); `time` as it was sent, "" when absent."""

    connector_id: int
    status: str
    error_code: str
    info: str = ""
    time: str = ""
    vendor_id: str = ""
    vendor_error_code: str = ""


def report(station: Station, told: Status) -> None:
    """Store the newest status of a connector; connector 0 is the charge point as a whole."""
    if not 0 <= told.connector_id <= MAX_CONNECTOR:
        # Not stored as another connector's: that one's own status would be lost.
        connector(station, told.connector_id)
        return
    time = station.now
    if told.time:
        time, oddity = clock.read(told.time, station.time_zone, station.now)
        if oddity:
            anomalies.note_once(station, oddity)
    said = (told.status, told.error_code, told.info, told.vendor_id, told.vendor_error_code)
    # Almost always it is there: `update_or_create` takes four statements. One that is told again
    # takes a single one, and is no change.
    if _SAME.run(station.pk, told.connector_id, *said, time):
        return
    if not _KEEP.run(station.pk, told.connector_id, *said, time):
        Connector.objects.update_or_create(
            defaults=dict(zip(_FACTS, (*said, time), strict=True)),
            charger_id=station.pk,
            connector_id=told.connector_id,
        )
    status_history.changed(station, told.connector_id, told.status, told.error_code)


def connector(station: Station, number: int) -> int:
    """The number of a connector as it can be stored; one that cannot exist is noted and is 0."""
    if 0 <= number <= MAX_CONNECTOR:
        return number
    anomalies.note_once(station, odd(Oddity.NO_CONNECTOR, number=number))
    return 0
