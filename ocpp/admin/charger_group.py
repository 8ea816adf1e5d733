"""Groups of chargers in the admin."""

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.exports import ExportedMixin
from ocpp.domain import clock
from ocpp.models import ChargerGroup


class ChargerGroupForm(forms.ModelForm):
    """A group: its chargers, and when they may be used."""

    class Meta:
        model = ChargerGroup
        fields = ["name", "allowed_hours", "time_zone", "chargers"]

    def clean_time_zone(self) -> str:
        """A zone that this machine knows, or nothing."""
        name: str = self.cleaned_data["time_zone"]
        if name and clock.zone(name) is None:
            raise ValidationError(
                _("There is no time zone “%(name)s”. Write for example America/Monterrey."),
                params={"name": name},
            )
        return name


@admin.register(ChargerGroup)
class ChargerGroupAdmin(ExportedMixin, admin.ModelAdmin):
    """Groups of chargers with their allowed hours."""

    form = ChargerGroupForm
    list_display = ["name", "allowed_hours", "time_zone"]
    exported = [
        "name",
        "allowed_hours",
        "time_zone",
    ]
    search_fields = ["name", "chargers__charger_id", "chargers__name"]
    autocomplete_fields = ["chargers"]
