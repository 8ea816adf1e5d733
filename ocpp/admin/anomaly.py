"""Anomalies in the admin: what was odd, from what charger, what was done; and the models."""

from django.conf import settings
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ocpp.admin.facts import FactsAdmin, link_to
from ocpp.admin.states import state_html
from ocpp.domain.queries import anomalies
from ocpp.models import Anomaly


@admin.register(Anomaly)
class AnomalyAdmin(FactsAdmin):
    """What charge points did against the standard, newest first."""

    list_display = ["time", "whose", "what", "done", "review", "strict"]
    list_filter = ["kind", "charger__vendor", "charger__model", "charger__strict"]
    exported = [
        "id",
        "time",
        "charger:charger__charger_id",
        "kind",
        "code",
        "detail",
        "action",
        "message_id",
        "transaction:transaction_id",
    ]
    search_fields = ["charger__charger_id", "detail"]
    search_help_text = _("Charger or detail.")
    fields = [
        ("charger", "device", "strict"),
        ("kind", "time"),
        "odd",
        "done",
        ("action", "message_id"),
        "review",
    ]
    readonly_fields = ["device", "odd", "done", "review", "strict"]
    change_list_template = "admin/ocpp/anomaly/list.html"

    class Media:
        css = {
            "all": [
                "bootstrap-icons/font/bootstrap-icons.min.css",
                "ocpp/states.css",
                "ocpp/cards.css",
                "ocpp/review.css",
            ]
        }

    @admin.display(description=_("charger"))
    def whose(self, row: Anomaly) -> SafeString:
        """The charger, and what it is."""
        text = '{}<br><span class="quiet">{}</span>'
        return format_html(text, link_to(row.charger), self.device(row))

    @admin.display(description=_("what was odd"))
    def what(self, row: Anomaly) -> SafeString:
        """The kind, and the values."""
        return format_html("<strong>{}</strong><br>{}", row.get_kind_display(), anomalies.told(row))

    @admin.display(description=_("what was odd"))
    def odd(self, row: Anomaly) -> str:
        """The values."""
        return anomalies.told(row)

    @admin.display(description=_("vendor, model, firmware"))
    def device(self, row: Anomaly) -> str:
        """What the charger says that it is."""
        charger = row.charger
        parts = (charger.vendor, charger.model, charger.firmware_version)
        return " ".join(part for part in parts if part) or "–"

    @admin.display(description=_("what was done"))
    def done(self, row: Anomaly) -> str:
        """What was done about it."""
        return anomalies.done_about(row)

    @admin.display(description=_("transaction"))
    def review(self, row: Anomaly) -> SafeString | str:
        """The page with all evidence about its transaction."""
        if row.transaction_id is None:
            return "–"
        url = reverse("admin:ocpp_review_change", args=[row.transaction_id])
        return format_html('<a href="{}">{}</a>', url, row.transaction_id)

    @admin.display(description=_("strict"), boolean=True)
    def strict(self, row: Anomaly) -> bool:
        """Whether such a thing of its charger is refused now."""
        return row.charger.strict or settings.OCPP_STRICT

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.models_view)
        return [path("models/", view, name="ocpp_anomaly_models"), *super().get_urls()]

    def models_view(self, request: HttpRequest) -> HttpResponse:
        """How far each model keeps to the standard."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        scores = anomalies.scores(timezone.now())
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Models of chargers and how they keep to the standard"),
            "opts": self.opts,
            "media": self.media,
            "scores": scores,
            "rows": [(model, state_html(model.state)) for model in scores.models],
            "weights": [(kind.label, weight) for kind, weight in anomalies.WEIGHTS.items()],
        }
        return TemplateResponse(request, "admin/ocpp/anomaly/models.html", context)
