"""What the configurations of charge points were, and what changed in them."""

from django.contrib import admin
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ocpp.admin.facts import FactsAdmin, as_json
from ocpp.domain import snapshots
from ocpp.models import ConfigurationSnapshot


@admin.register(ConfigurationSnapshot)
class ConfigurationSnapshotAdmin(FactsAdmin):
    """Configurations as they were reported, newest first."""

    list_display = ["taken", "charger", "firmware_version", "confirmed"]
    exported = [
        "id",
        "charger:charger__charger_id",
        "taken",
        "confirmed",
        "firmware_version",
    ]
    search_fields = ["=charger__charger_id", "=firmware_version"]
    search_help_text = _("Charger or firmware version.")
    fields = ["charger", ("taken", "confirmed"), "firmware_version", "differences", "shown_keys"]
    readonly_fields = ["differences", "shown_keys"]

    class Media:
        css = {"all": ["ocpp/admin.css"]}

    @admin.display(description=_("differences since the one before"))
    def differences(self, snapshot: ConfigurationSnapshot) -> SafeString | str:
        """What was added, removed or changed."""
        lines = [
            format_html("{}: {}", one.key, _told(one)) for one in snapshots.since_before(snapshot)
        ]
        return format_html_join("", "<div>{}</div>", ((line,) for line in lines)) if lines else "–"

    @admin.display(description=_("keys"))
    def shown_keys(self, snapshot: ConfigurationSnapshot) -> SafeString:
        """All of them, without secrets."""
        return as_json(snapshot.keys)


def _told(one: snapshots.Difference) -> str:
    if one.added:
        return gettext("added: %(value)s") % {"value": one.after}
    if one.removed:
        return gettext("removed; it was: %(value)s") % {"value": one.before}
    return f"{one.before or '–'} → {one.after or '–'}"
