"""`GET /ocpp/c/<cid>/`: what a driver in front of the charger wants to know."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from ocpp.domain.links import landing_url
from ocpp.domain.queries import landing as queries
from ocpp.domain.queries.states import NOT_REPORTED, OFFLINE, Tone


@require_safe
@never_cache
def landing(request: HttpRequest, cid: str) -> HttpResponse:
    """The public page of a charger: its state in words, and what to do next.

    404 for a charger that is not accepted, unless staff look at it.
    """
    staff = request.user.is_active and request.user.is_staff
    found = queries.find(cid, staff=staff)
    if found is None:
        raise Http404(_("There is no such charger."))
    context = {
        "charger": found.charger,
        "connectors": found.connectors,
        "may_start": any(row.state.tone in (Tone.FREE, Tone.WAITING) for row in found.connectors),
        "url": landing_url(found.charger),
        "staff": staff,
        "offline": OFFLINE,
        "not_reported": NOT_REPORTED,
    }
    return render(request, "ocpp/landing.html", context)
