"""Where in a table that only grows a time begins, without an index on its times."""

from datetime import datetime
from typing import Any

from django.db.models import Max, QuerySet


def first_id(rows: QuerySet[Any], time: datetime) -> int:
    """The id from which on `rows` are of `time` or later, by halving: some thirty small queries.

    `rows` have a field `time` and are filtered by what stands before `id` in an index, or by
    nothing. Rows come in about the order of their times; one that came late may be missed.
    """
    low: int = 1
    high: int = (rows.order_by().aggregate(newest=Max("id"))["newest"] or 0) + 1
    while low < high:
        middle = (low + high) // 2
        found = rows.filter(id__gte=middle).order_by("id").values_list("id", "time").first()
        if found is None or found[1] >= time:
            high = middle
        else:
            low = found[0] + 1
    return low
