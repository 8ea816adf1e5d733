"""DataTransfer."""

from ocpp.domain import data_transfer as rules
from ocpp.domain.station import Station
from ocpp.protocol.v16.messages.core import DataTransfer, DataTransferResponse


def data_transfer(station: Station, request: DataTransfer) -> DataTransferResponse:
    """Keep the data; no vendor's extension is known here (4.3)."""
    rules.keep(station, request.vendorId, request.messageId or "", request.data or "")
    return DataTransferResponse(status="UnknownVendorId")
