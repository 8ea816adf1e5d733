"""`GET /ocpp/c/<cid>/`: what a driver in front of the charger wants to know, and may do there."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from ocpp.domain import driving
from ocpp.domain.errors import DomainError, NotFound
from ocpp.domain.links import landing_url, map_url
from ocpp.domain.queries import landing as queries
from ocpp.domain.queries import prices
from ocpp.domain.queries.landing import Landing
from ocpp.domain.queries.states import NOT_REPORTED, OFFLINE, Tone
from ocpp.operations.driving import notice, start_own, stop_own


@require_safe
@never_cache
def landing(request: HttpRequest, cid: str) -> HttpResponse:
    """The public page of a charger: its state in words, the price, and what to do next.

    404 for a charger that is not accepted, unless staff look at it.
    """
    found = _find(request, cid)
    context = _now(request, found) | {
        "url": landing_url(found.charger),
        "map_url": map_url(found.charger),
        "prices": prices.of_charger(found.charger, timezone.now()),
        "staff": _is_staff(request),
    }
    return render(request, "ocpp/landing.html", context)


@require_safe
@never_cache
def landing_now(request: HttpRequest, cid: str) -> HttpResponse:
    """What of the page changes by itself: the connectors, one's own session and one's balance."""
    return render(request, "ocpp/landing_now.html", _now(request, _find(request, cid)))


@require_safe
@never_cache
@login_required
def landing_notice(request: HttpRequest, cid: str) -> HttpResponse:
    """What became of what one has just asked the charger for: a part of its own, to be read out."""
    found = _find(request, cid)
    told = notice(_user(request), found.charger, timezone.now())
    return render(request, "ocpp/landing_notice.html", {"notice": told})


@require_POST
@login_required
def start(request: HttpRequest, cid: str) -> HttpResponse:
    """Ask the charger for a session of one's own; the page tells what becomes of it."""
    found = _find(request, cid)
    number = request.POST.get("connector", "")
    connector = int(number) if number.isascii() and number.isdigit() and len(number) < 9 else None
    try:
        start_own(_user(request), found.charger, connector)
    except DomainError as refusal:
        messages.error(request, str(refusal))
    return redirect("ocpp:landing", found.charger.charger_id)


@require_POST
@login_required
def stop(request: HttpRequest, number: int) -> HttpResponse:
    """Ask for the end of a session of one's own account; 404 for any other."""
    try:
        charger = stop_own(_user(request), number).charger
    except NotFound as missing:
        raise Http404(str(missing)) from missing
    except DomainError as refusal:
        messages.error(request, str(refusal))
        charger = driving.charger_of(_user(request), number)
    if request.POST.get("back") == "me":
        return redirect("ocpp:me")
    return redirect("ocpp:landing", charger.charger_id)


def _find(request: HttpRequest, cid: str) -> Landing:
    found = queries.find(cid, staff=_is_staff(request))
    if found is None:
        raise Http404(_("There is no such charger."))
    return found


def _now(request: HttpRequest, found: Landing) -> dict[str, Any]:
    user = _user(request) if request.user.is_authenticated else None
    now = timezone.now()
    tones = {row.state.tone for row in found.connectors}
    return {
        "charger": found.charger,
        "view": queries.seen_by(found, user, now),
        "notice": notice(user, found.charger, now) if user is not None else None,
        "may_start": bool(tones & {Tone.FREE, Tone.WAITING}),
        "broken": Tone.BROKEN in tones,
        "contact": settings.SUPPORT_CONTACT,
        "offline": OFFLINE,
        "not_reported": NOT_REPORTED,
    }


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # noqa: S101  (the views ask only for who has logged in)
    return request.user


def _is_staff(request: HttpRequest) -> bool:
    return request.user.is_active and request.user.is_staff
