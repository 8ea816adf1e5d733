"""Commanding many chargers at once, and reading how it went with each of them."""

from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from ninja import Query, Router, Status

from accounts import access
from accounts.api.body import read_object
from accounts.api.problems import Problem
from ocpp import operations
from ocpp.api.actions import request_body, require_command
from ocpp.api.schemas import BulkOut
from ocpp.domain.errors import Invalid, NotFound
from ocpp.domain.lookup import find_charger
from ocpp.domain.redaction import redact
from ocpp.models import BulkCommand, Charger
from ocpp.operations import Outcome, bulk

#: Chargers in one answer, at most.
MOST_TARGETS = 1000
#: The word for all chargers that are accepted.
ALL = "all"

router = Router()

_CHARGERS = {
    "oneOf": [
        {"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": bulk.MOST},
        {"const": ALL},
    ],
    "description": "Their ids, or `all`.",
}


@router.post(
    "/bulk/",
    response={202: BulkOut, frozenset({400, 401, 403, 404, 409, 413, 415}): Problem},
    summary="Command many chargers",
    url_name="bulk",
    openapi_extra={
        "requestBody": request_body(
            extra={"chargers": _CHARGERS},
            example={"action": "clear_cache", "chargers": ["CP1", "CP2"]},
        )
    },
)
def command_many(request: HttpRequest, response: HttpResponse) -> Any:
    """Send a command to each of several chargers, and do not wait for their replies.

    The body is that of a command to one charger, and `chargers`: a list of ids, or `all`. What
    becomes of it can be read at the address in the header `Location`. A charger that cannot be
    commanded now, because it is not connected for example, has *failed* at once with its reason.
    """
    user = require_command(request)
    given = read_object(request)
    name = given.pop("action", None)
    operation = operations.OPERATIONS.get(name) if isinstance(name, str) else None
    if operation is None:
        known = ", ".join(operations.OPERATIONS)
        raise Invalid("action", _("must be one of: %(words)s.") % {"words": known})
    chargers = _chargers(given.pop("chargers", None))
    row = bulk.select(chargers, user)
    try:
        bulk.start(row, operation, given)
    except Invalid:
        row.delete()
        raise
    response["Location"] = reverse("api:bulk-command", kwargs={"number": row.pk})
    return Status(202, _told(row, bulk.progress(row), [], None))


def _chargers(given: Any) -> Any:
    if given == ALL:
        return Charger.objects.filter(registration="Accepted")
    if not isinstance(given, list) or not all(isinstance(cid, str) for cid in given):
        raise Invalid("chargers", _("must be a list of ids, or all."))
    if len(given) > bulk.MOST:
        raise Invalid("chargers", _("may be at most %(most)d.") % {"most": bulk.MOST})
    exact = dict(Charger.objects.filter(charger_id__in=given).values_list("charger_id", "pk"))
    keys = [exact.get(cid) or find_charger(cid).pk for cid in given]
    return Charger.objects.filter(pk__in=keys)


@router.get(
    "/bulk/{int:number}/",
    response={200: BulkOut, frozenset({400, 401, 403, 404}): Problem},
    summary="What became of a command to many chargers",
    url_name="bulk-command",
)
def get_bulk(
    request: HttpRequest,
    number: int,
    outcome: Annotated[Outcome | None, Query()] = None,
    limit: Annotated[int, Query(ge=0, le=MOST_TARGETS)] = 100,
    offset: Annotated[int, Query(ge=0, le=10**9)] = 0,
) -> Any:
    """How far it has come, and how it went with each charger, or with those of an `outcome`.

    `outcome` is `waiting`, `sent`, `done`, `declined` (the charger said no) or `failed`.
    """
    access.require(request, "ocpp.view_bulkcommand")
    row = None
    if number < 2**63:
        row = BulkCommand.objects.exclude(started=None).filter(pk=number).first()
    if row is None:
        raise NotFound(_("There is no bulk command %(number)s.") % {"number": number})
    progress = bulk.look(row)
    keys = progress.keys(*([] if outcome is None else [outcome]))
    return _told(row, progress, keys[offset : offset + limit], outcome)


def _told(
    row: BulkCommand, progress: bulk.Progress, keys: list[int], outcome: Outcome | None
) -> dict[str, Any]:
    return {
        "bulk": row.pk,
        "action": row.operation,
        "arguments": redact(row.arguments),
        "started": row.started,
        "total": progress.total,
        "ended": progress.ended,
        "finished": progress.finished,
        "counts": {one.value: count for one, count in progress.counts.items()},
        "chargers": [
            {
                "charger_id": one.charger.charger_id,
                "outcome": one.outcome.value,
                "detail": one.sentence,
                "command": one.command_pk,
                "answer": one.response,
            }
            for one in bulk.told(keys)
        ],
    }
