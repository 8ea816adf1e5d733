"""Simulated charge points in the admin: what they do, start, stop, and how they fare."""

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.exports import ExportedMixin
from ocpp.domain import simulators
from ocpp.models import Simulator
from ocpp.models.simulator import SimulatorState


class SimulatorForm(forms.ModelForm):
    """A simulator; its password is taken in and never shown."""

    password = forms.CharField(
        label=_("password"),
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("Left empty, the present one stays."),
    )
    clear_password = forms.BooleanField(label=_("no password"), required=False)

    class Meta:
        model = Simulator
        fields = "__all__"  # noqa: DJ007  (the admin names them)

    def clean_password(self) -> str:
        """The new password, or the present one when none is entered."""
        password: str = self.cleaned_data["password"] or self.instance.password
        return password

    def clean_cp_path(self) -> str:
        """The path, when a charge point id can be read from it."""
        path: str = self.cleaned_data["cp_path"]
        identity = path.rstrip("/").rpartition("/")[2]
        if not 1 <= len(identity) <= 48:
            raise forms.ValidationError(
                _(
                    "“%(path)s” ends in no charge point id of 1 to 48 characters. "
                    "Write for example ws/ocpp/SIM1."
                ),
                params={"path": path},
            )
        return path

    def clean(self) -> dict[str, Any]:
        """Forget the password where that is ticked."""
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("clear_password"):
            cleaned["password"] = ""
        return cleaned


@admin.register(Simulator)
class SimulatorAdmin(ExportedMixin, admin.ModelAdmin):
    """Simulators, with actions that start and stop them and a state that tells the truth."""

    form = SimulatorForm
    list_display = [
        "name",
        "cp_path",
        "shown_state",
        "shown_energy",
        "sessions",
        "started_at",
        "shown_error",
    ]
    exported = [
        "name",
        "host",
        "ws_port",
        "cp_path",
        "rfid",
        "connector:connector_id",
        "sessions",
        "energy_wh",
        "register_wh",
        "started_at",
    ]
    search_fields = ["name", "cp_path", "rfid", "host"]
    actions = ["start", "stop"]
    readonly_fields = [
        "shown_state",
        "run_by",
        "started_at",
        "beat_at",
        "ended_at",
        "sessions",
        "shown_energy",
        "shown_register",
        "shown_error",
    ]
    fieldsets = [
        (
            None,
            {
                "fields": ["name"],
                "description": _("What is changed here holds from the next start."),
            },
        ),
        (
            _("Server"),
            {
                "fields": [
                    ("host", "ws_port", "ssl"),
                    "cp_path",
                    "username",
                    ("password", "clear_password"),
                ]
            },
        ),
        (
            _("Charging"),
            {
                "fields": [
                    ("rfid", "connector_id", "autostart"),
                    ("pre_charge_delay_s", "duration_s", "interval_s"),
                    ("power_kw", "repeat"),
                ]
            },
        ),
        (_("Now"), {"fields": (*readonly_fields,)}),
    ]

    @admin.display(description=_("state"))
    def shown_state(self, simulator: Simulator) -> str:
        """What it is doing now, and in which phase."""
        state = simulator.state
        if state is SimulatorState.RUNNING:
            return f"{state.label}: {simulator.get_phase_display()}"
        return str(state.label)

    @admin.display(description=_("energy (kWh)"), ordering="energy_wh")
    def shown_energy(self, simulator: Simulator) -> str:
        """Energy of the present or last run."""
        return _kwh(simulator.energy_wh)

    @admin.display(description=_("meter register (kWh)"))
    def shown_register(self, simulator: Simulator) -> str:
        """What its meter shows, over all runs."""
        return _kwh(simulator.register_wh)

    @admin.display(description=_("last error"), empty_value="")
    def shown_error(self, simulator: Simulator) -> str:
        """Why the last run failed, in words."""
        return simulators.explain(simulator.error_kind, simulator.error_detail)

    @admin.action(description=_("Start the selected simulators"), permissions=["change"])
    def start(self, request: HttpRequest, queryset: QuerySet[Simulator]) -> None:
        """Run them in this server process."""
        for simulator in queryset:
            try:
                simulators.start(simulator)
            except simulators.AlreadyRunning as running:
                text = gettext("%(name)s is running already (process: %(process)s).")
                self._tell(request, messages.WARNING, text, simulator, process=running)
            except ValueError as error:
                text = gettext("%(name)s cannot be started: %(error)s.")
                self._tell(request, messages.ERROR, text, simulator, error=error)
            else:
                text = gettext("%(name)s is starting; reload this page to see how it fares.")
                self._tell(request, messages.SUCCESS, text, simulator)
                self.log_change(request, simulator, gettext("Started."))

    @admin.action(description=_("Stop the selected simulators"), permissions=["change"])
    def stop(self, request: HttpRequest, queryset: QuerySet[Simulator]) -> None:
        """Have them end their transactions and go offline."""
        for simulator in queryset:
            if simulators.stop(simulator):
                text = gettext("%(name)s ends its transaction and goes offline.")
                self._tell(request, messages.SUCCESS, text, simulator)
                self.log_change(request, simulator, gettext("Stopped."))
            else:
                text = gettext("%(name)s is not running.")
                self._tell(request, messages.WARNING, text, simulator)

    def _tell(
        self, request: HttpRequest, level: int, text: str, simulator: Simulator, **words: object
    ) -> None:
        self.message_user(request, text % {"name": simulator.name, **words}, level)


def _kwh(watt_hours: int) -> str:
    return f"{Decimal(watt_hours) / 1000:.3f}"
