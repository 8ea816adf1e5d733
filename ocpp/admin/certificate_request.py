"""Requests of charge points for certificates, in the admin."""

from collections.abc import Callable
from functools import partial

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.asking import ask
from ocpp.admin.certificate_forms import RejectionForm
from ocpp.admin.commanding import asking_user
from ocpp.admin.facts import FactsAdmin, link_to
from ocpp.admin.states import state_html
from ocpp.domain.certificates import requests
from ocpp.domain.errors import DomainError
from ocpp.domain.queries import certificates as queries
from ocpp.models import CertificateRequest


@admin.register(CertificateRequest)
class CertificateRequestAdmin(FactsAdmin):
    """What charge points asked to be certified, and what became of it; newest first."""

    list_display = ["created", "charger", "shown_state", "reason", "shown_certificate"]
    list_filter = ["state", "created"]
    list_select_related = ["charger", "certificate"]
    exported = [
        "id",
        "created",
        "charger:charger__charger_id",
        "state",
        "reason",
        "attempts",
        "decided_by:decided_by__username",
        "finished",
    ]
    date_hierarchy = "created"
    search_help_text = _("Charger.")
    fields = [
        ("charger", "shown_state", "attempts"),
        ("created", "finished", "decided_by"),
        "reason",
        ("shown_certificate", "command"),
        "shown_csr",
        "shown_chain",
    ]
    readonly_fields = ["shown_state", "shown_certificate", "shown_csr", "shown_chain"]
    actions = ["approve", "reject", "retry"]

    class Media:
        css = {
            "all": [
                "bootstrap-icons/font/bootstrap-icons.min.css",
                "ocpp/states.css",
                "ocpp/admin.css",
            ]
        }

    def has_decide_permission(self, request: HttpRequest) -> bool:
        """Who may say what becomes of a request."""
        return request.user.has_perm("ocpp.change_certificaterequest")

    @admin.display(description=_("state"), ordering="state")
    def shown_state(self, row: CertificateRequest) -> SafeString:
        """Where it stands."""
        return state_html(queries.of_request(row))

    @admin.display(description=_("certificate"))
    def shown_certificate(self, row: CertificateRequest) -> SafeString | str:
        """A link to the certificate that was made."""
        return link_to(row.certificate)

    @admin.display(description=_("request (PEM)"))
    def shown_csr(self, row: CertificateRequest) -> SafeString | str:
        """What it asked with."""
        return format_html('<pre class="frame">{}</pre>', row.csr) if row.csr else "–"

    @admin.display(description=_("certificates (PEM)"))
    def shown_chain(self, row: CertificateRequest) -> SafeString | str:
        """What it is sent."""
        return format_html('<pre class="frame">{}</pre>', row.chain) if row.chain else "–"

    @admin.action(description=_("Approve the selected requests"), permissions=["decide"])
    def approve(self, request: HttpRequest, queryset: QuerySet[CertificateRequest]) -> None:
        """Have them signed and sent."""
        self._decide(request, queryset, requests.approve, gettext("Approved"))

    @admin.action(description=_("Try the selected requests again"), permissions=["decide"])
    def retry(self, request: HttpRequest, queryset: QuerySet[CertificateRequest]) -> None:
        """Sign what failed, send again what is signed."""
        self._decide(request, queryset, requests.retry, gettext("Tried again"))

    @admin.action(description=_("Reject the selected requests…"), permissions=["decide"])
    def reject(
        self, request: HttpRequest, queryset: QuerySet[CertificateRequest]
    ) -> HttpResponse | None:
        """Ask for the reason, then do not sign them."""
        form = RejectionForm(request.POST if "reason" in request.POST else None)
        if form.is_valid():
            deed = partial(_reject, form.cleaned_data["reason"])
            self._decide(request, queryset, deed, gettext("Rejected"))
            return None
        return ask(
            request,
            queryset,
            form,
            action="reject",
            title=_("Reject requests for certificates"),
            intro=_("These requests will not be signed:"),
        )

    def _decide(
        self,
        request: HttpRequest,
        rows: QuerySet[CertificateRequest],
        deed: Callable[..., None],
        word: str,
    ) -> None:
        for row in rows:
            try:
                deed(row, asking_user(request), timezone.now())
            except DomainError as refusal:
                messages.error(request, f"{row.charger}: {refusal}")
            else:
                self.log_change(request, row, word)
                messages.success(request, f"{row.charger}: {word}.")


def _reject(reason: str, row: CertificateRequest, user: object, now: object) -> None:
    requests.reject(row, user, reason, now)  # type: ignore[arg-type]
