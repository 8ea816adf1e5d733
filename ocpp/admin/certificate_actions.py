"""What staff can do about the certificates of the chargers that they select."""

from collections.abc import Callable
from functools import partial

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import localize
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from ocpp import operations
from ocpp.admin import commanding
from ocpp.admin.commanding import Deed, asking_user
from ocpp.admin.facts import link_to
from ocpp.admin.states import state_html
from ocpp.choices import CertificateUse
from ocpp.domain.queries import certificates as queries
from ocpp.models import Charger, Command

#: Certificates of each kind on a charger's page; the others stand in the lists.
SHOWN = 5


def renewals(chargers: QuerySet[Charger], user: User | None) -> list[Deed]:
    """What has each charger ask for a new certificate, with a new key."""
    deed = partial(
        operations.extended_trigger_message, requested_message="SignChargePointCertificate"
    )
    return [partial(deed, one, user=user) for one in chargers]


class CertificateActions(admin.ModelAdmin):
    """The actions of the list of chargers that are about certificates and signatures."""

    certificate_actions = [
        "renew_certificate",
        "list_central_system_roots",
        "list_manufacturer_roots",
        "install_certificate",
        "signed_update_firmware",
    ]

    @admin.display(description=_("certificates"))
    def shown_certificates(self, charger: Charger) -> SafeString:
        """Its own certificates that are not revoked, what it trusts, and where to see all."""
        now = timezone.now()
        own = charger.certificates.filter(revoked=None)[:SHOWN]
        trusted = charger.installed_certificates.all()[:SHOWN]
        parts = [
            *(
                format_html(
                    "<div>{} {} ({})</div>",
                    state_html(queries.of_certificate(row, now)),
                    link_to(row),
                    localize(timezone.localtime(row.valid_until)),
                )
                for row in own
            ),
            *(
                format_html("<div>{}: {}</div>", row.get_certificate_type_display(), link_to(row))
                for row in trusted
            ),
        ]
        lists = [
            ("certificate", _("Certificates")),
            ("certificaterequest", _("Requests")),
            ("installedcertificate", _("Trusted")),
        ]
        links = format_html_join(
            " · ",
            '<a href="{}?charger__id__exact={}">{}</a>',
            (
                (reverse(f"admin:ocpp_{model}_changelist"), charger.pk, word)
                for model, word in lists
            ),
        )
        return format_html(
            "{}<div>{}</div>", format_html_join("", "{}", ((p,) for p in parts)), links
        )

    @admin.action(description=_("Renew the certificate"), permissions=["change"])
    def renew_certificate(self, request: HttpRequest, queryset: QuerySet[Charger]) -> None:
        """Have them ask for a new certificate, with a new key."""
        commanding.run(request, renewals(queryset, asking_user(request)))

    @admin.action(
        description=_("List the root certificates for the central system"), permissions=["change"]
    )
    def list_central_system_roots(self, request: HttpRequest, queryset: QuerySet[Charger]) -> None:
        """Ask which ones they trust for a central system."""
        self._list(request, queryset, CertificateUse.CENTRAL_SYSTEM)

    @admin.action(
        description=_("List the root certificates of the manufacturer"), permissions=["change"]
    )
    def list_manufacturer_roots(self, request: HttpRequest, queryset: QuerySet[Charger]) -> None:
        """Ask which ones they trust for firmware."""
        self._list(request, queryset, CertificateUse.MANUFACTURER)

    @admin.action(description=_("Install a root certificate…"), permissions=["change"])
    def install_certificate(
        self, request: HttpRequest, queryset: QuerySet[Charger]
    ) -> HttpResponse | None:
        """Ask for the certificate, then have them trust it."""
        return commanding.ask_for(request, queryset, "install_certificate")

    @admin.action(description=_("Update the firmware, signed…"), permissions=["change"])
    def signed_update_firmware(
        self, request: HttpRequest, queryset: QuerySet[Charger]
    ) -> HttpResponse | None:
        """Ask for the firmware, its signature and the times, then command them."""
        return commanding.ask_for(request, queryset, "signed_update_firmware")

    def _list(self, request: HttpRequest, chargers: QuerySet[Charger], use: CertificateUse) -> None:
        deed = partial(operations.get_installed_certificate_ids, certificate_type=use.value)
        self._tell(request, chargers, deed)

    def _tell(
        self, request: HttpRequest, chargers: QuerySet[Charger], deed: Callable[..., Command]
    ) -> None:
        user = asking_user(request)
        commanding.run(request, [partial(deed, one, user=user) for one in chargers])
