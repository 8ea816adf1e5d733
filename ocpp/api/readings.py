"""What meters told: every reading of a charger, or its quarter-hours."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Query, Router, Schema
from pydantic import Field

from accounts import access
from accounts.api import lists
from accounts.api.problems import ONE, Problem
from accounts.api.values import Moment, Number, Text
from ocpp.api.filters import between, exactly
from ocpp.domain.errors import Invalid
from ocpp.domain.lookup import find_charger
from ocpp.models import Charger, MeterReading, QuarterHour

router = Router(tags=["readings"])


class ReadingOut(Schema):
    """One value that a charge point sent. `value` is null where it was no number."""

    charger_id: str
    connector_id: int
    session: int | None
    timestamp: datetime
    measurand: str
    value: Decimal | None
    unit: str
    phase: str
    location: str
    context: str
    format: str
    raw: str = Field(description="As it was sent, where it was made another unit.")


class QuarterHourOut(Schema):
    """What a connector delivered in 15 minutes, in one session or outside of any."""

    charger_id: str
    connector_id: int
    session: int | None
    start: datetime
    energy_wh: int
    power_max_w: int | None
    power_mean_w: int | None
    samples: int = Field(description="How many values of power there were.")


class ReadingsIn(lists.ListIn):
    """Which readings."""

    charger: Text = Field(description="The id of a charger.")
    resolution: Literal["raw", "quarter_hour"] = "raw"
    order: Literal["-timestamp", "timestamp"] = "-timestamp"
    connector: Number | None = None
    session: Number | None = Field(None, description="The number of a session.")
    measurand: Text | None = Field(None, description="Only with the resolution `raw`.")
    since: Moment | None = Field(None, description="At this time or later.")
    until: Moment | None = Field(None, description="Before this time.")


@router.get(
    "/readings/",
    response={200: lists.Page[ReadingOut | QuarterHourOut], ONE: Problem},
    summary="Meter readings of a charger",
    url_name="readings",
    openapi_extra=lists.FILES,
)
def list_readings(request: HttpRequest, asked: Query[ReadingsIn]) -> Any:
    """Every value as it came in, or energy and power by quarter-hours.

    Quarter-hours begin at full ones in UTC. They stay when readings are pruned, and are made a
    little after the readings have come in.
    """
    access.require(request, "ocpp.view_meterreading")
    charger = find_charger(asked.charger)
    if asked.resolution == "raw":
        return _raw(request, asked, charger)
    if asked.measurand is not None:
        raise Invalid("measurand", _("goes with the resolution raw only."))
    found: QuerySet[Any] = QuarterHour.objects.filter(charger=charger)
    found = _narrowed(between(found, "start", asked.since, asked.until), asked)
    columns = QuarterHourOut.model_fields.keys() - {"charger_id", "session"}

    def told(rows: Sequence[Any]) -> list[dict[str, Any]]:
        return [_told(row, charger, columns) for row in rows]

    orders = {"timestamp": "start"}
    return lists.answer(request, found, asked, QuarterHourOut, orders, told=told)


def _raw(request: HttpRequest, asked: ReadingsIn, charger: Charger) -> Any:
    found: QuerySet[Any] = MeterReading.objects.filter(charger=charger)
    found = exactly(between(found, "timestamp", asked.since, asked.until), asked, "measurand")
    columns = ReadingOut.model_fields.keys() - {"charger_id", "session"}

    def told(rows: Sequence[Any]) -> list[dict[str, Any]]:
        return [_told(row, charger, columns) for row in rows]

    orders = {"timestamp": "timestamp"}
    return lists.answer(request, _narrowed(found, asked), asked, ReadingOut, orders, told=told)


def _narrowed(found: QuerySet[Any], asked: ReadingsIn) -> QuerySet[Any]:
    if asked.connector is not None:
        found = found.filter(connector_id=asked.connector)
    return found if asked.session is None else found.filter(transaction=asked.session)


def _told(row: Any, charger: Charger, columns: set[str]) -> dict[str, Any]:
    same = {name: getattr(row, name) for name in columns}
    return same | {"charger_id": charger.charger_id, "session": row.transaction_id}
