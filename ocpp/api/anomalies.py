"""What charge points did against the standard."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from accounts import access
from accounts.api import lists
from accounts.api.problems import ONE, Problem
from accounts.api.values import Number
from ocpp.api.filters import SpanIn, between, exactly, of_charger
from ocpp.choices import AnomalyKind
from ocpp.domain.queries import anomalies
from ocpp.models import Anomaly

router = Router(tags=["anomalies"])


class AnomalyOut(Schema):
    """What was odd, and what was done about it, in the language asked for."""

    id: int
    charger_id: str
    session: int | None
    kind: str
    code: str = Field(description="Which oddity it is; empty for an old one.")
    action: str
    message_id: str
    detail: str
    done: str
    time: datetime


class AnomaliesIn(SpanIn):
    """Which anomalies."""

    kind: AnomalyKind | None = None
    session: Number | None = Field(None, description="The number of a session.")


@router.get(
    "/anomalies/",
    response={200: lists.Page[AnomalyOut], ONE: Problem},
    summary="Anomalies",
    url_name="anomalies",
    openapi_extra=lists.FILES,
)
def list_anomalies(request: HttpRequest, asked: Query[AnomaliesIn]) -> Any:
    """What charge points did against the standard, and what was made of it."""
    access.require(request, "ocpp.view_anomaly")
    found = of_charger(Anomaly.objects.select_related("charger"), asked.charger)
    found = exactly(between(found, "time", asked.since, asked.until), asked, "kind")
    if asked.session is not None:
        found = found.filter(transaction=asked.session)
    return lists.answer(request, found, asked, AnomalyOut, told=_told)


def _told(rows: Sequence[Anomaly]) -> list[dict[str, Any]]:
    same = ("id", "kind", "code", "action", "message_id", "time")
    return [
        {name: getattr(row, name) for name in same}
        | {
            "charger_id": row.charger.charger_id,
            "session": row.transaction_id,
            "detail": anomalies.told(row),
            "done": anomalies.done_about(row),
        }
        for row in rows
    ]
