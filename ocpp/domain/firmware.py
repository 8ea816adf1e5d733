"""Progress of firmware updates and of uploads of diagnostics, as the charge point reports it."""

from ocpp.domain.station import Station
from ocpp.models import Charger, Command
from ocpp.writer.batch import stamp
from ocpp.writer.tables import Touch

FIRMWARE = Touch(Charger, ("firmware_status", "last_seen"))
DIAGNOSTICS = Touch(Charger, ("diagnostics_status", "last_seen"))
LOG = Touch(Charger, ("log_status", "last_seen"))


def firmware_status(station: Station, status: str, request_id: int | None = None) -> None:
    """Store a FirmwareStatus (OCPP 1.6, 7.25); of signed firmware also with its command."""
    _progress(station, "signed_update_firmware", request_id, status)
    station.batch.touch(FIRMWARE, station.pk, (status, stamp(station.now)))


def diagnostics_status(station: Station, status: str) -> None:
    """Store a DiagnosticsStatus (OCPP 1.6, 7.24)."""
    station.batch.touch(DIAGNOSTICS, station.pk, (status, stamp(station.now)))


def log_status(station: Station, status: str, request_id: int | None = None) -> None:
    """Store an UploadLogStatus (Security Whitepaper), also with the command that asked for it."""
    _progress(station, "get_log", request_id, status)
    station.batch.touch(LOG, station.pk, (status, stamp(station.now)))


def _progress(station: Station, action: str, request_id: int | None, status: str) -> None:
    """Store a status with the command whose number is the id of the request."""
    if request_id is not None:
        mine = Command.objects.filter(pk=request_id, charger=station.pk, action=action)
        mine.update(progress=status)
