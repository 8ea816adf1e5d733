"""The review queue: what needs a look, why, and repairs, each recorded with author and reason."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Query, Router, Schema

from accounts import access
from accounts.api.body import read_object
from accounts.api.problems import Problem
from accounts.models import Account, User
from ocpp.api.schemas import TransactionOut
from ocpp.choices import RepairKind
from ocpp.domain import reviews
from ocpp.domain.errors import Invalid
from ocpp.domain.queries import reviews as queue
from ocpp.models import OrphanStop, Repair, Transaction

MOST = 1000

router = Router(tags=["reviews"])


class SuggestionOut(Schema):
    """Energy (Wh) that a session may have delivered, and by what it is told."""

    energy_wh: int
    why: str


class ReviewOut(TransactionOut):
    """A transaction that needs a look. `seen` is the number of its newest repair, 0 for none."""

    charger_id: str
    billed_wh: int
    written_off: bool
    why: list[str]
    suggestions: list[SuggestionOut]
    seen: int


class OrphanOut(Schema):
    """A stop that fits no transaction, as it was sent."""

    id: int
    charger_id: str
    transaction_id_sent: int
    id_tag: str
    meter: int
    time: datetime
    received: datetime
    reason: str


class ReviewsOut(Schema):
    """A page of the queue, oldest first, and the stops without start (the first 1,000)."""

    count: int
    limit: int
    offset: int
    transactions: list[ReviewOut]
    orphans: list[OrphanOut]


class RepairOut(Schema):
    """A repair. `done` is false where there was nothing to do; then nothing is recorded."""

    done: bool
    repair: int | None
    kind: str
    before: dict[str, Any]
    after: dict[str, Any]
    reason: str
    author: str


_KINDS = [kind.value for kind in RepairKind if kind != RepairKind.DISMISS]
_BODY = {
    "type": "object",
    "additionalProperties": False,
    "required": ["repair"],
    "properties": {
        "repair": {"enum": _KINDS},
        "energy_wh": {"type": "integer", "description": "For `energy`."},
        "account": {
            "type": ["integer", "null"],
            "description": "For `assign`: the id of the account that pays, null for nobody.",
        },
        "orphan": {"type": "integer", "description": "For `attach`: the stop without start."},
        "reason": {
            "type": "string",
            "maxLength": reviews.MAX_REASON,
            "description": "Needed for `energy`, `write_off` and `assign`.",
        },
        "seen": {
            "type": "integer",
            "description": "As it was read; 409 when somebody else has repaired it since.",
        },
    },
}
_REASON = {
    "type": "object",
    "additionalProperties": False,
    "required": ["reason"],
    "properties": {"reason": {"type": "string", "maxLength": reviews.MAX_REASON}},
}
_ERRORS = frozenset({400, 401, 403, 404, 409, 413, 415})


def _json(schema: dict[str, Any], **example: Any) -> dict[str, Any]:
    content = {"application/json": {"schema": schema, "example": example}}
    return {"requestBody": {"required": True, "content": content}}


@router.get(
    "/reviews/",
    response={200: ReviewsOut, 400: Problem, 401: Problem, 403: Problem},
    summary="What awaits a review",
    url_name="reviews",
)
def list_reviews(
    request: HttpRequest,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
    offset: Annotated[int, Query(ge=0, le=10**9)] = 0,
) -> Any:
    """The transactions whose energy people have to look at, and the stops that fit none.

    It needs the permission to see transactions.
    """
    access.require(request, "ocpp.view_transaction")
    now = timezone.now()
    found = queue.queue(now)
    return {
        "count": Transaction.objects.filter(queue.waiting(now)).count(),
        "limit": limit,
        "offset": offset,
        "transactions": [_told(one, now) for one in found[offset : offset + limit]],
        "orphans": [_told_orphan(one) for one in queue.orphans()[:MOST]],
    }


def _told(found: Transaction, now: datetime) -> dict[str, Any]:
    names = [name for name in TransactionOut.model_fields if name != "transaction_id"]
    return {
        **{name: getattr(found, name) for name in names},
        "transaction_id": found.pk,
        "charger_id": found.charger.charger_id,
        "billed_wh": found.billed_wh,
        "written_off": found.written_off,
        "why": queue.why(found, now),
        "suggestions": [one._asdict() for one in queue.suggestions(found, now)],
        "seen": reviews.newest_repair(found),
    }


def _told_orphan(orphan: OrphanStop) -> dict[str, Any]:
    names = [name for name in OrphanOut.model_fields if name != "charger_id"]
    return {
        **{name: getattr(orphan, name) for name in names},
        "charger_id": orphan.charger.charger_id,
    }


@router.post(
    "/reviews/{int:number}/repair/",
    response={200: RepairOut, _ERRORS: Problem},
    summary="Repair a transaction",
    url_name="review-repair",
    openapi_extra=_json(_BODY, repair="energy", energy_wh=5000, reason="As the meter shows."),
)
def repair(request: HttpRequest, number: int) -> Any:
    """Accept, correct or write off its energy, close it, attach its stop, or change who pays.

    What changes is billed in the same step, just the difference. The second time the same
    repair does nothing. It needs the permission to add repairs.
    """
    access.require(request, "ocpp.add_repair")
    given = read_object(request)
    for name in given:
        if name not in _BODY["properties"]:  # type: ignore[operator]
            raise Invalid(name, _("is not known here."))
    author = request.user if isinstance(request.user, User) else None
    now, reason = timezone.now(), _text(given)
    seen = _whole(given, "seen") if "seen" in given else None
    deeds: dict[str, Callable[[], Repair | None]] = {
        "accept": lambda: reviews.accept(number, author, now, reason, seen=seen),
        "energy": lambda: reviews.set_energy(
            number, _whole(given, "energy_wh"), author, now, reason, seen=seen
        ),
        "write_off": lambda: reviews.write_off(number, author, now, reason, seen=seen),
        "close": lambda: reviews.close(number, author, now, reason, seen=seen),
        "assign": lambda: reviews.assign(number, _account(given), author, now, reason, seen=seen),
        "attach": lambda: reviews.attach(
            _whole(given, "orphan"), number, author, now, reason, seen=seen
        ),
    }
    kind = given.get("repair")
    deed = deeds.get(kind) if isinstance(kind, str) else None
    if deed is None:
        raise Invalid("repair", _("must be one of: %(words)s.") % {"words": ", ".join(_KINDS)})
    return _outcome(deed(), str(kind))


@router.post(
    "/reviews/orphans/{int:number}/dismiss/",
    response={200: RepairOut, _ERRORS: Problem},
    summary="Dismiss a stop without start",
    url_name="orphan-dismiss",
    openapi_extra=_json(_REASON, reason="A test of the installer."),
)
def dismiss(request: HttpRequest, number: int) -> Any:
    """The stop is that of no transaction: it leaves the queue. A reason is needed."""
    access.require(request, "ocpp.add_repair")
    given = read_object(request)
    for name in given:
        if name != "reason":
            raise Invalid(name, _("is not known here."))
    author = request.user if isinstance(request.user, User) else None
    return _outcome(reviews.dismiss(number, author, timezone.now(), _text(given)), "dismiss")


def _outcome(made: Repair | None, kind: str) -> dict[str, Any]:
    if made is None:
        nothing = {"before": {}, "after": {}, "reason": "", "author": ""}
        return {"done": False, "repair": None, "kind": kind, **nothing}
    return {
        "done": True,
        "repair": made.pk,
        "kind": made.kind,
        "before": made.before,
        "after": made.after,
        "reason": made.reason,
        "author": made.author_name,
    }


def _text(given: dict[str, Any]) -> str:
    reason = given.get("reason", "")
    if not isinstance(reason, str):
        raise Invalid("reason", _("must be a text."))
    return reason


def _whole(given: dict[str, Any], name: str) -> int:
    value = given.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise Invalid(name, _("must be a whole number."))
    return value


def _account(given: dict[str, Any]) -> Account | None:
    if "account" not in given:
        raise Invalid("account", _("is needed: the id of an account, or null for nobody."))
    if given["account"] is None:
        return None
    number = _whole(given, "account")
    account = Account.objects.filter(pk=number).first() if 0 < number < 2**63 else None
    if account is None:
        raise Invalid("account", _("there is no such account."))
    return account
