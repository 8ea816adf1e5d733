"""Transactions in the admin."""

from functools import partial
from urllib.parse import urlencode

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts import asking
from accounts.exports import ExportedMixin
from ocpp import operations
from ocpp.admin import commanding, exports, repairing
from ocpp.admin.commanding import asking_user
from ocpp.admin.facts import BoundedPaginator, ReadOnlyMixin, link_to
from ocpp.admin.filters import RunningFilter, ToReviewFilter
from ocpp.domain.queries import reasons
from ocpp.models import SessionCost, Transaction


@admin.register(Transaction)
class TransactionAdmin(ExportedMixin, ReadOnlyMixin, admin.ModelAdmin):
    """Transactions as the charge points reported them. None is ever changed or deleted here."""

    exported = exports.TRANSACTION
    list_display = [
        "id",
        "charger",
        "connector_id",
        "account",
        "id_tag",
        "shown_energy",
        "start_time",
        "stop_time",
        "state",
        "reason",
        "needs_review",
    ]
    list_filter = [("state", RunningFilter), ("needs_review", ToReviewFilter), "start_time"]
    list_select_related = ["charger", "account__user"]
    list_per_page = 50
    show_full_result_count = False
    paginator = BoundedPaginator
    show_facets = admin.ShowFacets.NEVER
    date_hierarchy = "start_time"
    search_fields = [
        "=id",
        "id_tag",
        "charger__charger_id",
        "charger__name",
        "account__user__username",
        "account__user__last_name",
    ]
    search_help_text = _("Transaction id, card, charger or user.")
    fieldsets = [
        (
            None,
            {
                "fields": [
                    ("id", "state", "needs_review"),
                    ("shown_charger", "connector_id"),
                    ("shown_account", "id_tag", "shown_card", "vehicle"),
                    ("authorization", "why_so"),
                ]
            },
        ),
        (
            _("Energy"),
            {
                "fields": [
                    ("shown_energy", "billed_wh", "held_wh", "shown_cost"),
                    ("limit_wh", "limit_minutes", "stop_at", "stop_asked", "stop_cause"),
                    ("written_off", "shown_review"),
                    ("meter_start", "meter_stop", "meter_last", "meter_base"),
                    "readings",
                ]
            },
        ),
        (
            _("Time"),
            {
                "fields": [
                    ("start_time", "stop_time"),
                    ("start_received", "stop_received"),
                    ("start_as_sent", "stop_as_sent"),
                    ("reason", "stop_id_tag"),
                ]
            },
        ),
    ]
    readonly_fields = [
        "why_so",
        "shown_charger",
        "shown_account",
        "shown_card",
        "shown_energy",
        "shown_cost",
        "readings",
        "shown_review",
        "start_as_sent",
        "stop_as_sent",
    ]
    actions = ["remote_stop", "close_orphans", "accept_energy"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Transaction]:
        related = ("charger", "account__user", "rfid", "vehicle")
        return super().get_queryset(request).select_related(*related)

    def get_export_queryset(self, request: HttpRequest) -> QuerySet[Transaction]:
        """A file also tells what each session cost."""
        rows: QuerySet[Transaction] = super().get_export_queryset(request)
        return rows.select_related("cost")

    def has_command_permission(self, request: HttpRequest) -> bool:
        """Whoever may change a charger may command it."""
        return request.user.has_perm("ocpp.change_charger")

    def has_repair_permission(self, request: HttpRequest) -> bool:
        """Whoever may add repairs."""
        return repairing.may_repair(request)

    @admin.display(description=_("authorization reason"))
    def why_so(self, row: Transaction) -> str:
        """Why its start was refused, in the language of the reader."""
        return reasons.told(row.authorization_reason) or "–"

    @admin.display(description=_("energy (kWh)"), ordering="energy_wh")
    def shown_energy(self, transaction: Transaction) -> str:
        """Energy as far as it is known, to the Wh."""
        return f"{transaction.energy_kwh:.3f}"

    @admin.display(description=_("cost"))
    def shown_cost(self, transaction: Transaction) -> SafeString | str:
        """What it cost by its tariff, with a link to the lines; "–" for nothing."""
        return link_to(SessionCost.objects.filter(transaction=transaction).first())

    @admin.display(description=_("charger"))
    def shown_charger(self, transaction: Transaction) -> SafeString | str:
        """The charger, with a link."""
        return link_to(transaction.charger)

    @admin.display(description=_("account"))
    def shown_account(self, transaction: Transaction) -> SafeString | str:
        """The account that pays, with a link."""
        return link_to(transaction.account)

    @admin.display(description=_("card"))
    def shown_card(self, transaction: Transaction) -> SafeString | str:
        """The card, where it is known, with a link."""
        return link_to(transaction.rfid)

    @admin.display(description=_("meter readings"))
    def readings(self, transaction: Transaction) -> SafeString:
        """A link to its readings, found by charger and time, which are indexed."""
        query = {
            "charger__id__exact": transaction.charger_id,
            "timestamp__gte": transaction.start_time.isoformat(),
            "transaction__id__exact": transaction.pk,
        }
        url = reverse("admin:ocpp_meterreading_changelist")
        return format_html('<a href="{}?{}">{}</a>', url, urlencode(query), _("Show"))

    @admin.display(description=_("review"))
    def shown_review(self, transaction: Transaction) -> SafeString:
        """The way to its evidence, and to repairs."""
        url = reverse("admin:ocpp_review_change", args=[transaction.pk])
        return format_html('<a href="{}">{}</a>', url, _("Evidence and repairs"))

    @admin.display(description=_("start as sent"))
    def start_as_sent(self, transaction: Transaction) -> str:
        """The timestamp of the start in the charge point's own words."""
        return transaction.start_raw

    @admin.display(description=_("stop as sent"))
    def stop_as_sent(self, transaction: Transaction) -> str:
        """The timestamp of the stop in the charge point's own words."""
        return transaction.stop_raw

    @admin.action(description=_("Stop the selected transactions"), permissions=["command"])
    def remote_stop(
        self, request: HttpRequest, queryset: QuerySet[Transaction]
    ) -> HttpResponse | None:
        """Ask their chargers to end them; each ends when its charger reports it."""
        title, intro = _("Stop the selected transactions"), _("The vehicles stop charging.")
        page = asking.unless_confirmed(
            request, queryset, action="remote_stop", title=title, intro=intro
        )
        if page is not None:
            return page
        user = asking_user(request)
        deeds = [
            partial(operations.remote_stop, one.charger, transaction_id=one.pk, user=user)
            for one in queryset
        ]
        commanding.run(request, deeds)
        return None

    @admin.action(
        description=_("Close without a stop (the charger will not report one)"),
        permissions=["repair"],
    )
    def close_orphans(
        self, request: HttpRequest, queryset: QuerySet[Transaction]
    ) -> HttpResponse | None:
        """Close open transactions with their last known meter value; they await a review."""
        title = _("Close without a stop (the charger will not report one)")
        page = asking.unless_confirmed(
            request,
            queryset,
            action="close_orphans",
            title=title,
            intro=repairing.CLOSED,
            words=repairing.which,
        )
        if page is None:
            repairing.close_all(self, request, list(queryset))
        return page

    @admin.action(description=_("Accept the energy and bill it"), permissions=["repair"])
    def accept_energy(
        self, request: HttpRequest, queryset: QuerySet[Transaction]
    ) -> HttpResponse | None:
        """End the review of ended transactions: what they delivered is added to the accounts."""
        title = _("Accept the energy and bill it")
        page = asking.unless_confirmed(
            request,
            queryset,
            action="accept_energy",
            title=title,
            intro=repairing.BILLED,
            words=repairing.which,
        )
        if page is None:
            repairing.accept_all(self, request, list(queryset))
        return page
