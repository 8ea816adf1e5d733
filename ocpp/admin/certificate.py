"""Certificates that this node has signed or seen, in the admin."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin import SimpleListFilter
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.asking import ask
from ocpp.admin import commanding
from ocpp.admin.certificate_actions import renewals
from ocpp.admin.certificate_forms import RevocationForm
from ocpp.admin.commanding import asking_user
from ocpp.admin.facts import FactsAdmin
from ocpp.admin.filters import Choices
from ocpp.admin.states import state_html
from ocpp.domain.certificates import requests
from ocpp.domain.errors import DomainError
from ocpp.domain.queries import certificates as queries
from ocpp.models import Certificate, Charger


class CertificateStateFilter(SimpleListFilter):
    """Certificates that are good, expire soon, have expired, are revoked."""

    title = _("state")
    parameter_name = "validity"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> Choices:
        return [(name, state.word) for name, state in queries.CERTIFICATE_STATES.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:
        name = self.value() or ""
        if name not in queries.CERTIFICATE_STATES:
            return queryset
        return queryset.filter(queries.in_state(name, timezone.now()))


@admin.register(Certificate)
class CertificateAdmin(FactsAdmin):
    """Whose they are and how long they are good; to be fetched, and to be revoked."""

    list_display = ["id", "shown_state", "charger", "valid_until", "download", "subject", "kind"]
    list_display_links = ["id", "subject"]
    list_filter = [CertificateStateFilter, "kind"]
    exported = [
        "id",
        "charger:charger__charger_id",
        "kind",
        "subject",
        "serial_number",
        "fingerprint",
        "valid_from",
        "valid_until",
        "revoked",
        "revocation_reason",
        "created",
    ]
    date_hierarchy = "created"
    search_fields = ["=charger__charger_id", "subject", "=serial_number", "=fingerprint"]
    search_help_text = _("Charger, subject, serial number or fingerprint.")
    fields = [
        ("subject", "charger", "kind"),
        ("shown_state", "valid_from", "valid_until"),
        ("revoked", "revocation_reason"),
        ("serial_number", "created"),
        "fingerprint",
        "download",
        "shown_pem",
    ]
    readonly_fields = ["shown_state", "download", "shown_pem"]
    actions = ["renew", "revoke"]

    class Media:
        css = {
            "all": [
                "bootstrap-icons/font/bootstrap-icons.min.css",
                "ocpp/states.css",
                "ocpp/admin.css",
            ]
        }

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        """Who may say that a certificate is trusted no longer."""
        return request.user.has_perm("ocpp.change_certificate")

    def has_renew_permission(self, request: HttpRequest) -> bool:
        """Who may command chargers."""
        return request.user.has_perm("ocpp.change_charger")

    def get_urls(self) -> Any:
        """With the download of a certificate."""
        view = self.admin_site.admin_view(self.download_view)
        return [
            path("<path:object_id>/download/", view, name="ocpp_certificate_download"),
            *super().get_urls(),
        ]

    @admin.display(description=_("state"))
    def shown_state(self, row: Certificate) -> SafeString:
        """Whether it is good now."""
        return state_html(queries.of_certificate(row, timezone.now()))

    @admin.display(description=_("download"))
    def download(self, row: Certificate) -> SafeString:
        """A link to the certificate."""
        url = reverse("admin:ocpp_certificate_download", args=[row.pk])
        return format_html('<a href="{}">{}</a>', url, _("Download"))

    @admin.display(description=_("certificate (PEM)"))
    def shown_pem(self, row: Certificate) -> SafeString:
        """It as text."""
        return format_html('<pre class="frame">{}</pre>', row.pem)

    def download_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The certificate in PEM."""
        row = self.get_object(request, unquote(object_id))
        if not self.has_view_permission(request, row):
            raise PermissionDenied
        if row is None:
            raise Http404(_("There is no such certificate."))
        return HttpResponse(
            row.pem,
            content_type="application/x-pem-file",
            headers={
                "Content-Disposition": f'attachment; filename="certificate-{row.serial_number}.pem"'
            },
        )

    @admin.action(description=_("Have their chargers ask for new ones"), permissions=["renew"])
    def renew(self, request: HttpRequest, queryset: QuerySet[Certificate]) -> None:
        """Ask each charger once to make a new key and ask for a certificate."""
        chargers = Charger.objects.filter(certificates__in=queryset).distinct()
        commanding.run(request, renewals(chargers, asking_user(request)))

    @admin.action(description=_("Revoke the selected certificates…"), permissions=["revoke"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[Certificate]) -> HttpResponse | None:
        """Ask for the reason, then trust them no longer."""
        form = RevocationForm(request.POST if "reason" in request.POST else None)
        if not form.is_valid():
            return ask(
                request,
                queryset,
                form,
                action="revoke",
                title=_("Revoke certificates"),
                intro=_(
                    "These will not be trusted any more, for good, and a charger that is"
                    " connected now has to connect again:"
                ),
            )
        reason = form.cleaned_data["reason"]
        for row in queryset:
            try:
                requests.revoke(row, reason, timezone.now())
            except DomainError as refusal:
                messages.error(request, f"{row}: {refusal}")
            else:
                told = gettext("Revoked: %(reason)s") % {"reason": reason}
                self.log_change(request, row, told)
                messages.success(request, f"{row}: {told}")
        return None
