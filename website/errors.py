"""Pages for what went wrong: in the dress of the site, or JSON for a program."""

import logging
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.utils.html import escape
from django.utils.translation import gettext as _

logger = logging.getLogger(__name__)


def answer(request: HttpRequest, status: int, template: str, detail: str) -> HttpResponse:
    """The error page `template`, or `detail` in JSON for who would rather have that."""
    if _wants_json(request):
        return JsonResponse({"detail": detail}, status=status)
    return HttpResponse(render_to_string(template, request=request), status=status)


def answer_bare(request: HttpRequest, status: int, template: str, detail: str) -> HttpResponse:
    """The same without anything of the request: no user, no session, no database.

    Should even that fail, the sentence alone.
    """
    if _wants_json(request):
        return JsonResponse({"detail": detail}, status=status)
    try:
        html: str = render_to_string(template, _what_can_be_had(request))
    except Exception:
        logger.exception("The page for error %d failed too", status)
        html = f"<!doctype html><title>{status}</title><p>{escape(detail)}</p>"
    return HttpResponse(html, status=status)


def sentence(status: int) -> str:
    """What an error means, in the visitor's language."""
    return {
        400: _("Your browser sent something that this site cannot answer."),
        403: _("You may not see this page."),
        404: _("There is no such page here."),
        500: _("The error is on our side and has been logged."),
    }[status]


def _what_can_be_had(request: HttpRequest) -> dict[str, Any]:
    # For the cookie that says whether the CDN is out of reach.
    return {"request": request}


def _wants_json(request: HttpRequest) -> bool:
    # No browser sends a token of the API.
    if request.headers.get("Authorization", "").lower().startswith("bearer "):
        return True
    return request.get_preferred_type(["text/html", "application/json"]) == "application/json"
