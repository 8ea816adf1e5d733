"""Connectors in the admin."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts import asking
from accounts.exports import ExportedMixin
from ocpp import operations
from ocpp.admin import commanding
from ocpp.admin.commanding import asking_user
from ocpp.admin.filters import StatusFilter
from ocpp.admin.states import state_html
from ocpp.domain.queries import states
from ocpp.models import Command, Connector


@admin.register(Connector)
class ConnectorAdmin(ExportedMixin, admin.ModelAdmin):
    """Connectors as they reported themselves, and the power that staff know them by."""

    list_display = [
        "charger",
        "connector_id",
        "shown_state",
        "error_code",
        "info",
        "vendor_error_code",
        "status_time",
    ]
    list_display_links = ["charger", "connector_id"]
    list_filter = [StatusFilter]
    list_select_related = ["charger"]
    list_per_page = 50
    show_full_result_count = False
    exported = [
        "charger:charger__charger_id",
        "connector:connector_id",
        "status",
        "error_code",
        "info",
        "vendor_error_code",
        "status_time",
        "max_power_w",
    ]
    search_fields = ["charger__charger_id", "charger__name", "error_code", "info"]
    fields = [
        ("charger", "connector_id"),
        ("shown_state", "status_time"),
        ("error_code", "info"),
        ("vendor_id", "vendor_error_code"),
        "max_power_w",
    ]
    readonly_fields = [
        *("charger", "connector_id", "shown_state", "status_time"),
        *("error_code", "info", "vendor_id", "vendor_error_code"),
    ]
    actions = ["unlock", "set_operative", "set_inoperative", "trigger_status", "composite_schedule"]

    class Media:
        css = {"all": ["bootstrap-icons/font/bootstrap-icons.min.css", "ocpp/states.css"]}

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Connectors report themselves."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """They go with their charger."""
        return False

    def save_model(self, request: HttpRequest, obj: Connector, form: Any, change: bool) -> None:
        """Write what the form holds and nothing else: a status may have come in meanwhile."""
        obj.save(update_fields=["max_power_w"])

    def has_command_permission(self, request: HttpRequest) -> bool:
        """Whoever may change a charger may command it."""
        return request.user.has_perm("ocpp.change_charger")

    @admin.display(description=_("status"), ordering="status")
    def shown_state(self, connector: Connector) -> SafeString:
        """Its state now, or what it last reported, in grey."""
        state = states.of_status(connector.status)
        return state_html(state, faded=not connector.charger.connected)

    @admin.action(description=_("Unlock the selected connectors"), permissions=["command"])
    def unlock(self, request: HttpRequest, queryset: QuerySet[Connector]) -> HttpResponse | None:
        """Let the cables go."""
        title, intro = _("Unlock the selected connectors"), _("Sessions on them are ended.")
        page = asking.unless_confirmed(request, queryset, action="unlock", title=title, intro=intro)
        if page is None:
            self._command(request, queryset, operations.unlock)
        return page

    @admin.action(description=_("Put into service"), permissions=["command"])
    def set_operative(self, request: HttpRequest, queryset: QuerySet[Connector]) -> None:
        """They become operative."""
        deed = partial(operations.change_availability, type="Operative")
        self._command(request, queryset, deed)

    @admin.action(description=_("Take out of service"), permissions=["command"])
    def set_inoperative(
        self, request: HttpRequest, queryset: QuerySet[Connector]
    ) -> HttpResponse | None:
        """They become inoperative, after their transactions."""
        intro = _("Nobody can charge there until they are put into service again.")
        page = asking.unless_confirmed(
            request, queryset, action="set_inoperative", title=_("Take out of service"), intro=intro
        )
        if page is None:
            deed = partial(operations.change_availability, type="Inoperative")
            self._command(request, queryset, deed)
        return page

    @admin.action(description=_("Ask for the status"), permissions=["command"])
    def trigger_status(self, request: HttpRequest, queryset: QuerySet[Connector]) -> None:
        """Have the chargers send StatusNotification about them."""
        deed = partial(operations.trigger_message, requested_message="StatusNotification")
        self._command(request, queryset, deed)

    @admin.action(description=_("Ask what they may draw within a day"), permissions=["command"])
    def composite_schedule(self, request: HttpRequest, queryset: QuerySet[Connector]) -> None:
        """Have the chargers tell the composite schedule; the commands hold the answers."""
        deed = partial(operations.get_composite_schedule, duration=24 * 60 * 60)
        self._command(request, queryset, deed)

    def _command(
        self, request: HttpRequest, connectors: QuerySet[Connector], deed: Callable[..., Command]
    ) -> None:
        user = asking_user(request)
        deeds = [
            partial(deed, one.charger, connector_id=one.connector_id, user=user)
            for one in connectors.select_related("charger")
        ]
        commanding.run(request, deeds)
