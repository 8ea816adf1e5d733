"""What the lists of charging are filtered by: a charger, and a span of time."""

from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from pydantic import Field

from accounts.api import lists
from accounts.api.values import Moment, Text
from ocpp.domain.lookup import find_charger


class OfChargerIn(lists.NewestIn):
    """A list of things that belong to chargers."""

    charger: Text | None = Field(None, description="The id of a charger; 404 for an unknown one.")


class SpanIn(OfChargerIn):
    """The same, of a time."""

    since: Moment | None = Field(None, description="At this time or later.")
    until: Moment | None = Field(None, description="Before this time.")


def of_charger(found: QuerySet[Any], cid: str | None) -> QuerySet[Any]:
    """Those of one charger. Raises NotFound for an unknown one."""
    return found if cid is None else found.filter(charger=find_charger(cid))


def between(
    found: QuerySet[Any], column: str, since: datetime | None, until: datetime | None
) -> QuerySet[Any]:
    """Those with a time in `column` from `since` on and before `until`."""
    if since is not None:
        found = found.filter(**{f"{column}__gte": since})
    if until is not None:
        found = found.filter(**{f"{column}__lt": until})
    return found


def exactly(found: QuerySet[Any], asked: Any, *names: str) -> QuerySet[Any]:
    """Those whose columns `names` have what was asked for under the same names, if anything."""
    wanted = {name: getattr(asked, name) for name in names}
    return found.filter(**{name: value for name, value in wanted.items() if value is not None})
