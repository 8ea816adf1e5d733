"""What charge points reported is shown in the admin and changed nowhere.

Also the pieces that its pages share: links, JSON, and a paginator for tables that never end.
"""

from typing import Any

from django.contrib import admin
from django.core.paginator import Paginator
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.exports import ExportedMixin
from ocpp.domain.queries import log
from ocpp.domain.redaction import redact, written


class ReadOnlyMixin:
    """No adding, changing or deleting; looking needs the view permission."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class BoundedPaginator(Paginator):
    """Counts no further than `MOST`: counting millions of rows would take longer than reading.

    Older rows are found by choosing a charger or a time.
    """

    MOST = 10_000

    @cached_property
    def count(self) -> int:
        """How many rows there are, at most `MOST`."""
        rows: QuerySet[Model] = self.object_list  # type: ignore[assignment]
        return rows.order_by()[: self.MOST].count()


class FactsAdmin(ExportedMixin, ReadOnlyMixin, admin.ModelAdmin):
    """A page of things that charge points reported, however many they are."""

    paginator = BoundedPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER  # each would be a count
    list_per_page = 50
    list_select_related = ["charger"]
    #: Exact, because a pattern would be searched for in every row.
    search_fields = ["=charger__charger_id"]
    actions: list[str] | None = None


def one_charger(request: HttpRequest) -> bool:
    """Whether a list shows one charger's rows, so that filtering it reads a bounded number."""
    return bool(request.GET.get("charger__id__exact") or request.GET.get("q"))


def link_to(target: Model | None) -> SafeString | str:
    """A link to the page of `target` in the admin, with its name as text; "–" for None."""
    if target is None:
        return "–"
    meta = target._meta
    url = reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[target.pk])
    return format_html('<a href="{}">{}</a>', url, target)


def as_json(value: Any) -> SafeString:
    """A JSON value for people: indented, without secrets."""
    return as_frame(written(redact(value)))


def as_frame(text: str) -> SafeString:
    """JSON text as it went over the wire, indented, without secrets."""
    return format_html('<pre class="frame">{}</pre>', log.pretty(text))
