"""Reservations in the admin."""

from functools import partial
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts import asking
from accounts.exports import ExportedMixin
from ocpp import operations
from ocpp.admin import commanding
from ocpp.admin.commanding import asking_user
from ocpp.admin.facts import ReadOnlyMixin, link_to
from ocpp.domain import reservations
from ocpp.models import Reservation


@admin.register(Reservation)
class ReservationAdmin(ExportedMixin, ReadOnlyMixin, admin.ModelAdmin):
    """What is or was kept for whom, as the charge points answered; it can be cancelled."""

    list_display = [
        "id",
        "charger",
        "connector_id",
        "id_tag",
        "account",
        "created",
        "expires",
        "shown_state",
        "reason",
    ]
    list_filter = ["state", "expires"]
    list_select_related = ["charger", "account__user"]
    list_per_page = 50
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    exported = [
        "id",
        "charger:charger__charger_id",
        "connector:connector_id",
        "id_tag",
        "account:account__user__username",
        "created",
        "expires",
        "state",
        "reason",
    ]
    date_hierarchy = "created"
    search_fields = [
        "=id",
        "id_tag",
        "charger__charger_id",
        "charger__name",
        "account__user__username",
    ]
    search_help_text = _("Reservation id, card, charger or user.")
    fields = [
        ("id", "shown_state", "reason"),
        ("shown_charger", "connector_id"),
        ("id_tag", "parent_id_tag"),
        ("shown_account", "shown_card"),
        ("created", "created_by", "expires"),
        "shown_transaction",
    ]
    readonly_fields = [
        "shown_state",
        "shown_charger",
        "shown_account",
        "shown_card",
        "shown_transaction",
    ]
    actions = ["cancel"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Reservation]:
        related = ("charger", "account__user", "rfid", "created_by", "transaction")
        return super().get_queryset(request).select_related(*related)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Settle what is overdue first, so that the filter by state is true."""
        reservations.settle_overdue(timezone.now())
        return super().changelist_view(request, extra_context)

    def has_command_permission(self, request: HttpRequest) -> bool:
        """Whoever may change a charger may command it."""
        return request.user.has_perm("ocpp.change_charger")

    @admin.display(description=_("state"), ordering="state")
    def shown_state(self, reservation: Reservation) -> str:
        """Its state now."""
        return str(reservation.state_at(timezone.now()).label)

    @admin.display(description=_("charger"))
    def shown_charger(self, reservation: Reservation) -> SafeString | str:
        """The charger, with a link."""
        return link_to(reservation.charger)

    @admin.display(description=_("account"))
    def shown_account(self, reservation: Reservation) -> SafeString | str:
        """Whose card it is, with a link."""
        return link_to(reservation.account)

    @admin.display(description=_("card"))
    def shown_card(self, reservation: Reservation) -> SafeString | str:
        """The card, where it is known, with a link."""
        return link_to(reservation.rfid)

    @admin.display(description=_("used by the transaction"))
    def shown_transaction(self, reservation: Reservation) -> SafeString | str:
        """The transaction that used it, with a link."""
        return link_to(reservation.transaction)

    @admin.action(description=_("Cancel the selected reservations"), permissions=["command"])
    def cancel(self, request: HttpRequest, queryset: QuerySet[Reservation]) -> HttpResponse | None:
        """Ask their chargers to let the connectors go."""
        title = _("Cancel the selected reservations")
        intro = _("Others may take the connectors then.")
        page = asking.unless_confirmed(request, queryset, action="cancel", title=title, intro=intro)
        if page is not None:
            return page
        user = asking_user(request)
        deeds = [
            partial(operations.cancel_reservation, one.charger, reservation_id=one.pk, user=user)
            for one in queryset
        ]
        commanding.run(request, deeds)
        return None
