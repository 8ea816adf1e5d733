"""Reading chargers."""

from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Query, Router

from ocpp.api import reads
from ocpp.api.schemas import ChargerDetailOut, ChargersOut, Problem
from ocpp.domain.lookup import find_charger

#: Chargers in one answer, at most.
MOST_CHARGERS = 1000

router = Router()


@router.get(
    "/chargers/",
    response={200: ChargersOut, 400: Problem, 401: Problem, 403: Problem},
    summary="All chargers",
    url_name="chargers",
)
def list_chargers(
    request: HttpRequest,
    limit: Annotated[int, Query(ge=1, le=MOST_CHARGERS)] = MOST_CHARGERS,
    offset: Annotated[int, Query(ge=0, le=10**9)] = 0,
) -> Any:
    """Every charger with its connectors and active transactions, by id.

    Without `limit` up to 1000 at once; `count` tells how many there are, `offset` skips.
    """
    found = reads.chargers()
    return {
        "count": found.count(),
        "limit": limit,
        "offset": offset,
        "chargers": list(found[offset : offset + limit]),
    }


@router.get(
    "/chargers/{path:cid}/",
    response={200: ChargerDetailOut, 401: Problem, 403: Problem, 404: Problem},
    summary="One charger",
    url_name="charger",
)
def get_charger(request: HttpRequest, cid: str) -> Any:
    """Details of a charger, its current or last transaction, and its newest 100 messages."""
    return reads.detail(find_charger(cid))
