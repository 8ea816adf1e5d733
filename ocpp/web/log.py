"""`GET /ocpp/log/<cid>/`: the messages between a charger and this node."""

from django.contrib.admin.views.decorators import staff_member_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from ocpp.domain.errors import NotFound
from ocpp.domain.lookup import find_charger
from ocpp.domain.queries import log as queries
from ocpp.models import Message


@require_safe
@never_cache
@staff_member_required
def log(request: HttpRequest, cid: str) -> HttpResponse:
    """The message log of a charger, newest first.

    `?action=`, `?direction=in|out` and `?errors=1` choose messages; `?before=` and `?after=` a
    message id turn the page.
    """
    try:
        charger = find_charger(cid)
    except NotFound as missing:
        raise Http404(str(missing)) from missing
    filters = _filters(request)
    page = queries.page(
        charger, filters, before=_id(request, "before"), after=_id(request, "after")
    )
    actions = queries.actions(charger)
    if filters.action and filters.action not in actions:
        actions = sorted([*actions, filters.action])
    context = {
        "charger": charger,
        "filters": filters,
        "page": page,
        "actions": actions,
        "directions": Message.Direction.choices,
        "query": _query(request),
    }
    return render(request, "ocpp/log.html", context)


def _filters(request: HttpRequest) -> queries.Filters:
    direction = request.GET.get("direction", "")
    return queries.Filters(
        action=request.GET.get("action", "").replace("\x00", "")[:64],
        direction=direction if direction in Message.Direction else "",
        errors=request.GET.get("errors", "") == "1",
    )


def _query(request: HttpRequest) -> str:
    """The filters as they stand in the URL, for links that turn the page."""
    kept = request.GET.copy()
    for name in ("before", "after"):
        kept.pop(name, None)
    return kept.urlencode()


def _id(request: HttpRequest, name: str) -> int | None:
    """The message id under `name`; None when it is absent or no id."""
    text = request.GET.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None
