"""What meters told: every reading of a charger, or its quarter-hours, hours and days."""

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
from ocpp.domain.queries import stretches
from ocpp.domain.queries.stretches import Stretch
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


class StretchOut(Schema):
    """What a connector delivered in 15 minutes, an hour or a day, in one session or outside."""

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
    resolution: Literal["raw", "quarter_hour", "hour", "day"] = Field(
        "raw", description="Every value, or energy and power in stretches of time."
    )
    order: Literal["-timestamp", "timestamp"] = "-timestamp"
    connector: Number | None = None
    session: Number | None = Field(None, description="The number of a session.")
    measurand: Text | None = Field(None, description="Only with the resolution `raw`.")
    since: Moment | None = Field(None, description="At this time or later.")
    until: Moment | None = Field(None, description="Before this time.")


@router.get(
    "/readings/",
    response={200: lists.Page[ReadingOut | StretchOut], ONE: Problem},
    summary="Meter readings of a charger",
    url_name="readings",
    openapi_extra=lists.FILES,
)
def list_readings(request: HttpRequest, asked: Query[ReadingsIn]) -> Any:
    """Every value as it came in, or energy and power by quarter-hours, hours or days.

    Quarter-hours and hours begin at full ones in UTC, days at midnight in the time zone of the
    node; a day in which its clocks change has 23 or 25 hours. An hour or a day is the sum of its
    quarter-hours that `since` and `until` choose. They stay when readings are pruned, and are made
    a little after the readings have come in.
    """
    access.require(request, "ocpp.view_meterreading")
    charger = find_charger(asked.charger)
    if asked.resolution == "raw":
        return _raw(request, asked, charger)
    if asked.measurand is not None:
        raise Invalid("measurand", _("goes with the resolution raw only."))
    found: QuerySet[Any] = QuarterHour.objects.filter(charger=charger)
    found = _narrowed(between(found, "start", asked.since, asked.until), asked)
    if asked.resolution != "quarter_hour":
        return _summed(request, asked, charger, found)
    columns = StretchOut.model_fields.keys() - {"charger_id", "session"}

    def told(rows: Sequence[Any]) -> list[dict[str, Any]]:
        return [_told(row, charger, columns) for row in rows]

    orders = {"timestamp": "start"}
    return lists.answer(request, found, asked, StretchOut, orders, told=told)


def _summed(
    request: HttpRequest, asked: ReadingsIn, charger: Charger, quarters: QuerySet[Any]
) -> Any:
    """Hours or days of these quarter-hours."""

    def told(rows: Sequence[Any]) -> list[dict[str, Any]]:
        return [
            {
                "charger_id": charger.charger_id,
                "connector_id": row["connector_id"],
                "session": row["transaction_id"],
                "start": stretches.begin(row),
                "energy_wh": row["delivered"],
                "power_max_w": row["highest"],
                "power_mean_w": stretches.mean_w(row),
                "samples": row["values_told"],
            }
            for row in rows
        ]

    found = stretches.summed(quarters, Stretch(asked.resolution))
    orders = {"timestamp": "part"}
    return lists.answer(request, found, asked, StretchOut, orders, told=told, last_key="first")


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
