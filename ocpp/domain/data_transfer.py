"""Vendor data from charge points: kept, whoever the vendor is."""

from ocpp.domain.station import Station
from ocpp.models import DataTransfer
from ocpp.writer.batch import stamp
from ocpp.writer.tables import Insert

DATA_TRANSFERS = Insert(DataTransfer, ("charger_id", "vendor_id", "message_id", "data", "time"))


def keep(station: Station, vendor_id: str, message_id: str, data: str) -> None:
    """Store a DataTransfer of a charge point."""
    row = (station.pk, vendor_id, message_id, data, stamp(station.now))
    station.batch.insert(DATA_TRANSFERS, row)
