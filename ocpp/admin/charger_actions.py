"""What staff can do to the chargers that they select: decide about them, and command them."""

from functools import partial
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts import asking
from accounts.models import User
from ocpp import operations
from ocpp.admin import commanding
from ocpp.admin.certificate_actions import CertificateActions
from ocpp.admin.commanding import asking_user
from ocpp.admin.labels import LabelActions
from ocpp.choices import Registration
from ocpp.domain import registration
from ocpp.domain.errors import Ambiguous, DomainError
from ocpp.models import BulkCommand, Charger, Command
from ocpp.operations import Operation, bulk

#: What an action gives back: a page to go to, or nothing for the list.
Result = HttpResponse | None


def unlock_only_connector(charger: Charger, *, user: User | None) -> Command:
    """Unlock the connector of a charger that has just one. Raises Ambiguous for others."""
    numbers = [c.connector_id for c in charger.connectors.all() if c.connector_id]
    if len(numbers) > 1:
        text = gettext("%(charger)s has several connectors: choose one in the list of connectors.")
        raise Ambiguous(text % {"charger": charger.charger_id})
    return operations.unlock(charger, connector_id=numbers[0] if numbers else 1, user=user)


class ChargerActions(CertificateActions, LabelActions):
    """The actions of the list of chargers."""

    actions = [
        "command_selected",
        "print_labels",
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
        "secure",
        "get_configuration",
        "clear_cache",
        "send_changed_cards",
        "send_all_cards",
        "get_local_list_version",
        "get_diagnostics",
        "get_diagnostics_log",
        "get_security_log",
        "update_firmware",
        *CertificateActions.certificate_actions,
    ]

    # --- whether they belong here -------------------------------------------------------------

    @admin.action(description=_("Accept the selected chargers"), permissions=["change"])
    def accept(self, request: HttpRequest, queryset: QuerySet[Charger]) -> None:
        """They belong here."""
        self._decide(request, queryset, Registration.ACCEPTED)

    @admin.action(description=_("Let the selected chargers wait"), permissions=["change"])
    def put_off(self, request: HttpRequest, queryset: QuerySet[Charger]) -> Result:
        """They are neither accepted nor rejected."""
        title = _("Let the selected chargers wait")
        intro = _("Nobody can charge at them until they are accepted.")
        page = self._confirmed(request, queryset, "put_off", title, intro)
        if page is None:
            self._decide(request, queryset, Registration.PENDING)
        return page

    @admin.action(description=_("Reject the selected chargers"), permissions=["change"])
    def reject(self, request: HttpRequest, queryset: QuerySet[Charger]) -> Result:
        """They do not belong here."""
        title, intro = _("Reject the selected chargers"), _("Nobody can charge at them any more.")
        page = self._confirmed(request, queryset, "reject", title, intro)
        if page is None:
            self._decide(request, queryset, Registration.REJECTED)
        return page

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

    def has_command_permission(self, request: HttpRequest) -> bool:
        """Who may command chargers."""
        return commanding.may_command(request)

    @admin.action(description=_("Command the selected chargers…"), permissions=["command"])
    def command_selected(
        self, request: HttpRequest, queryset: QuerySet[Charger]
    ) -> HttpResponse | None:
        """Choose any operation for them, and see each answer as it comes."""
        try:
            selected = bulk.select(queryset, asking_user(request))
        except DomainError as refusal:
            messages.error(request, str(refusal))
            return None
        return HttpResponseRedirect(_page(selected))

    @admin.action(description=_("Stop the running transaction"), permissions=["change"])
    def remote_stop(self, request: HttpRequest, queryset: QuerySet[Charger]) -> Result:
        """Ask each charger to end its only transaction."""
        return self._confirmed(
            request,
            queryset,
            "remote_stop",
            _("Stop the running transaction"),
            _("The vehicles stop charging."),
        ) or self._command(request, queryset, operations.remote_stop)

    @admin.action(description=_("Unlock the connector"), permissions=["change"])
    def unlock(self, request: HttpRequest, queryset: QuerySet[Charger]) -> Result:
        """Let the cable go where a charger has just one connector."""
        intro = _("Sessions on them are ended.")
        page = self._confirmed(request, queryset, "unlock", _("Unlock the connector"), intro)
        if page is None:
            user = asking_user(request)
            deeds = [partial(unlock_only_connector, one, user=user) for one in queryset]
            commanding.run(request, deeds)
        return page

    @admin.action(description=_("Restart, ending transactions first"), permissions=["change"])
    def reset_soft(self, request: HttpRequest, queryset: QuerySet[Charger]) -> Result:
        """A soft reset."""
        return self._confirmed(
            request,
            queryset,
            "reset_soft",
            _("Restart, ending transactions first"),
            _("Running sessions are ended first."),
        ) or self._command(request, queryset, operations.reset, type="Soft")

    @admin.action(description=_("Restart at once"), permissions=["change"])
    def reset_hard(self, request: HttpRequest, queryset: QuerySet[Charger]) -> Result:
        """A hard reset."""
        return self._confirmed(
            request,
            queryset,
            "reset_hard",
            _("Restart at once"),
            _("Running sessions may be cut off."),
        ) or self._command(request, queryset, operations.reset, type="Hard")

    @admin.action(description=_("Put into service"), permissions=["change"])
    def set_operative(self, request: HttpRequest, queryset: QuerySet[Charger]) -> Result:
        """All connectors become operative."""
        return self._command(request, queryset, operations.change_availability, type="Operative")

    @admin.action(description=_("Take out of service"), permissions=["change"])
    def set_inoperative(self, request: HttpRequest, queryset: QuerySet[Charger]) -> Result:
        """All connectors become inoperative, after their transactions."""
        return self._confirmed(
            request,
            queryset,
            "set_inoperative",
            _("Take out of service"),
            _("Nobody can charge there until they are put into service again."),
        ) or self._command(request, queryset, operations.change_availability, type="Inoperative")

    @admin.action(description=_("Ask for the status of all connectors"), permissions=["change"])
    def trigger_status(self, request: HttpRequest, queryset: QuerySet[Charger]) -> Result:
        """Have them send StatusNotification."""
        return self._command(
            request, queryset, operations.trigger_message, requested_message="StatusNotification"
        )

    @admin.action(description=_("Ask what it is (BootNotification)"), permissions=["change"])
    def trigger_boot(self, request: HttpRequest, queryset: QuerySet[Charger]) -> Result:
        """Have them send BootNotification, which also tells them whether they are accepted."""
        return self._command(
            request, queryset, operations.trigger_message, requested_message="BootNotification"
        )

    @admin.action(description=_("Read the configuration"), permissions=["change"])
    def get_configuration(self, request: HttpRequest, queryset: QuerySet[Charger]) -> Result:
        """Ask for all configuration keys."""
        return self._command(request, queryset, operations.get_configuration)

    @admin.action(description=_("Empty the cache of cards"), permissions=["change"])
    def clear_cache(self, request: HttpRequest, queryset: QuerySet[Charger]) -> Result:
        """Have them forget the cards that they remember."""
        return self._command(request, queryset, operations.clear_cache)

    @admin.action(description=_("Send the changed cards to the local list"), permissions=["change"])
    def send_changed_cards(self, request: HttpRequest, queryset: QuerySet[Charger]) -> Result:
        """What has changed since the list that they last accepted, or all cards."""
        return self._command(
            request, queryset, operations.send_local_list, update_type="Differential"
        )

    @admin.action(description=_("Send all cards to the local list"), permissions=["change"])
    def send_all_cards(self, request: HttpRequest, queryset: QuerySet[Charger]) -> Result:
        """All cards, in place of those that they have."""
        return self._command(request, queryset, operations.send_local_list)

    @admin.action(description=_("Ask for the version of the local list"), permissions=["change"])
    def get_local_list_version(self, request: HttpRequest, queryset: QuerySet[Charger]) -> Result:
        """Ask which list they have."""
        return self._command(request, queryset, operations.get_local_list_version)

    @admin.action(description=_("Fetch diagnostics"), permissions=["change"])
    def get_diagnostics(self, request: HttpRequest, queryset: QuerySet[Charger]) -> Result:
        """Have them upload their diagnostics to this node; they appear under Uploads."""
        return self._command(request, queryset, operations.get_diagnostics)

    @admin.action(
        description=_("Fetch the diagnostics log (Security Whitepaper)"), permissions=["change"]
    )
    def get_diagnostics_log(self, request: HttpRequest, queryset: QuerySet[Charger]) -> Result:
        """The same by GetLog."""
        return self._command(request, queryset, operations.get_log, log_type="DiagnosticsLog")

    @admin.action(description=_("Fetch the security log"), permissions=["change"])
    def get_security_log(self, request: HttpRequest, queryset: QuerySet[Charger]) -> Result:
        """Have them upload the log of security events to this node."""
        return self._command(request, queryset, operations.get_log, log_type="SecurityLog")

    @admin.action(description=_("Update the firmware…"), permissions=["change"])
    def update_firmware(self, request: HttpRequest, queryset: QuerySet[Charger]) -> Result:
        """Ask where the firmware is and from when on it may be fetched, then command them."""
        return commanding.ask_for(request, queryset, "update_firmware")

    def _confirmed(
        self, request: HttpRequest, chargers: QuerySet[Charger], action: str, title: Any, intro: Any
    ) -> Result:
        """A page that asks first, once there is something to lose; None when it was confirmed."""
        return asking.unless_confirmed(request, chargers, action=action, title=title, intro=intro)

    def _command(
        self,
        request: HttpRequest,
        chargers: QuerySet[Charger],
        operation: Operation[Any],
        **arguments: Any,
    ) -> Result:
        """Few are waited for here; many have a page that shows their answers as they come."""
        user = asking_user(request)
        if chargers.count() <= commanding.MOST:
            deeds = [partial(operation.run, one, arguments, user) for one in chargers]
            commanding.run(request, deeds)
            return None
        try:
            selected = bulk.select(chargers, user)
            bulk.start(selected, operation, arguments)
        except DomainError as refusal:
            messages.error(request, str(refusal))
            return None
        return HttpResponseRedirect(_page(selected))


def _page(selected: BulkCommand) -> str:
    return reverse("admin:ocpp_bulkcommand_change", args=[selected.pk])
