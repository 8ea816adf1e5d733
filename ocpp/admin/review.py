"""The review queue in the admin: what needs a look, with its evidence and the repairs."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts import asking
from accounts.exports import ExportedMixin
from ocpp.admin import repairing
from ocpp.admin.facts import BoundedPaginator, FactsAdmin, ReadOnlyMixin, link_to
from ocpp.admin.registers import register_plot
from ocpp.domain import reviews
from ocpp.domain.queries import reviews as queue
from ocpp.domain.queries import timeline
from ocpp.models import OrphanStop, Repair, Review

PAGES = "ocpp/review.css"


class AwaitsFilter(admin.SimpleListFilter):
    """Those that await a review, unless those that were repaired are asked for."""

    title = _("review")
    parameter_name = "review"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Sequence[tuple[str, Any]]:
        return [("repaired", _("Repaired"))]

    def choices(self, changelist: Any) -> Any:
        """As ever, but what stands first is not all of them."""
        first, *others = super().choices(changelist)
        return [{**first, "display": _("Awaits review")}, *others]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Review]) -> Any:
        if self.value() == "repaired":
            repaired = Repair.objects.exclude(transaction=None).values("transaction")
            return queryset.filter(pk__in=repaired)
        return queryset.filter(queue.waiting(timezone.now()))


@admin.register(Review)
class ReviewAdmin(ReadOnlyMixin, admin.ModelAdmin):
    """Transactions that people have to look at; each has a page with its evidence."""

    list_display = ["id", "why", "charger", "account", "start_time", "shown_energy", "state"]
    list_filter = [AwaitsFilter, "state"]
    paginator = BoundedPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    list_per_page = 50
    ordering = ["start_time", "id"]
    search_fields = ["=id", "=charger__charger_id", "id_tag", "account__user__username"]
    search_help_text = _("Transaction id, card, charger or user.")
    actions: list[str] | None = ["accept"]

    class Media:
        css = {"all": ["ocpp/cards.css", "ocpp/plot.css", PAGES]}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Review]:
        rows: Any = super().get_queryset(request)
        return queue.with_reasons(rows)  # type: ignore[return-value]

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever may look at transactions."""
        return request.user.has_perm("ocpp.view_transaction")

    def has_repair_permission(self, request: HttpRequest) -> bool:
        """Whoever may repair them."""
        return repairing.may_repair(request)

    @admin.display(description=_("energy (kWh)"))
    def shown_energy(self, row: Review) -> str:
        """Energy as it is counted now."""
        return f"{row.energy_kwh:.3f}"

    @admin.display(description=_("why"))
    def why(self, row: Review) -> SafeString:
        """Why it needs a look."""
        sentences = queue.why(row, timezone.now())
        return format_html_join("", "<div>{}</div>", ((one,) for one in sentences))

    @admin.action(description=_("Accept the energy as it is and bill it"), permissions=["repair"])
    def accept(self, request: HttpRequest, queryset: QuerySet[Review]) -> HttpResponse | None:
        """End the review of those that have ended."""
        title = _("Accept the energy as it is and bill it")
        page = asking.unless_confirmed(
            request,
            queryset.select_related("charger", "account__user"),
            action="accept",
            title=title,
            intro=repairing.BILLED,
            words=repairing.which,
        )
        if page is None:
            repairing.accept_all(self, request, list(queryset))
        return page

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The list, with a word on the stops without start that wait beside it."""
        count = queue.orphans()[:100].count()
        text = ngettext(
            "%(count)d stop fits no transaction", "%(count)d stops fit no transaction", count
        )
        extra = {"orphan_count": count, "orphan_words": text % {"count": count}}
        return super().changelist_view(request, {**extra, **(extra_context or {})})

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The evidence about one, and the forms that repair it."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        found: Review | None = self.get_object(request, object_id)
        if found is None:
            raise Http404(gettext("There is no transaction %(number)s.") % {"number": object_id})
        if request.method == "POST":
            back = reverse("admin:ocpp_review_change", args=[found.pk])
            page = repairing.question(request, found, back)
            if page is None:
                repairing.act(self, request, found)
            return page or HttpResponseRedirect(back)
        now = timezone.now()
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Review of transaction %(number)s") % {"number": found.pk},
            "opts": self.opts,
            "media": self.media,
            "found": found,
            "energy": f"{found.energy_kwh:.3f}",
            "charger": link_to(found.charger),
            "account": link_to(found.account),
            "reasons": queue.why(found, now),
            "timeline": timeline.of(found, now),
            "plot": register_plot(found),
            "seen": reviews.newest_repair(found),
            "suggestions": queue.suggestions(found, now),
            "orphans": queue.orphans_for(found) if reviews.can_end(found) else [],
            "account_form": repairing.AccountForm(),
            "may_repair": self.has_repair_permission(request),
        }
        return TemplateResponse(request, "admin/ocpp/review/page.html", context)


@admin.register(OrphanStop)
class OrphanStopAdmin(FactsAdmin):
    """Stops without a number: each waits for its start, or is attached to one, or dismissed."""

    list_display = [
        "time",
        "charger",
        "meter",
        "transaction_id_sent",
        "id_tag",
        "transaction",
        "settled",
    ]
    exported = [
        "id",
        "time",
        "charger:charger__charger_id",
        "transaction_id_sent",
        "id_tag",
        "meter_wh:meter",
        "reason",
        "settled",
    ]
    list_select_related = ["charger", "transaction"]
    list_filter = ["settled", ("transaction", admin.EmptyFieldListFilter)]

    class Media:
        css = {"all": ["ocpp/cards.css", PAGES]}

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The stop as it was sent, and the transactions that it may belong to."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        orphan: OrphanStop | None = self.get_object(request, object_id)
        if orphan is None:
            raise Http404(
                gettext("There is no stop without start %(number)s.") % {"number": object_id}
            )
        if request.method == "POST":
            back = reverse("admin:ocpp_orphanstop_change", args=[orphan.pk])
            page = repairing.question(request, orphan, back)
            if page is None:
                repairing.act_on_orphan(request, orphan)
            return page or HttpResponseRedirect(back)
        candidates = [] if orphan.settled else queue.open_for(orphan)
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Stop without start"),
            "opts": self.opts,
            "media": self.media,
            "orphan": orphan,
            "charger": link_to(orphan.charger),
            "candidates": candidates,
            "repairs": [(row, timeline.repair_words(row)) for row in orphan.repairs.all()],
            "may_repair": repairing.may_repair(request),
        }
        return TemplateResponse(request, "admin/ocpp/review/orphan.html", context)


@admin.register(Repair)
class RepairAdmin(ExportedMixin, ReadOnlyMixin, admin.ModelAdmin):
    """Every repair that was made, newest first."""

    list_display = ["time", "kind", "transaction", "author_name", "reason"]
    list_filter = ["kind", "time"]
    list_select_related = ["transaction"]
    list_per_page = 50
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    exported = [
        "id",
        "time",
        "kind",
        "transaction:transaction_id",
        "author:author_name",
        "reason",
    ]
    date_hierarchy = "time"
    search_fields = ["=transaction__id", "author_name"]
    search_help_text = _("Transaction id or author.")
    fields = [
        ("transaction", "orphan"),
        ("kind", "time"),
        "author_name",
        "reason",
        "before",
        "after",
    ]
