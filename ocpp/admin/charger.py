"""Charge points in the admin."""

from typing import Any

from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_lazy as _

from accounts.exports import ExportedMixin
from ocpp.admin import charger_now, configuration_page, exports, live
from ocpp.admin.charger_actions import ChargerActions
from ocpp.admin.charger_cells import MOST, ChargerCells
from ocpp.admin.charger_form import ChargerForm
from ocpp.admin.charger_security import ChargerSecurity
from ocpp.admin.command_pages import CommandPages
from ocpp.admin.connector_inline import ConnectorInline
from ocpp.admin.facts import as_json
from ocpp.admin.filters import ConnectedFilter, ConnectorStatusFilter
from ocpp.domain import links, registration
from ocpp.domain.queries import local_lists
from ocpp.models import Charger, Transaction
from qrcodes.templatetags.qrcodes import qr_img

#: The list and the page of a charger follow it.
LIVE = ("ocpp/live.js", "ocpp/charger_cells.js")

RULES: list[Any] = [
    "require_rfid",
    "tariff",
    "local_list_upkeep",
    "strict",
    "time_zone",
    ("phases", "voltage"),
    ("retry_interval", "heartbeat_interval"),
    "read_after_boot",
    ("pings", "pause_ms"),
]

#: What the charge point says of itself, and what is known of its connection.
REPORTED: list[Any] = [
    ("vendor", "model"),
    ("serial_number", "charge_box_serial_number"),
    ("firmware_version", "firmware_status"),
    ("diagnostics_status", "log_status"),
    ("local_list_version", "shown_local_list"),
    ("iccid", "imsi"),
    ("meter_type", "meter_serial_number"),
    ("last_boot", "last_heartbeat", "last_seen"),
    ("connected_at", "disconnected_at"),
    ("last_path", "remote_address", "created"),
    "shown_certificates",
    "shown_config",
    "shown_meter_values",
]


