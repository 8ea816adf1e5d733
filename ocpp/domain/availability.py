"""The state of connectors, as the charge point reports it."""

from typing import NamedTuple

from ocpp.domain import anomalies, clock, status_history
from ocpp.domain.oddities import Oddity, odd
from ocpp.domain.station import Station
from ocpp.models import Connector

#: More connectors than any charge point has: a bound on what one may create.
MAX_CONNECTOR = 1000


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
    values = {
        "status": told.status,
        "error_code": told.error_code,
        "info": told.info,
        "vendor_id": told.vendor_id,
        "vendor_error_code": told.vendor_error_code,
        "status_time": time,
    }
    place = Connector.objects.filter(charger_id=station.pk, connector_id=told.connector_id)
    # Almost always it is there: `update_or_create` takes four statements. One that is told again
    # takes a single one, and is no change.
    if place.filter(status=told.status).update(**values):
        return
    if not place.update(**values):
        Connector.objects.update_or_create(
            defaults=values, charger_id=station.pk, connector_id=told.connector_id
        )
    status_history.changed(station, told.connector_id, told.status, told.error_code)


def connector(station: Station, number: int) -> int:
    """The number of a connector as it can be stored; one that cannot exist is noted and is 0."""
    if 0 <= number <= MAX_CONNECTOR:
        return number
    anomalies.note_once(station, odd(Oddity.NO_CONNECTOR, number=number))
    return 0
