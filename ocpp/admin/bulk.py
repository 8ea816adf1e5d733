"""One command to many chargers: chosen in their list, asked for in a form, followed on a page."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from accounts.exports import ExportedMixin
from ocpp import operations
from ocpp.admin import live, outcomes
from ocpp.admin.command_forms import CommandForm, catalogue, entry, groups
from ocpp.admin.commanding import asking_user, may_command
from ocpp.admin.facts import ReadOnlyMixin, as_json
from ocpp.domain.errors import DomainError
from ocpp.domain.redaction import REDACTED
from ocpp.models import BulkCommand, BulkTarget
from ocpp.operations import Outcome, bulk

PART = "admin/ocpp/bulkcommand/part.html"
#: Chargers on one page, and how many are named above a form.
PAGE = 50
NAMED = 20

#: What a page may be limited to, by the word in its address.
SHOWN = {
    "": tuple(Outcome),
    "without-success": bulk.WITHOUT_SUCCESS,
    "open": (Outcome.WAITING, Outcome.SENT),
}


@admin.register(BulkCommand)
class BulkCommandAdmin(ExportedMixin, ReadOnlyMixin, admin.ModelAdmin):
    """Bulk commands, newest first; the page of each follows its chargers."""

    list_display = ["id", "shown_operation", "chargers", "created_by", "created"]
    list_display_links = ["id", "shown_operation"]
    list_filter = ["created"]
    list_select_related = ["created_by"]
    list_per_page = 25
    show_full_result_count = False
    exported = [
        "id",
        "operation",
        "chargers:number_of_chargers",
        "created_by:created_by__username",
        "created",
    ]
    date_hierarchy = "created"
    search_fields = ["operation", "created_by__username"]
    actions = None

    def get_urls(self) -> Any:
        """With the form, the part that changes, and trying again."""
        wrap = self.admin_site.admin_view
        return [
            path("<int:pk>/form/<str:name>/", wrap(self.form_view), name="ocpp_bulkcommand_form"),
            path("<int:pk>/part/", wrap(self.part_view), name="ocpp_bulkcommand_part"),
            path(
                "<int:pk>/retry/",
                wrap(require_POST(self.retry_view)),
                name="ocpp_bulkcommand_retry",
            ),
            *super().get_urls(),
        ]

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever may command may see what becomes of it."""
        return super().has_view_permission(request, obj) or may_command(request)

    @admin.display(description=_("operation"), ordering="operation")
    def shown_operation(self, row: BulkCommand) -> str:
        """In words."""
        return (
            str(catalogue.title(row.operation)) if row.operation else gettext("Not commanded yet")
        )

    def get_queryset(self, request: HttpRequest) -> QuerySet[BulkCommand]:
        """Each with the number of its chargers."""
        counted = BulkTarget.objects.filter(bulk=OuterRef("pk")).order_by().values("bulk")
        count = Subquery(counted.annotate(count=Count("pk")).values("count"))
        rows: QuerySet[BulkCommand] = super().get_queryset(request)
        return rows.annotate(number_of_chargers=Coalesce(count, 0))

    @admin.display(description=_("chargers"))
    def chargers(self, row: BulkCommand) -> int:
        """How many were selected."""
        count: int = row.number_of_chargers  # type: ignore[attr-defined]
        return count

    # --- pages --------------------------------------------------------------------------------

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """The choice of an operation, or once there is one what becomes of it."""
        row = self._seen(request, int(object_id) if object_id.isdecimal() else 0)
        if row.started is None:
            return self._operations_view(request, row)
        seen = _Seen(request, row)
        context = {
            **self._context(str(catalogue.title(row.operation)), request),
            **seen.context(),
            "part": PART,
            "part_url": f"{_url(row, 'part')}?{request.GET.urlencode()}",
            "final": seen.progress.finished,
            "ask_again_ms": live.ASK_AGAIN_MS,
            "load_again_s": live.LOAD_AGAIN_S,
        }
        return TemplateResponse(request, "admin/ocpp/bulkcommand/page.html", context)

    def _operations_view(self, request: HttpRequest, row: BulkCommand) -> HttpResponse:
        if not may_command(request):
            raise PermissionDenied
        offered = [
            (group, [(one, _url(row, "form", one.name)) for one in entries])
            for group, entries in groups()
        ]
        context = self._context(gettext("Command the selected chargers"), request)
        context |= {"groups": offered, "about": _selection(row)}
        return TemplateResponse(request, "admin/ocpp/command/operations.html", context)

    def form_view(self, request: HttpRequest, pk: int, name: str) -> HttpResponse:
        """The form of an operation, for all selected chargers."""
        row = self._seen(request, pk)
        operation = operations.OPERATIONS.get(name)
        if not may_command(request):
            raise PermissionDenied
        if operation is None:
            raise Http404(gettext("There is no such operation."))
        if row.started is not None:
            return HttpResponseRedirect(_url(row))
        data = request.POST if request.method == "POST" else None
        earlier = row.retry_of
        given = earlier.arguments if earlier is not None and earlier.operation == name else {}
        form = CommandForm(operation, None, data, given)
        if form.is_bound and not form.wants_more and form.is_valid():
            try:
                bulk.start(row, operation, form.arguments)
            except DomainError as refusal:
                form.refuse(refusal)
            else:
                return HttpResponseRedirect(_url(row))
        words = entry(operation)
        context = self._context(str(words.title), request)
        context |= {
            "form": form,
            "entry": words,
            "about": _selection(row),
            "up": (_url(row), gettext("Command the selected chargers")),
            "submit": gettext("Send"),
        }
        return TemplateResponse(request, "admin/ocpp/command/form.html", context)

    def part_view(self, request: HttpRequest, pk: int) -> JsonResponse:
        """The part of the page that changes: the counts, and the chargers of this page."""
        seen = _Seen(request, self._seen(request, pk))
        return live.part(request, PART, seen.context(), final=seen.progress.finished)

    def retry_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The same again for those that had no success; the form, where a secret is needed."""
        row = self._seen(request, pk)
        if not may_command(request):
            raise PermissionDenied
        operation = operations.OPERATIONS.get(row.operation)
        if operation is None:
            raise Http404(gettext("There is no such operation."))
        try:
            again = bulk.retry(row, asking_user(request))
            if REDACTED in str(row.arguments):
                return HttpResponseRedirect(_url(again, "form", row.operation))
            bulk.start(again, operation, row.arguments)
        except DomainError as refusal:
            messages.error(request, str(refusal))
            return HttpResponseRedirect(_url(row))
        return HttpResponseRedirect(_url(again))

    def _seen(self, request: HttpRequest, pk: int) -> BulkCommand:
        if not self.has_view_permission(request):
            raise PermissionDenied
        row = BulkCommand.objects.select_related("created_by", "retry_of").filter(pk=pk).first()
        if row is None:
            raise Http404(gettext("There is no such bulk command."))
        return row

    def _context(self, title: str, request: HttpRequest) -> dict[str, Any]:
        return {**self.admin_site.each_context(request), "title": title, "opts": self.opts}


class _Seen:
    """A bulk command as a request sees it: how far it is, and one page of its chargers."""

    def __init__(self, request: HttpRequest, row: BulkCommand) -> None:
        self.row = row
        self.shown = request.GET.get("show", "")
        if self.shown not in SHOWN:
            self.shown = ""
        self.progress = bulk.look(row)
        keys = self.progress.keys(*SHOWN[self.shown])
        self.page = Paginator(keys, PAGE).get_page(request.GET.get("page"))
        self.may_command = may_command(request)

    def context(self) -> dict[str, Any]:
        """What the templates need."""
        counts = self.progress.counts
        failed = sum(counts[one] for one in bulk.WITHOUT_SUCCESS)
        page_url = _url(self.row)
        return {
            "bulk": self.row,
            "progress": self.progress,
            "counts": [(outcomes.html(one), count) for one, count in counts.items() if count],
            "rows": [(one, outcomes.html(one.outcome)) for one in bulk.told(self.page.object_list)],
            "page": self.page,
            "shown": self.shown,
            "page_url": page_url,
            "tabs": [
                ("", gettext("All"), self.progress.total),
                ("without-success", gettext("Without success"), failed),
                ("open", gettext("Open"), self.progress.total - self.progress.ended),
            ],
            "failed": failed,
            "retry_url": _url(self.row, "retry") if failed and self.may_command else "",
            "arguments": as_json(self.row.arguments) if self.row.arguments else "",
        }


def _url(row: BulkCommand, page: str = "change", *more: str) -> str:
    return reverse(f"admin:ocpp_bulkcommand_{page}", args=[row.pk, *more])


def _selection(row: BulkCommand) -> SafeString:
    """Which chargers are meant; not all by name when they are many."""
    chargers = row.targets.select_related("charger").values_list("charger__charger_id", flat=True)
    count = row.targets.count()
    names = list(chargers[:NAMED])
    listed = format_html_join(", ", "<strong>{}</strong>", ((name,) for name in names))
    more = (
        gettext("and %(count)d more") % {"count": count - len(names)} if count > len(names) else ""
    )
    return format_html("<p>{} ({}): {} {}</p>", gettext("Chargers"), count, listed, more)