@admin.register(Charger)
class ChargerAdmin(ExportedMixin, ChargerCells, ChargerSecurity, CommandPages, ChargerActions):
    """Charge points: their settings and place can be changed, what they reported cannot."""

    form = ChargerForm
    exported = exports.CHARGER
    list_display = [
        "charger_id",
        "name",
        "shown_connection",
        "links",
        "shown_connectors",
        "require_rfid",
        "registration",
        "shown_heartbeat",
    ]
    list_display_links = ["charger_id", "name"]
    list_filter = [
        ConnectedFilter,
        "registration",
        ConnectorStatusFilter,
        "require_rfid",
        "security_profile",
        "discovered",
    ]
    list_per_page = 50
    list_max_show_all = MOST
    show_full_result_count = False
    change_list_template = "admin/ocpp/charger/list.html"
    search_fields = ["charger_id", "name", "vendor", "model", "serial_number"]
    inlines = [ConnectorInline]
    readonly_fields = [
        "shown_connection",
        "links",
        "shown_now",
        "shown_energy",
        "map",
        "qr_code",
        "shown_certificates",
        "shown_security",
        "shown_config",
        "shown_meter_values",
        *(name for row in REPORTED if isinstance(row, tuple) for name in row),
    ]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    ("charger_id", "name"),
                    ("registration", "shown_connection", "links"),
                    *RULES,
                ]
            },
        ),
        (
            _("Position"),
            {
                "fields": ["map", ("latitude", "longitude")],
                "description": _("Click the map or drag the marker, or type the numbers."),
            },
        ),
        (_("Now"), {"fields": ["shown_now"]}),
        (_("Energy"), {"fields": ["shown_energy"]}),
        (_("Security"), {"fields": ["security_profile", "shown_security"]}),
        (_("QR code of the landing page"), {"fields": ["qr_code"]}),
        (_("Reported by the charge point"), {"fields": REPORTED, "classes": ["collapse"]}),
    ]

    class Media:
        css = {
            "all": [
                "bootstrap-icons/font/bootstrap-icons.min.css",
                "js_lib_leaflet/leaflet.css",
                "ocpp/states.css",
                "ocpp/admin.css",
                "ocpp/commands.css",
                "ocpp/plot.css",
                "ocpp/live.css",
            ]
        }
        js = ["js_lib_leaflet/leaflet.js", "ocpp/position_map.js", *LIVE]

    # --- what is shown ------------------------------------------------------------------------

    def get_fieldsets(self, request: HttpRequest, obj: Charger | None = None) -> Any:
        """A charger that is not there yet has reported nothing and has no pages."""
        if obj is not None:
            return self.fieldsets
        settings = {"fields": ["charger_id", "name", "registration", *RULES]}
        return [(None, settings), self.fieldsets[1]]

    def get_readonly_fields(self, request: HttpRequest, obj: Charger | None = None) -> list[str]:
        """The id is what the charge point calls itself: another id is another charger."""
        return [*self.readonly_fields, "charger_id"] if obj is not None else self.readonly_fields

    def get_inlines(self, request: HttpRequest, obj: Charger | None) -> Any:
        return self.inlines if obj is not None else []

    @admin.display(description=_("links"))
    def links(self, charger: Charger) -> SafeString:
        """To its page, its public page, its message log, and what it can be told."""
        return format_html(
            '<a href="{}">{}</a> · <a href="{}">{}</a> · <a href="{}">{}</a> ·'
            ' <a href="{}?charger__id__exact={}">{}</a> · <a class="button" href="{}">{}</a>',
            reverse("ocpp:charger", args=[charger.charger_id]),
            pgettext("page", "Status"),
            reverse("ocpp:landing", args=[charger.charger_id]),
            _("Landing Page"),
            reverse("ocpp:log", args=[charger.charger_id]),
            _("Log"),
            reverse("admin:ocpp_transaction_changelist"),
            charger.pk,
            _("Sessions"),
            reverse("admin:ocpp_charger_commands", args=[charger.pk]),
            _("Command…"),
        )

    @admin.display(description=_("now"))
    def shown_now(self, charger: Charger) -> SafeString:
        """What goes on there, kept up to date while the page is open."""
        now = charger_now.of(charger)
        return format_html(
            '<div data-live="{}" data-live-charger="{}" data-again="{}">{}</div>',
            *(now.url, charger.charger_id, live.LOOK_AGAIN_MS),
            render_to_string(charger_now.TEMPLATE, {"now": now}),
        )

    @admin.display(description=_("delivered"))
    def shown_energy(self, charger: Charger) -> str:
        """Plots of its energy by days and quarter-hours."""
        return render_to_string("ocpp/energy.html", {"charger": charger})

    @admin.display(description=_("map"))
    def map(self, charger: Charger | None) -> SafeString:
        """The map that `position_map.js` draws into this element."""
        position = (charger.latitude, charger.longitude) if charger else (None, None)
        images = "js_lib_leaflet/images/"
        return format_html(
            '<div id="charger-map" data-latitude="{}" data-longitude="{}" data-icon="{}"'
            ' data-icon2x="{}" data-shadow="{}" data-label="{}" data-tiles="{}"></div>',
            *("" if number is None else f"{number:f}" for number in position),
            static(f"{images}marker-icon.png"),
            static(f"{images}marker-icon-2x.png"),
            static(f"{images}marker-shadow.png"),
            _("Position of the charger"),
            settings.MAP_TILES,
        )

    @admin.display(description=_("QR code"))
    def qr_code(self, charger: Charger) -> SafeString:
        """The code to print for the charger, and what it leads to."""
        url = links.landing_url(charger)
        hint = ""
        if links.only_from_here():
            hint = gettext(
                "No phone can open this address. Set SITE_URL, or the domain under Sites, to what"
                " people reach this node by."
            )
        return format_html(
            '{}<br><a href="{}">{}</a><div class="help">{}</div>', qr_img(url), url, url, hint
        )

    @admin.display(description=_("configuration"))
    def shown_config(self, charger: Charger) -> SafeString:
        """Its configuration keys as last reported, without secrets; and where to change them."""
        url = reverse(f"admin:{configuration_page.NAME}", args=[charger.pk])
        link = format_html('<a href="{}">{}</a>', url, _("Show and change the configuration"))
        return link + as_json(charger.config)

    def get_urls(self) -> list[Any]:
        return [*configuration_page.urls(self), *super().get_urls()]

    @admin.display(description=_("list of cards on the charger"))
    def shown_local_list(self, charger: Charger) -> str:
        """Whether it is kept up to date, whether it is, and why not."""
        return local_lists.standing(charger).sentence

    @admin.display(description=_("last meter values"))
    def shown_meter_values(self, charger: Charger) -> SafeString:
        """The payload of its newest MeterValues."""
        return as_json(charger.last_meter_values)

    # --- saving and deleting ------------------------------------------------------------------

    def save_model(self, request: HttpRequest, obj: Charger, form: Any, change: bool) -> None:
        """Write what the form holds and nothing else; staff have now looked at the charger."""
        obj.discovered = False
        if not change:
            obj.save()
            return
        obj.save(update_fields=[*form.cleaned_data, "discovered"])
        if "security_profile" in form.changed_data:
            # Staff have decided; what the charge point was told before is outdated.
            Charger.objects.filter(pk=obj.pk).update(wanted_profile=None)
        if "registration" in form.changed_data:
            registration.tell(obj)
        elif registration.interval_field(obj) in form.changed_data:
            registration.tell_interval(obj)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """What goes with a charger is not listed, as it may be millions of readings.

        A charger with transactions stays: they are what its energy is accounted by.
        """
        chargers = list(objs)
        with_transactions = Transaction.objects.filter(charger__in=chargers).order_by()
        kept = Charger.objects.filter(pk__in=with_transactions.values("charger"))
        protected = [
            gettext("%(charger)s has transactions and cannot be deleted.") % {"charger": charger}
            for charger in kept
        ]
        names = [str(charger) for charger in chargers]
        return names, {self.opts.verbose_name_plural: len(names)}, set(), protected
