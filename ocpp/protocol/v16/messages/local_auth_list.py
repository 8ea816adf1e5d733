"""Local Auth List Management profile (OCPP 1.6, 5.10 and 5.15)."""

from typing import Literal

from ocpp.protocol.payload import Integer, Payload, Text20
from ocpp.protocol.v16.messages.types import IdTagInfo


class GetLocalListVersion(Payload):
    """Ask for the version of the local list (5.10)."""


class GetLocalListVersionResponse(Payload):
    """Answer: 0 for an empty list, -1 where there is none."""

    listVersion: Integer


class AuthorizationData(Payload):
    """A tag in the list; in a differential update one without info is removed (7.1)."""

    idTag: Text20
    idTagInfo: IdTagInfo | None = None


class SendLocalList(Payload):
    """Replace or update the local list (5.15)."""

    listVersion: Integer
    updateType: Literal["Differential", "Full"]
    localAuthorizationList: list[AuthorizationData] | None = None


class SendLocalListResponse(Payload):
    """Answer to SendLocalList."""

    status: Literal["Accepted", "Failed", "NotSupported", "VersionMismatch"]
