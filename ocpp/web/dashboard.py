"""`GET /ocpp/`: all chargers and their state."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from ocpp.domain import onboarding
from ocpp.domain.queries import dashboard as queries
from ocpp.domain.queries.states import NOT_REPORTED, OFFLINE

CHARGERS_PER_PAGE = 100


@require_safe
@never_cache
def dashboard(request: HttpRequest) -> HttpResponse:
    """The chargers with their connectors; `?q=` searches, `?page=` turns the page.

    Staff see every charger, its session and its last sign of life; others see the name and the
    state of those that are accepted.
    """
    staff = request.user.is_active and request.user.is_staff
    text = request.GET.get("q", "").replace("\x00", "").strip()[:100]
    visible = queries.visible(staff=staff)
    chosen = queries.search(visible, text, staff=staff) if text else visible
    page = Paginator(chosen.only(*queries.COLUMNS), CHARGERS_PER_PAGE).get_page(
        request.GET.get("page")
    )
    context = {
        "staff": staff,
        "q": text,
        "page": page,
        "rows": queries.rows(page.object_list, staff=staff),
        "totals": queries.totals(visible),
        "waiting": onboarding.count_waiting() if staff else 0,
        "now": timezone.now(),
        "offline": OFFLINE,
        "not_reported": NOT_REPORTED,
    }
    return render(request, "ocpp/dashboard.html", context)
