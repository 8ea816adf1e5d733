"""Reservation profile (OCPP 1.6, 5.1 and 5.13)."""

from typing import Literal

from ocpp.protocol.payload import Integer, Payload, Text20


class CancelReservation(Payload):
    """Cancel a reservation (5.1)."""

    reservationId: Integer


class CancelReservationResponse(Payload):
    """Answer to CancelReservation."""

    status: Literal["Accepted", "Rejected"]


class ReserveNow(Payload):
    """Reserve a connector, or with 0 any, for an id tag until `expiryDate` (5.13)."""

    connectorId: Integer
    expiryDate: str
    idTag: Text20
    reservationId: Integer
    parentIdTag: Text20 | None = None


class ReserveNowResponse(Payload):
    """Answer to ReserveNow."""

    status: Literal["Accepted", "Faulted", "Occupied", "Rejected", "Unavailable"]
