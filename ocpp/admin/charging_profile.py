"""Charging profiles in the admin."""

from functools import partial

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts import asking
from accounts.exports import ExportedMixin
from ocpp import operations
from ocpp.admin import commanding, schedules
from ocpp.admin.commanding import asking_user
from ocpp.admin.facts import ReadOnlyMixin, link_to
from ocpp.models import ChargingProfile


@admin.register(ChargingProfile)
class ChargingProfileAdmin(ExportedMixin, ReadOnlyMixin, admin.ModelAdmin):
    """What charge points were told to keep to, as they confirmed it; it can be cleared."""

    list_display = [
        "profile_id",
        "charger",
        "connector_id",
        "purpose",
        "stack_level",
        "kind",
        "shown_first_limit",
        "state",
        "reason",
        "created",
    ]
    list_filter = ["state", "purpose", "kind"]
    list_select_related = ["charger"]
    list_per_page = 50
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    exported = [
        "profile_id",
        "charger:charger__charger_id",
        "connector:connector_id",
        "purpose",
        "stack_level",
        "kind",
        "unit",
        "state",
        "reason",
        "created",
        "installed",
        "ended",
    ]
    date_hierarchy = "created"
    search_fields = ["=profile_id", "charger__charger_id", "charger__name"]
    search_help_text = _("Profile id or charger.")
    fieldsets = [
        (
            None,
            {
                "fields": [
                    ("profile_id", "state", "reason"),
                    ("shown_charger", "connector_id", "shown_transaction"),
                    ("purpose", "stack_level"),
                ]
            },
        ),
        (
            _("Schedule"),
            {
                "fields": [
                    ("kind", "recurrency", "schedule_start", "duration_s"),
                    ("valid_from", "valid_to"),
                    ("unit", "converted_from", "min_rate"),
                    "shown_periods",
                ]
            },
        ),
        (
            _("Time"),
            {"fields": [("created", "created_by"), ("installed", "ended"), "shown_command"]},
        ),
    ]
    readonly_fields = ["shown_charger", "shown_transaction", "shown_periods", "shown_command"]
    actions = ["clear"]

    class Media:
        css = {"all": ["ocpp/plot.css"]}

    def get_queryset(self, request: HttpRequest) -> QuerySet[ChargingProfile]:
        related = ("charger", "transaction", "command", "created_by")
        return super().get_queryset(request).select_related(*related)

    def has_command_permission(self, request: HttpRequest) -> bool:
        """Whoever may change a charger may command it."""
        return request.user.has_perm("ocpp.change_charger")

    @admin.display(description=_("first limit"))
    def shown_first_limit(self, profile: ChargingProfile) -> str:
        """The limit at its beginning."""
        return f"{profile.periods[0]['limit']} {profile.unit}"

    @admin.display(description=_("charger"))
    def shown_charger(self, profile: ChargingProfile) -> SafeString | str:
        """The charger, with a link."""
        return link_to(profile.charger)

    @admin.display(description=_("transaction"))
    def shown_transaction(self, profile: ChargingProfile) -> SafeString | str:
        """The transaction that it is for, with a link."""
        return link_to(profile.transaction)

    @admin.display(description=_("command"))
    def shown_command(self, profile: ChargingProfile) -> SafeString | str:
        """The command that carried it, with a link."""
        return link_to(profile.command)

    @admin.display(description=_("periods"))
    def shown_periods(self, profile: ChargingProfile) -> SafeString:
        """From when on which limit holds, and for how many phases it is meant, with a plot."""
        return schedules.profile(profile)

    @admin.action(description=_("Clear the selected profiles"), permissions=["command"])
    def clear(
        self, request: HttpRequest, queryset: QuerySet[ChargingProfile]
    ) -> HttpResponse | None:
        """Ask their chargers to forget them."""
        title = _("Clear the selected profiles")
        intro = _("Their limits hold no longer: the chargers may draw more power.")
        page = asking.unless_confirmed(request, queryset, action="clear", title=title, intro=intro)
        if page is not None:
            return page
        user = asking_user(request)
        clear = operations.clear_charging_profile
        deeds = [
            partial(clear, one.charger, profile_id=one.profile_id, user=user) for one in queryset
        ]
        commanding.run(request, deeds)
        return None
