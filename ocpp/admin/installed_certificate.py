"""The root certificates in charge points, in the admin."""

from functools import partial
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from accounts import asking
from ocpp import operations
from ocpp.admin import commanding
from ocpp.admin.commanding import asking_user
from ocpp.admin.facts import FactsAdmin
from ocpp.models import InstalledCertificate


@admin.register(InstalledCertificate)
class InstalledCertificateAdmin(FactsAdmin):
    """What charge points trust, as they last told. To ask anew, see the list of chargers."""

    list_display = ["id", "charger", *("certificate_type", "subject", "serial_number", "told")]
    list_filter = ["certificate_type"]
    exported = [
        "id",
        "charger:charger__charger_id",
        "certificate_type",
        "subject",
        "serial_number",
        "told",
    ]
    search_fields = ["=charger__charger_id", "subject", "=serial_number"]
    search_help_text = _("Charger, subject or serial number.")
    fields = [
        ("charger", "certificate_type", "told"),
        ("subject", "serial_number"),
        "hash_algorithm",
        "issuer_name_hash",
        "issuer_key_hash",
    ]
    actions = ["delete_certificate"]

    class Media:
        css = {"all": ["ocpp/admin.css"]}

    def has_command_permission(self, request: HttpRequest) -> bool:
        """Who may command chargers."""
        return request.user.has_perm("ocpp.change_charger")

    @admin.action(
        description=_("Delete the selected certificates from their chargers"),
        permissions=["command"],
    )
    def delete_certificate(
        self, request: HttpRequest, queryset: QuerySet[InstalledCertificate]
    ) -> HttpResponse | None:
        """Have the chargers trust them no longer."""
        page = asking.unless_confirmed(
            request,
            queryset,
            action="delete_certificate",
            title=_("Delete the selected certificates from their chargers"),
            intro=_("A charger that trusts none that fits connects no longer."),
        )
        if page is not None:
            return page
        user = asking_user(request)
        deeds: list[Any] = [
            partial(operations.delete_certificate, row.charger, installed=row.pk, user=user)
            for row in queryset.select_related("charger")
        ]
        commanding.run(request, deeds)
        return None
