"""`GET /ocpp/charger/<cid>/`: all that staff want to know of one charger, and its live parts."""

from collections.abc import Callable, Mapping
from typing import Any

from django.conf import settings
from django.contrib.admin.views.decorators import staff_member_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from ocpp import operations
from ocpp.domain import links
from ocpp.domain.errors import NotFound
from ocpp.domain.lookup import find_charger
from ocpp.domain.queries import charger as queries
from ocpp.domain.queries import security_facts, windows
from ocpp.domain.queries.states import NOT_REPORTED, OFFLINE
from ocpp.models import Charger
from ocpp.web import charger_commands, charger_plots


def _now(request: HttpRequest, charger: Charger) -> dict[str, Any]:
    now = timezone.now()
    return {
        "now": now,
        "connectors": [
            (one, charger_commands.of_connector(request.user, charger, one.row))
            for one in queries.now_of(charger, now)
        ],
        "offline": OFFLINE,
        "not_reported": NOT_REPORTED,
    }


def _plots(request: HttpRequest, charger: Charger) -> dict[str, Any]:
    now = timezone.now()
    window = windows.of(request.GET.dict(), now)
    return {
        "window": window,
        "ranges": [(name, name == window.name) for name in windows.RANGES],
        "zoomed": {name: one.query for name, one in windows.zoomed(window, now).items()},
        "drawn": charger_plots.of(charger, window),
    }


def _sessions(request: HttpRequest, charger: Charger) -> dict[str, Any]:
    return {"sessions": queries.sessions(charger)}


def _commands(request: HttpRequest, charger: Charger) -> dict[str, Any]:
    return {
        "commands": [
            (command, operations.sentence(command), operations.outcome_of(command).value)
            for command in queries.commands(charger)
        ],
    }


def _anomalies(request: HttpRequest, charger: Charger) -> dict[str, Any]:
    return {"oddities": queries.oddities(charger)}


#: The parts that are fetched again when something has changed: what each of them shows.
PARTS: Mapping[str, Callable[[HttpRequest, Charger], dict[str, Any]]] = {
    "now": _now,
    "plots": _plots,
    "sessions": _sessions,
    "commands": _commands,
    "anomalies": _anomalies,
}


@require_safe
@never_cache
@staff_member_required
def charger(request: HttpRequest, cid: str) -> HttpResponse:
    """The page of a charger for staff.

    `?range=1h|6h|day|week|month`, or `?from=` and `?to=` (s since 1970, UTC) choose what is
    plotted.
    """
    found = find(cid)
    context: dict[str, Any] = {"charger": found}
    for part in PARTS.values():
        context |= part(request, found)
    context |= {
        "security": security_facts.of(found),
        "keys": queries.configuration(found),
        "url": links.landing_url(found),
        "tiles": settings.MAP_TILES,
        "deeds": charger_commands.of_charger(request.user, found),
        "may_command": operations.may_command(request.user),
    }
    return render(request, "ocpp/charger.html", context)


@require_safe
@never_cache
@staff_member_required
def charger_part(request: HttpRequest, part: str, cid: str) -> HttpResponse:
    """One live part of the page, as it is now; 404 for one that there is not."""
    if part not in PARTS:
        raise Http404
    found = find(cid)
    context = {"charger": found, **PARTS[part](request, found)}
    return render(request, f"ocpp/charger/{part}.html", context)


def find(cid: str) -> Charger:
    """The charger of an address. Raises Http404."""
    try:
        return find_charger(cid)
    except NotFound as missing:
        raise Http404(str(missing)) from missing
