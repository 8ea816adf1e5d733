"""What staff can do to the chargers that they select: decide about them, and command them."""

from collections.abc import Callable
from functools import partial

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from ocpp import operations
from ocpp.admin import commanding
from ocpp.admin.commanding import asking_user
from ocpp.admin.firmware_form import FirmwareForm, firmware_page
from ocpp.choices import Registration
from ocpp.domain import registration
from ocpp.domain.errors import Ambiguous
from ocpp.models import Charger, Command


def unlock_only_connector(charger: Charger, *, user: User | None) -> Command:
    """Unlock the connector of a charger that has just one. Raises Ambiguous for others."""
    numbers = [c.connector_id for c in charger.connectors.all() if c.connector_id]
    if len(numbers) > 1:
        text = gettext("%(charger)s has several connectors: choose one in the list of connectors.")
        raise Ambiguous(text % {"charger": charger.charger_id})
    return operations.unlock(charger, connector_id=numbers[0] if numbers else 1, user=user)


class ChargerActions(admin.ModelAdmin):
    """The actions of the list of chargers."""

    actions = [
        "accept",
        "put_off",
        "reject",
        "remote_stop",
        "unlock",
        "reset_soft",
        "reset_hard",
        "set_operative",
        "set_inoperative",
        "trigger_status",
        "trigger_boot",
        "get_configuration",
        "clear_cache",
        "send_changed_cards",
        "send_all_cards",
        "get_local_list_version",
        "get_diagnostics",
        "get_diagnostics_log",
        "get_security_log",
        "update_firmware",
    ]

    # --- whether they belong here -------------------------------------------------------------

    @admin.action(description=_("Accept the selected chargers"), permissions=["change"])
    def accept(self, request: HttpRequest, queryset: QuerySet[Charger]) -> None:
        """They belong here."""
        self._decide(request, queryset, Registration.ACCEPTED)

    @admin.action(description=_("Let the selected chargers wait"), permissions=["change"])
    def put_off(self, request: HttpRequest, queryset: QuerySet[Charger]) -> None:
        """They are neither accepted nor rejected."""
        self._decide(request, queryset, Registration.PENDING)

    @admin.action(description=_("Reject the selected chargers"), permissions=["change"])
    def reject(self, request: HttpRequest, queryset: QuerySet[Charger]) -> None:
        """They do not belong here."""
        self._decide(request, queryset, Registration.REJECTED)

    def _decide(
        self, request: HttpRequest, chargers: QuerySet[Charger], decision: Registration
    ) -> None:
        for charger in chargers:
            registration.decide(charger, decision)
            self.log_change(request, charger, str(decision.label))
        text = ngettext(
            "%(count)d charger: %(decision)s.", "%(count)d chargers: %(decision)s.", len(chargers)
        )
        told = text % {"count": len(chargers), "decision": decision.label}
        messages.success(request, told)

    # --- commands -----------------------------------------------------------------------------

    @admin.action(description=_("Stop the running transaction"), permissions=["change"])
    def remote_stop(self, request: HttpRequest, queryset: QuerySet[Charger]) -> None:
        """Ask each charger to end its only transaction."""
        self._command(request, queryset, operations.remote_stop)

    @admin.action(description=_("Unlock the connector"), permissions=["change"])
    def unlock(self, request: HttpRequest, queryset: QuerySet[Charger]) -> None:
        """Let the cable go where a charger has just one connector."""
        self._command(request, queryset, unlock_only_connector)

    @admin.action(description=_("Restart, ending transactions first"), permissions=["change"])
    def reset_soft(self, request: HttpRequest, queryset: QuerySet[Charger]) -> None:
        """A soft reset."""
        self._command(request, queryset, partial(operations.reset, type="Soft"))

    @admin.action(description=_("Restart at once"), permissions=["change"])
    def reset_hard(self, request: HttpRequest, queryset: QuerySet[Charger]) -> None:
        """A hard reset."""
        self._command(request, queryset, partial(operations.reset, type="Hard"))

    @admin.action(description=_("Put into service"), permissions=["change"])
    def set_operative(self, request: HttpRequest, queryset: QuerySet[Charger]) -> None:
        """All connectors become operative."""
        deed = partial(operations.change_availability, type="Operative")
        self._command(request, queryset, deed)

    @admin.action(description=_("Take out of service"), permissions=["change"])
    def set_inoperative(self, request: HttpRequest, queryset: QuerySet[Charger]) -> None:
        """All connectors become inoperative, after their transactions."""
        deed = partial(operations.change_availability, type="Inoperative")
        self._command(request, queryset, deed)

    @admin.action(description=_("Ask for the status of all connectors"), permissions=["change"])
    def trigger_status(self, request: HttpRequest, queryset: QuerySet[Charger]) -> None:
        """Have them send StatusNotification."""
        deed = partial(operations.trigger_message, requested_message="StatusNotification")
        self._command(request, queryset, deed)

    @admin.action(description=_("Ask what it is (BootNotification)"), permissions=["change"])
    def trigger_boot(self, request: HttpRequest, queryset: QuerySet[Charger]) -> None:
        """Have them send BootNotification, which also tells them whether they are accepted."""
        deed = partial(operations.trigger_message, requested_message="BootNotification")
        self._command(request, queryset, deed)

    @admin.action(description=_("Read the configuration"), permissions=["change"])
    def get_configuration(self, request: HttpRequest, queryset: QuerySet[Charger]) -> None:
        """Ask for all configuration keys."""
        self._command(request, queryset, operations.get_configuration)

    @admin.action(description=_("Empty the cache of cards"), permissions=["change"])
    def clear_cache(self, request: HttpRequest, queryset: QuerySet[Charger]) -> None:
        """Have them forget the cards that they remember."""
        self._command(request, queryset, operations.clear_cache)

    @admin.action(description=_("Send the changed cards to the local list"), permissions=["change"])
    def send_changed_cards(self, request: HttpRequest, queryset: QuerySet[Charger]) -> None:
        """What has changed since the list that they last accepted, or all cards."""
        deed = partial(operations.send_local_list, update_type="Differential")
        self._command(request, queryset, deed)

    @admin.action(description=_("Send all cards to the local list"), permissions=["change"])
    def send_all_cards(self, request: HttpRequest, queryset: QuerySet[Charger]) -> None:
        """All cards, in place of those that they have."""
        self._command(request, queryset, operations.send_local_list)

    @admin.action(description=_("Ask for the version of the local list"), permissions=["change"])
    def get_local_list_version(self, request: HttpRequest, queryset: QuerySet[Charger]) -> None:
        """Ask which list they have."""
        self._command(request, queryset, operations.get_local_list_version)

    @admin.action(description=_("Fetch diagnostics"), permissions=["change"])
    def get_diagnostics(self, request: HttpRequest, queryset: QuerySet[Charger]) -> None:
        """Have them upload their diagnostics to this node; they appear under Uploads."""
        self._command(request, queryset, operations.get_diagnostics)

    @admin.action(
        description=_("Fetch the diagnostics log (Security Whitepaper)"), permissions=["change"]
    )
    def get_diagnostics_log(self, request: HttpRequest, queryset: QuerySet[Charger]) -> None:
        """The same by GetLog."""
        deed = partial(operations.get_log, log_type="DiagnosticsLog")
        self._command(request, queryset, deed)

    @admin.action(description=_("Fetch the security log"), permissions=["change"])
    def get_security_log(self, request: HttpRequest, queryset: QuerySet[Charger]) -> None:
        """Have them upload the log of security events to this node."""
        self._command(request, queryset, partial(operations.get_log, log_type="SecurityLog"))

    @admin.action(description=_("Update the firmware…"), permissions=["change"])
    def update_firmware(
        self, request: HttpRequest, queryset: QuerySet[Charger]
    ) -> HttpResponse | None:
        """Ask where the firmware is and from when on it may be fetched, then command them."""
        form = FirmwareForm(request.POST if "location" in request.POST else None)
        if form.is_valid():
            deed = partial(operations.update_firmware, **form.cleaned_data)
            self._command(request, queryset, deed)
            return None
        return firmware_page(request, queryset, form)

    def _command(
        self, request: HttpRequest, chargers: QuerySet[Charger], deed: Callable[..., Command]
    ) -> None:
        user = asking_user(request)
        commanding.run(request, [partial(deed, one, user=user) for one in chargers])
