"""The journal of security events."""

from ocpp.domain import anomalies, clock
from ocpp.domain.station import Station
from ocpp.models import SecurityEvent
from ocpp.writer.batch import stamp
from ocpp.writer.tables import Insert

EVENTS = Insert(SecurityEvent, ("charger_id", "type", "tech_info", "time", "received"))


def report(station: Station, event: str, time: str, tech_info: str) -> None:
    """Enter an event that a charge point reports; `time` as it was sent.

    Events come from a queue that outlives restarts, so they may be old (Security Whitepaper, 4.4).
    """
    moment, oddity = clock.read(time, station.time_zone, station.now)
    if oddity:
        anomalies.note_once(station, oddity)
    station.batch.insert(EVENTS, (station.pk, event, tech_info, stamp(moment), stamp(station.now)))
