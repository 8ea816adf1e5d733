"""Answers of the profile Local Auth List Management."""

from typing import TYPE_CHECKING, Any

from ocpp.simulator.answers.reply import Handler, Reply, status
from ocpp.simulator.checks import AUTHORIZATION, Request
from ocpp.simulator.config import MAX_ID_TAG
from ocpp.simulator.local_list import Entry

if TYPE_CHECKING:
    from ocpp.simulator.equipment import Equipment


def _version(point: "Equipment", payload: dict[str, Any]) -> Reply:
    """OCPP 1.6, 5.10."""
    Request(payload)
    enabled = point.keys.flag("LocalAuthListEnabled")
    return {"listVersion": point.local_list.version if enabled else -1}, None


def _send(point: "Equipment", payload: dict[str, Any]) -> Reply:
    """OCPP 1.6, 5.15."""
    request = Request(payload, "listVersion", "localAuthorizationList", "updateType")
    version = request.integer("listVersion")
    full = request.choice("updateType", "Differential", "Full") == "Full"
    cards = [
        (item.text("idTag", MAX_ID_TAG), _entry(item))
        for item in request.each("localAuthorizationList", "idTag", "idTagInfo")
    ]
    if not point.keys.flag("LocalAuthListEnabled"):
        return status("NotSupported")
    return status(point.local_list.update(version, cards, full=full))


def _entry(item: Request) -> Entry | None:
    if not item.has("idTagInfo"):
        return None
    info = item.inner("idTagInfo", "expiryDate", "parentIdTag", "status")
    return Entry(
        info.choice("status", *AUTHORIZATION),
        info.optional(info.moment, "expiryDate"),
        info.optional(info.text, "parentIdTag", MAX_ID_TAG),
    )


HANDLERS: dict[str, Handler] = {"GetLocalListVersion": _version, "SendLocalList": _send}
