"""Answers of the profile Reservation."""

from typing import TYPE_CHECKING, Any

from ocpp.simulator.answers.reply import Handler, Reply, status
from ocpp.simulator.checks import Request
from ocpp.simulator.config import MAX_ID_TAG
from ocpp.simulator.reservations import Reservation

if TYPE_CHECKING:
    from ocpp.simulator.equipment import Equipment


def _reserve(point: "Equipment", payload: dict[str, Any]) -> Reply:
    """OCPP 1.6, 5.13. There is one usable connector, so 0 means it too."""
    request = Request(payload, "connectorId", "expiryDate", "idTag", "parentIdTag", "reservationId")
    connector_id = request.integer("connectorId", 0)
    wish = Reservation(
        request.integer("reservationId"),
        request.text("idTag", MAX_ID_TAG),
        request.moment("expiryDate"),
        request.optional(request.text, "parentIdTag", MAX_ID_TAG),
    )
    connector = point.connector
    if connector_id not in (0, connector.number) or wish.over:
        return status("Rejected")
    if not connector.operative:
        return status("Unavailable")
    standing = connector.reservation
    if connector.transaction or point.remote_tag or (standing and standing.id != wish.id):
        return status("Occupied")
    if connector.plugged and standing is None:
        return status("Occupied")
    connector.reserve(wish)
    return status("Accepted", lambda: point.later(point.hold(wish)))


def _cancel(point: "Equipment", payload: dict[str, Any]) -> Reply:
    """OCPP 1.6, 5.1."""
    number = Request(payload, "reservationId").integer("reservationId")
    standing = point.connector.reservation
    if standing is None or standing.id != number:
        return status("Rejected")
    point.connector.reserve(None)
    return status("Accepted", point.take_changes)


HANDLERS: dict[str, Handler] = {"CancelReservation": _cancel, "ReserveNow": _reserve}
