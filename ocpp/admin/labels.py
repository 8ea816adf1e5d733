"""Labels of the chargers that staff select in the list."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from ocpp.domain import labels
from ocpp.models import Charger


class LabelActions:
    """The action that leads to the page of labels."""

    @admin.action(description=_("Print labels with QR codes…"), permissions=["view"])
    def print_labels(
        self, request: HttpRequest, queryset: QuerySet[Charger]
    ) -> HttpResponseRedirect:
        """To the sheet with the selected ones; with all when they are too many for an address."""
        keys = list(queryset.values_list("pk", flat=True)[: labels.MOST_CHOSEN + 1])
        chosen = keys if len(keys) <= labels.MOST_CHOSEN else []
        query = urlencode({"charger": chosen}, doseq=True)
        return HttpResponseRedirect(reverse("ocpp:labels") + (f"?{query}" if query else ""))
