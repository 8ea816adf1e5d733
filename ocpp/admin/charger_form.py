"""The form of a charge point: its settings and its place."""

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from ocpp.choices import SecurityProfile
from ocpp.domain import charger_settings, chargers
from ocpp.domain.errors import Invalid
from ocpp.models import Charger
from ocpp.models.charger import identity_key


class ChargerForm(forms.ModelForm):
    """What staff decide about a charger."""

    class Meta:
        model = Charger
        fields = [
            "charger_id",
            "name",
            "registration",
            "require_rfid",
            "tariff",
            "local_list_upkeep",
            "strict",
            "time_zone",
            "latitude",
            "longitude",
            "phases",
            "voltage",
            "retry_interval",
            "heartbeat_interval",
            "read_after_boot",
            "pings",
            "pause_ms",
            "security_profile",
        ]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "security_profile" in self.fields:
            # It rises by itself; a page that was opened before must not lower it again.
            self.fields["security_profile"].show_hidden_initial = True
            self.fields["security_profile"].required = False

        if "pause_ms" in self.fields:
            self.fields["pause_ms"].required = False

    def clean_pause_ms(self) -> int:
        """Nothing is no pause."""
        return self.cleaned_data["pause_ms"] or 0

    def clean_security_profile(self) -> int:
        """What staff have chosen on this page; for a key there has to be one."""
        chosen = self.cleaned_data["security_profile"]
        if "security_profile" not in self.changed_data or chosen in (None, ""):
            return int(self.instance.security_profile)
        profile = int(chosen)
        needs_key = profile in (SecurityProfile.BASIC, SecurityProfile.BASIC_TLS)
        if needs_key and not self.instance.credentials.exists():
            raise ValidationError(
                _("It has no key yet, and could not connect. Secure it, or make a key, first.")
            )
        return profile

    def clean_charger_id(self) -> str:
        """An id with which a charge point can connect, and that no charger has yet."""
        charger_id: str = self.cleaned_data["charger_id"]
        try:
            chargers.check_id(charger_id)
        except chargers.Refused as refusal:
            raise ValidationError(
                _("An id has 1 to 48 characters, without spaces or control characters.")
            ) from refusal
        taken = Charger.objects.filter(id_key=identity_key(charger_id)).first()
        if taken is not None and taken.pk != self.instance.pk:
            raise ValidationError(
                _("There is a charger %(id)s already; letter case makes no difference."),
                params={"id": taken.charger_id},
            )
        return charger_id

    def clean_time_zone(self) -> str:
        """A zone that this machine knows, or nothing."""
        name: str = self.cleaned_data["time_zone"]
        with _told():
            charger_settings.check_zone(name)
        return name

    def clean_latitude(self) -> Decimal | None:
        """Degrees north, or nothing."""
        return self._degrees("latitude")

    def clean_longitude(self) -> Decimal | None:
        """Degrees east, or nothing."""
        return self._degrees("longitude")

    def _degrees(self, name: str) -> Decimal | None:
        degrees: Decimal | None = self.cleaned_data[name]
        with _told():
            charger_settings.check_degrees(name, degrees)
        return degrees

    def clean(self) -> dict[str, Any]:
        """A position has two numbers, or none."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        missing = charger_settings.missing_coordinate(
            cleaned.get("latitude"), cleaned.get("longitude")
        )
        if missing and not self.errors:
            self.add_error(missing, _("A position needs both latitude and longitude."))
        return cleaned


@contextmanager
def _told() -> Iterator[None]:
    """What a rule says against a field, as the form tells it."""
    try:
        yield
    except Invalid as refusal:
        raise ValidationError(str(refusal.sentence)) from refusal
