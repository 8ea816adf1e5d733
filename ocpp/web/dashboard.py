"""`GET /ocpp/`: all chargers and their state, and the parts of that page that move."""

from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal
from itertools import accumulate
from urllib.parse import urlencode

from django.conf import settings
from django.core.cache import cache
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from ocpp.domain import onboarding
from ocpp.domain.queries import dashboard as queries
from ocpp.domain.queries.network import Network, network
from ocpp.models import Charger
from ocpp.plot import spark_svg
from ocpp.web.charger_rows import charger_rows, rounded

CHARGERS_PER_PAGE = 100
#: Of these, so many come with the page; its script fetches the rest at once. So the first of 10,000
#: is there as soon as the only one.
FIRST_ROWS = 20
#: Chargers on the map at most.
MOST_ON_MAP = 1000
#: The roll-up is read for all who look within so long (s).
NETWORK_S = 5


@dataclass(frozen=True)
class _Asked:
    """What stands in the URL."""

    q: str
    state: str
    group: int | None


@require_safe
@never_cache
def dashboard(request: HttpRequest) -> HttpResponse:
    """The chargers with their connectors.

    `?q=` searches, `?state=` and, for staff, `?group=` choose, `?page=` turns the page. The rows
    after the first come a moment later, or at once with `?whole=1` (for who has no script). Staff
    see every charger, its session and its last sign of life; others see the name and the state of
    those that are accepted.
    """
    staff = _is_staff(request)
    asked = _asked(request)
    chosen = _chosen(asked, staff=staff)
    page = Paginator(chosen.only(*queries.columns(staff=staff)), CHARGERS_PER_PAGE).get_page(
        request.GET.get("page")
    )
    there = page.end_index() - page.start_index() + 1 if page.paginator.count else 0
    first = there if "whole" in request.GET else min(there, FIRST_ROWS)
    shown = page.object_list[:first]
    now = timezone.now()
    context = {
        "staff": staff,
        "now": now,
        "q": asked.q,
        "asked": asked,
        "kept": _kept(asked),
        "page": page,
        "rows": charger_rows(queries.rows(shown, staff=staff), staff=staff, now=now),
        "to_come": there - first,
        "choices": queries.Choice.choices,
        "groups": queries.groups() if staff else [],
        "has_map": bool(queries.on_map(chosen, 1)),
        "tiles": settings.MAP_TILES,
        "waiting": onboarding.count_waiting() if staff else 0,
        **_totals(staff=staff),
    }
    return render(request, "ocpp/dashboard.html", context)


@require_safe
@never_cache
def rows(request: HttpRequest) -> HttpResponse:
    """The rows of some chargers, as the table has them: `?pk=` with their keys, and commas.

    With the filters of a page, one that does not fit them any more has no row.
    """
    staff = _is_staff(request)
    words = request.GET.get("pk", "").split(",")[:CHARGERS_PER_PAGE]
    keys = [int(word) for word in words if word.isascii() and word.isdigit() and len(word) < 19]
    found = _chosen(_asked(request), staff=staff).filter(pk__in=keys)
    found = found.only(*queries.columns(staff=staff))
    drawn = queries.rows(found, staff=staff)
    return HttpResponse(charger_rows(drawn, staff=staff, now=timezone.now()))


@require_safe
@never_cache
def listed(request: HttpRequest) -> JsonResponse:
    """Which chargers stand on a page now: their keys in order, and the links to other pages.

    Filters and `?page=` as for the page. An open page asks this when a charger has changed that it
    does not show, and then only for the rows that it has not.
    """
    asked = _asked(request)
    chosen = _chosen(asked, staff=_is_staff(request)).values_list("pk", flat=True)
    page = Paginator(chosen, CHARGERS_PER_PAGE).get_page(request.GET.get("page"))
    links = render_to_string("ocpp/pages.html", {"page": page, "kept": _kept(asked)})
    return JsonResponse({"keys": list(page.object_list), "pages": links.strip()})


@require_safe
@never_cache
def tiles(request: HttpRequest) -> HttpResponse:
    """The numbers on top of the page."""
    return render(request, "ocpp/tiles.html", _totals(staff=_is_staff(request)))


@require_safe
@never_cache
def network_map(request: HttpRequest) -> JsonResponse:
    """The chargers that have a place, with what the map says of them; filters as for the page."""
    staff = _is_staff(request)
    found = queries.on_map(_chosen(_asked(request), staff=staff), MOST_ON_MAP)
    return JsonResponse({"chargers": [_on_map(row) for row in queries.rows(found, staff=False)]})


def _on_map(row: queries.ChargerRow) -> dict[str, object]:
    charger, state = row.charger, queries.in_all(row)
    return {
        "pk": charger.pk,
        "name": str(charger),
        "place": [float(charger.latitude or 0), float(charger.longitude or 0)],
        "tone": state.tone.value,
        "icon": state.icon,
        "word": str(state.word),
        "url": reverse("ocpp:landing", args=[charger.charger_id]),
    }


def _is_staff(request: HttpRequest) -> bool:
    return request.user.is_active and request.user.is_staff


def _asked(request: HttpRequest) -> _Asked:
    state, group = request.GET.get("state", ""), request.GET.get("group", "")
    return _Asked(
        q=request.GET.get("q", "").replace("\x00", "").strip()[:100],
        state=state if state in queries.Choice else "",
        group=int(group) if group.isascii() and group.isdigit() and len(group) < 19 else None,
    )


def _kept(asked: _Asked) -> str:
    """The filters as they stand in an address."""
    return urlencode({name: value for name, value in asdict(asked).items() if value})


def _chosen(asked: _Asked, *, staff: bool) -> QuerySet[Charger]:
    chosen = queries.choose(queries.visible(staff=staff), asked.state)
    if asked.q:
        chosen = queries.search(chosen, asked.q, staff=staff)
    if asked.group is not None and staff:
        chosen = chosen.filter(groups=asked.group)
    return chosen


def _totals(*, staff: bool) -> dict[str, object]:
    told: dict[str, object] = {
        "staff": staff,
        "totals": queries.totals(queries.visible(staff=staff)),
    }
    return told | _energy(timezone.now()) if staff else told


def _energy(now: datetime) -> dict[str, object]:
    """Power and energy of the network, and how they went in the last 24 hours."""
    found: Network | None = cache.get("ocpp.network")
    if found is None:
        found = network(now)
        cache.set("ocpp.network", found, NETWORK_S)
    energies = [Decimal(one.energy_wh).scaleb(-3) for one in found.quarters]
    powers = [energy * 4 for energy in energies]
    words = {
        "power": rounded(max(powers)),
        "energy": rounded(sum(energies, Decimal(0))),
    }
    return {
        "power_kw": Decimal(found.power_w).scaleb(-3),
        "today_kwh": Decimal(found.today_wh).scaleb(-3),
        "last_day": _("Last 24 hours: %(energy)s kWh, at most %(power)s kW.") % words,
        "power_curve": spark_svg(
            *("network-power", _("Power of the last 24 hours")),
            *(_("Mean of each quarter-hour; the highest is %(power)s kW.") % words, powers),
        ),
        "energy_curve": spark_svg(
            *("network-energy", _("Energy of the last 24 hours, added up")),
            *(_("%(energy)s kWh in all.") % words, list(accumulate(energies))),
        ),
    }
