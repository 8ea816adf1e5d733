"""Authorize."""

from ocpp.choices import Registration
from ocpp.domain import authorization
from ocpp.domain.station import Station
from ocpp.protocol.v16.messages.core import Authorize, AuthorizeResponse
from ocpp.protocol.v16.messages.types import IdTagInfo


def authorize(station: Station, request: Authorize) -> AuthorizeResponse:
    """May this id tag charge here? (4.1)"""
    if station.registration != Registration.ACCEPTED:
        return AuthorizeResponse(idTagInfo=IdTagInfo(status="Invalid"))
    decision = authorization.decide(station.pk, request.idTag)
    return AuthorizeResponse(idTagInfo=IdTagInfo(status=decision.status))  # type: ignore[arg-type]
