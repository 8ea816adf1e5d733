"""The page Status of the node: its processes, what they do now, and what they stand on."""

from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from ocpp import metrics
from ocpp.admin import live
from ocpp.admin.facts import ReadOnlyMixin
from ocpp.domain.queries import status
from ocpp.models import ServerProcess
from ocpp.plot import Step, StepPlot, steps_svg

PART = "admin/ocpp/serverprocess/part.html"
#: How often the page asks again (ms), and loads itself again without scripts (s).
ASK_AGAIN_MS = 5000
LOAD_AGAIN_S = 10


@admin.register(ServerProcess)
class ServerProcessAdmin(ReadOnlyMixin, admin.ModelAdmin):
    """In the place of a list of processes there is the whole status of the node."""

    fields = ["name", "host", "pid", "started", "lease_until"]

    def get_urls(self) -> Any:
        """With the part that changes."""
        part = path(
            "part/", self.admin_site.admin_view(self.part_view), name="ocpp_serverprocess_part"
        )
        return [part, *super().get_urls()]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The page."""
        context = {
            **self._seen(request),
            **self.admin_site.each_context(request),
            "title": _("Status of the node"),
            "opts": self.opts,
            "part": PART,
            "part_url": reverse("admin:ocpp_serverprocess_part"),
            "ask_again_ms": ASK_AGAIN_MS,
            "load_again_s": LOAD_AGAIN_S,
            **(extra_context or {}),
        }
        return TemplateResponse(request, "admin/ocpp/serverprocess/page.html", context)

    def part_view(self, request: HttpRequest) -> JsonResponse:
        """The part of the page that changes."""
        return live.part(request, PART, self._seen(request), final=False)

    def _seen(self, request: HttpRequest) -> dict[str, Any]:
        if not self.has_view_permission(request):
            raise PermissionDenied
        now = status.look()
        return {"status": now, "plot": _plot(now)}


def _plot(now: status.Status) -> SafeString:
    """Messages a second over the last minutes."""
    values = [value.quantize(Decimal("0.01")) for value in now.minutes]
    title = _("Messages a second")
    return steps_svg(
        StepPlot(
            name="messages",
            title=title,
            description=_("The last %(minutes)d minutes; at most %(most)s a second.")
            % {
                "minutes": len(values) * metrics.STRETCH_S // 60 + 1,
                "most": f"{max(values):g}",
            },
            unit=_("messages/s"),
            steps=[Step(n * metrics.STRETCH_S, value) for n, value in enumerate(values)],
            end=len(values) * metrics.STRETCH_S,
            begin=now.minutes_begin,
        )
    )
