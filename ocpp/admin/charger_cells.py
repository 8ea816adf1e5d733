"""What the list of chargers says of now, in cells that follow it while the list is open."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.utils.formats import localize
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from ocpp.admin.states import state_html
from ocpp.domain.queries import states
from ocpp.models import Charger

#: Chargers that are asked for at once; a list has no more rows, even with all of them shown.
MOST = 250


class ChargerCells(admin.ModelAdmin):
    """The connection, the connectors and the newest heartbeat of chargers, as they are now."""

    @admin.display(description=_("connection"), ordering="owner")
    def shown_connection(self, charger: Charger) -> SafeString:
        """Whether it is connected now."""
        return _followed(charger, "connection", _connection(charger))

    @admin.display(description=_("connectors"))
    def shown_connectors(self, charger: Charger) -> SafeString:
        """The state of each connector now, or what it last reported, in grey."""
        return _followed(charger, "connectors", _connectors(charger))

    @admin.display(description=_("last heartbeat"), ordering="last_heartbeat")
    def shown_heartbeat(self, charger: Charger) -> SafeString:
        """When it came."""
        return _followed(charger, "heartbeat", _heartbeat(charger))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Charger]:
        return super().get_queryset(request).prefetch_related("connectors")

    def get_urls(self) -> Any:
        """With what is asked for when chargers have changed."""
        wrap = self.admin_site.admin_view
        return [
            path("live/", wrap(self.cells_view), name="ocpp_charger_cells"),
            path("overview/", wrap(self.overview_view), name="ocpp_charger_overview"),
            *super().get_urls(),
        ]

    def cells_view(self, request: HttpRequest) -> JsonResponse:
        """The cells of the chargers `?pk=1&pk=2`, by their keys."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        keys = [key for key in request.GET.getlist("pk") if key.isascii() and key.isdecimal()]
        chargers = self.get_queryset(request).filter(
            pk__in=[int(key) for key in keys[:MOST] if len(key) < 19]
        )
        told = {
            str(charger.pk): {
                "connection": _connection(charger),
                "connectors": _connectors(charger),
                "heartbeat": _heartbeat(charger),
            }
            for charger in chargers
        }
        response = JsonResponse(told)
        add_never_cache_headers(response)
        return response

    def overview_view(self, request: HttpRequest) -> HttpResponse:
        """The numbers on top of the admin's index, for who may see what they count."""
        if not request.user.has_perms(["ocpp.view_charger", "ocpp.view_transaction"]):
            raise PermissionDenied
        response = render(request, "admin/ocpp/overview.html")
        add_never_cache_headers(response)
        return response


def _followed(charger: Charger, name: str, inside: SafeString | str) -> SafeString:
    return format_html(
        '<div data-live-cell="{}" data-live-charger="{}" data-pk="{}" data-src="{}">{}</div>',
        *(name, charger.charger_id, str(charger.pk)),
        *(reverse("admin:ocpp_charger_cells"), inside),
    )


def _connection(charger: Charger) -> SafeString:
    return state_html(states.CONNECTED if charger.connected else states.OFFLINE)


def _connectors(charger: Charger) -> SafeString | str:
    connectors = [c for c in charger.connectors.all() if c.connector_id or c.status in states.DOWN]
    if not connectors:
        return "–"
    return format_html_join(
        "",
        "<div>{}</div>",
        (
            (
                state_html(
                    states.of_status(connector.status),
                    number=connector.connector_id,
                    faded=not charger.connected,
                ),
            )
            for connector in connectors
        ),
    )


def _heartbeat(charger: Charger) -> str:
    time = charger.last_heartbeat
    return "–" if time is None else str(localize(timezone.localtime(time)))
