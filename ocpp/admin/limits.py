"""The page Limits: every limit, its number, and how often it was hit."""

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from ocpp.domain.queries import limits
from ocpp.models import ConnectionAttempt

#: Who may see refused connections may see by what they are refused.
PERMISSION = "ocpp.view_connectionattempt"


def page(request: HttpRequest, site: admin.AdminSite) -> HttpResponse:
    """The page. To be wrapped in the `admin_view` of its site."""
    if not request.user.has_perm(PERMISSION):
        raise PermissionDenied
    counting = limits.processes()
    context = {
        **site.each_context(request),
        "title": _("Limits"),
        "opts": ConnectionAttempt._meta,
        "processes": counting,
        "parts": [(part.title, limits.rows(part.limits, counting)) for part in limits.parts()],
    }
    return TemplateResponse(request, "admin/ocpp/limits.html", context)
