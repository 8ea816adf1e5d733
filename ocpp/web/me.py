"""`GET /ocpp/me/`: one's own account: balance, running sessions, history."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.models import User
from ocpp.domain.queries import own
from ocpp.domain.queries.own import Own

SESSIONS_PER_PAGE = 20


@require_safe
@never_cache
@login_required
def me(request: HttpRequest) -> HttpResponse:
    """The visitor's own account. `?page=` turns the pages of its history."""
    found = _own(request)
    context: dict[str, Any] = {"own": found}
    if found.account is not None:
        ended = Paginator(own.history(found.account), SESSIONS_PER_PAGE)
        context["page"] = ended.get_page(request.GET.get("page"))
    return render(request, "ocpp/me.html", context)


@require_safe
@never_cache
@login_required
def me_now(request: HttpRequest) -> HttpResponse:
    """What of the page changes by itself: the balance and the sessions that run."""
    return render(request, "ocpp/me_now.html", {"own": _own(request)})


def _own(request: HttpRequest) -> Own:
    assert isinstance(request.user, User)  # noqa: S101  (`login_required` has seen to it)
    return own.of(request.user, timezone.now())
