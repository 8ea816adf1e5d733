"""Connectors and connections of all chargers, and the history of both."""

from datetime import datetime
from typing import Any, Literal

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from accounts import access
from accounts.api import lists
from accounts.api.problems import ONE, Problem
from accounts.api.values import Number, Text
from ocpp.api.filters import OfChargerIn, SpanIn, between, exactly, of_charger
from ocpp.api.schemas import ConnectorOut
from ocpp.domain.lookup import find_charger
from ocpp.models import Charger, Connector, StatusChange

router = Router(tags=["chargers"])


class ConnectorOfChargerOut(ConnectorOut):
    """A connector and whose it is. `status` is what the charger last said, also when offline."""

    charger_id: str = Field(alias="charger.charger_id")
    connected: bool = Field(alias="charger.connected")
    max_power_w: int | None


class ConnectorsIn(OfChargerIn):
    """Which connectors."""

    order: Literal["id", "-id"] = "id"
    status: Text | None = Field(None, description="A ChargePointStatus, such as `Available`.")
    connector_id: Number | None = None


class ConnectionOut(Schema):
    """The connection of a charger: the one that it has, or when it lost its last."""

    charger_id: str
    connected: bool
    connected_at: datetime | None
    disconnected_at: datetime | None
    last_seen: datetime | None
    remote_address: str
    last_path: str
    over_tls: bool
    security_profile: int
    process: str = Field(alias="owner", description="Which process of the node holds it.")
    epoch: int = Field(description="The number of the connection; each has a higher one.")


class ConnectionsIn(lists.ListIn):
    """Which connections."""

    order: Literal["charger_id", "-charger_id"] = "charger_id"
    charger: Text | None = Field(None, description="The id of a charger; 404 for an unknown one.")
    connected: bool | None = None


class StatusChangeOut(Schema):
    """A connector has another status from then on; without one it is about the connection."""

    id: int
    charger_id: str = Field(alias="charger.charger_id")
    connector_id: int | None
    status: str
    error_code: str
    time: datetime


class StatusChangesIn(SpanIn):
    """Which changes."""

    connector_id: Number | None = None


@router.get(
    "/connectors/",
    response={200: lists.Page[ConnectorOfChargerOut], ONE: Problem},
    summary="Connectors of all chargers",
    url_name="connectors",
    openapi_extra=lists.FILES,
)
def list_connectors(request: HttpRequest, asked: Query[ConnectorsIn]) -> Any:
    """Number 0 is a charge point as a whole."""
    access.require(request, "ocpp.view_connector")
    found = of_charger(Connector.objects.select_related("charger"), asked.charger)
    found = exactly(found, asked, "status", "connector_id")
    return lists.answer(request, found, asked, ConnectorOfChargerOut)


@router.get(
    "/connections/",
    response={200: lists.Page[ConnectionOut], ONE: Problem},
    summary="Connections of chargers",
    url_name="connections",
    openapi_extra=lists.FILES,
)
def list_connections(request: HttpRequest, asked: Query[ConnectionsIn]) -> Any:
    """Which chargers are connected, since when, from where and to which process."""
    access.require(request, "ocpp.view_charger")
    found = Charger.objects.defer("config", "last_meter_values")
    if asked.charger is not None:
        found = found.filter(pk=find_charger(asked.charger).pk)
    if asked.connected is not None:
        found = found.exclude(owner="") if asked.connected else found.filter(owner="")
    orders = {"charger_id": "charger_id"}
    return lists.answer(request, found, asked, ConnectionOut, orders)


@router.get(
    "/status-changes/",
    response={200: lists.Page[StatusChangeOut], ONE: Problem},
    summary="What the states of connectors were",
    url_name="status-changes",
    openapi_extra=lists.FILES,
)
def list_status_changes(request: HttpRequest, asked: Query[StatusChangesIn]) -> Any:
    """A row for each change; `Offline` and `Online` without a connector are the connection's."""
    access.require(request, "ocpp.view_statuschange")
    found = of_charger(StatusChange.objects.select_related("charger"), asked.charger)
    found = exactly(between(found, "time", asked.since, asked.until), asked, "connector_id")
    return lists.answer(request, found, asked, StatusChangeOut)
