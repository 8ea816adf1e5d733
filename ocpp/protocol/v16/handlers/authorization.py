"""Authorize."""

from ocpp.choices import Registration
from ocpp.domain import authorization, clock
from ocpp.domain.authorization import TagInfo
from ocpp.domain.station import Station
from ocpp.protocol.v16.messages.core import Authorize, AuthorizeResponse
from ocpp.protocol.v16.messages.types import IdTagInfo


def authorize(station: Station, request: Authorize) -> AuthorizeResponse:
    """May this id tag charge here? (4.1)"""
    if station.registration != Registration.ACCEPTED:
        return AuthorizeResponse(idTagInfo=IdTagInfo(status="Invalid"))
    info = authorization.decide_tag(station, request.idTag).info
    return AuthorizeResponse(idTagInfo=id_tag_info(info))


def id_tag_info(info: TagInfo) -> IdTagInfo:
    """What is told of an id tag, in the words of the standard (7.27)."""
    return IdTagInfo(
        status=info.status,  # type: ignore[arg-type]
        expiryDate=clock.written(info.expires) if info.expires else None,
        parentIdTag=info.parent or None,
    )
