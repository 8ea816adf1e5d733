"""Progress of firmware updates and of uploads of diagnostics, as the charge point reports it."""

from ocpp.domain.station import Station
from ocpp.models import Charger
from ocpp.writer.batch import stamp
from ocpp.writer.tables import Touch

FIRMWARE = Touch(Charger, ("firmware_status", "last_seen"))
DIAGNOSTICS = Touch(Charger, ("diagnostics_status", "last_seen"))
LOG = Touch(Charger, ("log_status", "last_seen"))


def firmware_status(station: Station, status: str) -> None:
    """Store a FirmwareStatus (OCPP 1.6, 7.25)."""
    station.batch.touch(FIRMWARE, station.pk, (status, stamp(station.now)))


def diagnostics_status(station: Station, status: str) -> None:
    """Store a DiagnosticsStatus (OCPP 1.6, 7.24)."""
    station.batch.touch(DIAGNOSTICS, station.pk, (status, stamp(station.now)))


def log_status(station: Station, status: str) -> None:
    """Store an UploadLogStatus (Security Whitepaper)."""
    station.batch.touch(LOG, station.pk, (status, stamp(station.now)))
