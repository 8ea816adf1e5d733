"""Quarter-hours put together to hours and days, summed by the database."""

from collections.abc import Mapping
from datetime import UTC, datetime, time
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Any

from django.db.models import BigIntegerField, F, Max, Min, QuerySet, Sum
from django.db.models.functions import TruncDate, TruncHour

from ocpp.domain.queries.statements import zone
from ocpp.models import QuarterHour


class Stretch(StrEnum):
    """How much time is put together."""

    HOUR = "hour"
    DAY = "day"


def summed(rows: QuerySet[QuarterHour], stretch: Stretch) -> QuerySet[Any, Any]:
    """Quarter-hours of each connector and session, hour by hour or day by day.

    Hours are full ones in UTC; days are those of the node's time zone, of 23 or 25 hours where its
    clocks change. Each row has `part` (the hour, or the date), `connector_id`, `transaction_id`,
    `delivered` (Wh), the `highest` power (W), the sum of its values (`watts`) and how many they are
    (`values_told`); `first` tells rows of one `part` apart.
    """
    by_hour = TruncHour("start", tzinfo=UTC)
    part = by_hour if stretch is Stretch.HOUR else TruncDate("start", tzinfo=zone())
    return (
        rows.order_by()
        .annotate(part=part)
        .values("part", "connector_id", "transaction_id")
        .annotate(
            first=Min("pk"),
            delivered=Sum("energy_wh"),
            highest=Max("power_max_w"),
            watts=Sum(F("power_mean_w") * F("samples"), output_field=BigIntegerField()),
            values_told=Sum("samples"),
        )
    )


def begin(row: Mapping[str, Any]) -> datetime:
    """When a row of `summed` begins (UTC)."""
    if isinstance(row["part"], datetime):
        return row["part"].astimezone(UTC)
    return datetime.combine(row["part"], time.min, zone()).astimezone(UTC)


def mean_w(row: Mapping[str, Any]) -> int | None:
    """The mean of all values of power in a row of `summed` (W); None where none came in."""
    if row["watts"] is None or not row["values_told"]:
        return None
    mean = Decimal(row["watts"]) / row["values_told"]
    return int(mean.quantize(Decimal(1), ROUND_HALF_UP))
