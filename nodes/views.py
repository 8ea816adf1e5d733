"""The page of the constellation: for staff who may see nodes."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.admin.views.decorators import staff_member_required
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from nodes.models import Node


def _guarded(view: Callable[[HttpRequest], HttpResponse]) -> Callable[..., HttpResponseBase]:
    allowed = permission_required("nodes.view_node", raise_exception=True)(view)
    return never_cache(require_safe(staff_member_required(allowed)))


@_guarded
def constellation(request: HttpRequest) -> HttpResponse:
    """`GET /nodes/`: a map and a table."""
    return render(request, "nodes/constellation.html", _context(request))


@_guarded
def now(request: HttpRequest) -> HttpResponse:
    """`GET /nodes/now/`: the rows of the table, and what the map shows, as of now."""
    context = _context(request)
    return JsonResponse(
        {
            "rows": render_to_string("nodes/rows.html", context, request),
            "nodes": [_on_map(node) for node in context["nodes"] if node.latitude is not None],
        }
    )


def _context(request: HttpRequest) -> dict[str, Any]:
    return {
        "nodes": list(Node.objects.order_by("hostname")),
        "manage": settings.MANAGE_COMMAND,
        "may_change": request.user.has_perm("nodes.change_node"),
    }


def _on_map(node: Node) -> dict[str, object]:
    state = node.state
    return {
        "id": node.pk,
        "hostname": node.hostname,
        "place": [float(node.latitude or 0), float(node.longitude or 0)],
        "state": state.value,
        "word": str(state.label),
    }
