"""Core profile, messages from the charge point (OCPP 1.6, section 4)."""

from typing import Annotated, Literal

from msgspec import Meta

from ocpp.protocol.payload import Integer, Payload, Text20, Text25, Text50, Text255
from ocpp.protocol.v16.messages.types import (
    ChargePointErrorCode,
    ChargePointStatus,
    IdTagInfo,
    MeterValue,
    Reason,
    RegistrationStatus,
    TransactionDataItem,
)


class Authorize(Payload):
    """May this id tag charge? (4.1)"""

    idTag: Text20


class AuthorizeResponse(Payload):
    """Answer to Authorize."""

    idTagInfo: IdTagInfo


class BootNotification(Payload):
    """What the charge point says of itself after a start (4.2)."""

    chargePointVendor: Text20
    chargePointModel: Text20
    chargePointSerialNumber: Text25 | None = None
    chargeBoxSerialNumber: Text25 | None = None
    firmwareVersion: Text50 | None = None
    iccid: Text20 | None = None
    imsi: Text20 | None = None
    meterType: Text25 | None = None
    meterSerialNumber: Text25 | None = None


class BootNotificationResponse(Payload):
    """Answer to BootNotification; `interval` is in seconds."""

    status: RegistrationStatus
    currentTime: str
    interval: int


class DataTransfer(Payload):
    """Vendor data, in either direction (4.3, 5.6)."""

    vendorId: Text255
    messageId: Text50 | None = None
    data: str | None = None


class DataTransferResponse(Payload):
    """Answer to DataTransfer."""

    status: Literal["Accepted", "Rejected", "UnknownMessageId", "UnknownVendorId"]
    data: str | None = None


class Heartbeat(Payload):
    """The charge point is alive (4.6)."""


class HeartbeatResponse(Payload):
    """Answer to Heartbeat: the time in UTC."""

    currentTime: str


class MeterValues(Payload):
    """Values of the meter (4.7)."""

    connectorId: Integer
    meterValue: Annotated[list[MeterValue], Meta(min_length=1)]
    transactionId: Integer | None = None


class MeterValuesResponse(Payload):
    """Answer to MeterValues: the values are stored."""


class StartTransaction(Payload):
    """A transaction has started; `meterStart` is in Wh (4.8)."""

    connectorId: Integer
    idTag: Text20
    meterStart: Integer
    timestamp: str
    reservationId: Integer | None = None


class StartTransactionResponse(Payload):
    """Answer to StartTransaction."""

    idTagInfo: IdTagInfo
    transactionId: int


class StatusNotification(Payload):
    """State of a connector, or of the charge point as connector 0 (4.9)."""

    connectorId: Integer
    errorCode: ChargePointErrorCode
    status: ChargePointStatus
    info: Text50 | None = None
    timestamp: str | None = None
    vendorId: Text255 | None = None
    vendorErrorCode: Text50 | None = None


class StatusNotificationResponse(Payload):
    """Answer to StatusNotification."""


class StopTransaction(Payload):
    """A transaction has stopped; `meterStop` is in Wh (4.10)."""

    meterStop: Integer
    timestamp: str
    transactionId: Integer
    idTag: Text20 | None = None
    reason: Reason | None = None
    transactionData: list[TransactionDataItem] | None = None


class StopTransactionResponse(Payload):
    """Answer to StopTransaction."""

    idTagInfo: IdTagInfo | None = None
