"""The admin's index and its side bar: grouped by what people do, not by app."""

from collections.abc import Iterable
from typing import Any

from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.pages.second_factor import step_after

#: Name, title, and what is in it, first what is wanted most: models, or whole apps.
GROUPS: tuple[tuple[str, str | Promise, tuple[str, ...]], ...] = (
    (
        "charging",
        _("Charging"),
        (
            "ocpp.charger",
            "ocpp.transaction",
            "ocpp.review",
            "ocpp.connector",
            "ocpp.reservation",
            "ocpp.command",
            "ocpp.bulkcommand",
            "ocpp.chargergroup",
            "ocpp.chargingprofile",
            "ocpp.simulator",
        ),
    ),
    (
        "people",
        _("People and energy"),
        (
            "accounts.user",
            "accounts.account",
            "accounts.rfid",
            "accounts.credit",
            "accounts.vehicle",
            "accounts.address",
            "ocpp.unknowntag",
            "ocpp.tariff",
            "ocpp.tariffversion",
            "ocpp.holiday",
            "ocpp.sessioncost",
            "subscriptions",
        ),
    ),
    (
        "records",
        _("Records of the chargers"),
        (
            "ocpp.message",
            "ocpp.meterreading",
            "ocpp.statuschange",
            "ocpp.anomaly",
            "ocpp.securityevent",
            "ocpp.orphanstop",
            "ocpp.repair",
            "ocpp.configurationsnapshot",
            "ocpp.locallist",
            "ocpp.uploadslot",
            "ocpp.datatransfer",
        ),
    ),
    (
        "network",
        _("Network"),
        (
            "ocpp.serverprocess",
            "ocpp.connectionattempt",
            "nodes",
            "ocpp.firmwarefile",
            "ocpp.certificate",
            "ocpp.certificaterequest",
            "ocpp.installedcertificate",
            "ocpp",
            "odoo",
            "events",
            "outgoing",
        ),
    ),
    ("system", _("System"), ()),
)
#: Where everything goes that no group names.
OTHERS = "system"

Entry = dict[str, Any]


class GroupedAdminSite(AdminSite):
    """Django's admin site with another order of its models, and a second step of the login."""

    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """As ever; with a right password and a second factor, to the page of the code."""
        response = super().login(request, extra_context)
        return step_after(request) or response

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Entry]:
        """The groups with what the user may see of them; for one app that app as ever."""
        apps = super().get_app_list(request, app_label)
        return apps if app_label is not None else grouped(apps)


def grouped(apps: Iterable[Entry]) -> list[Entry]:
    """The models of `apps` in groups, in the form in which Django lists apps; none is empty."""
    found: dict[str, list[tuple[int, Entry]]] = {name: [] for name, _title, _models in GROUPS}
    for app in apps:
        for model in app["models"]:
            group, place = _place(model["model"]._meta.label_lower)
            found[group].append((place, model))
    index = reverse("admin:index")
    return [
        {
            "name": title,
            "app_label": name,
            "app_url": f"{index}#{name}",
            "has_module_perms": True,
            "models": [model for _place, model in sorted(found[name], key=lambda one: one[0])],
        }
        for name, title, _models in GROUPS
        if found[name]
    ]


def _place(label: str) -> tuple[str, int]:
    """The group of a model and its place there; a model goes before its app."""
    for wanted in (label, label.partition(".")[0]):
        for name, _title, models in GROUPS:
            if wanted in models:
                return name, models.index(wanted)
    return OTHERS, 0
