"""`GET /ocpp/log/<cid>/`: the messages between a charger and this node."""

import logging
from collections.abc import AsyncIterator, Iterator
from dataclasses import asdict

from asgiref.sync import sync_to_async
from django.contrib.admin.views.decorators import staff_member_required
from django.core.handlers.asgi import ASGIRequest
from django.http import Http404, HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.utils.text import slugify
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from audit import domain as audit
from ocpp.domain.errors import NotFound
from ocpp.domain.lookup import find_charger
from ocpp.domain.queries import log as queries
from ocpp.models import Charger, Message

logger = logging.getLogger(__name__)


@require_safe
@never_cache
@staff_member_required
def log(request: HttpRequest, cid: str) -> HttpResponseBase:
    """The message log of a charger, newest first.

    `?action=`, `?direction=in|out`, `?errors=1` and `?q=` (text) choose messages; `?before=` and
    `?after=` a message id turn the page. `?part=1` is the messages alone, as HTML, for a page that
    follows; `?export=jsonl` is all that are chosen, as a file with a line of JSON for each.
    """
    try:
        charger = find_charger(cid)
    except NotFound as missing:
        raise Http404(str(missing)) from missing
    filters = _filters(request)
    if request.GET.get("export") == "jsonl":
        return _export(request, charger, filters)
    before, after = _id(request, "before"), _id(request, "after")
    page = queries.page(charger, filters, before=before, after=after)
    if request.GET.get("part") == "1":
        return render(request, "ocpp/log_entries.html", {"page": page})
    actions = queries.actions(charger)
    if filters.action and filters.action not in actions:
        actions = sorted([*actions, filters.action])
    context = {
        "charger": charger,
        "filters": filters,
        "page": page,
        "newest": before is None and not page.newer,
        "actions": actions,
        "directions": Message.Direction.choices,
        "query": _query(request),
        "searched": queries.SEARCHED,
    }
    return render(request, "ocpp/log.html", context)


def _export(
    request: HttpRequest, charger: Charger, filters: queries.Filters
) -> StreamingHttpResponse:
    logger.info("%a exports the log of %a", request.user.get_username(), charger.charger_id)
    audit.record("messages.exported", charger, after=asdict(filters))
    pieces = queries.export(charger, filters)
    # A server of the other kind would have to hold all of it at once.
    streamed = _beside(pieces) if isinstance(request, ASGIRequest) else pieces
    answer = StreamingHttpResponse(streamed, content_type="application/jsonl; charset=utf-8")
    name = slugify(charger.charger_id) or "charger"
    answer["Content-Disposition"] = f'attachment; filename="log-{name}.jsonl"'
    return answer


async def _beside(pieces: Iterator[str]) -> AsyncIterator[str]:
    while piece := await sync_to_async(_next)(pieces):
        yield piece


def _next(pieces: Iterator[str]) -> str:
    return next(pieces, "")


def _filters(request: HttpRequest) -> queries.Filters:
    direction = request.GET.get("direction", "")
    return queries.Filters(
        action=request.GET.get("action", "").replace("\x00", "")[:64],
        direction=direction if direction in Message.Direction else "",
        errors=request.GET.get("errors", "") == "1",
        text=request.GET.get("q", "").replace("\x00", "").strip()[:100],
    )


def _query(request: HttpRequest) -> str:
    """The filters as they stand in the URL, for links that turn the page."""
    kept = request.GET.copy()
    for name in ("before", "after", "part", "export"):
        kept.pop(name, None)
    return kept.urlencode()


def _id(request: HttpRequest, name: str) -> int | None:
    """The message id under `name`; None when it is absent or no id."""
    text = request.GET.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None
