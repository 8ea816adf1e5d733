"""`GET /ocpp/me/`: one's own account: balance, running sessions, history."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.models import Account, User
from ocpp.domain.queries import own
from ocpp.domain.queries.own import Own
from ocpp.models import Transaction

SESSIONS_PER_PAGE = 20


@require_safe
@never_cache
@login_required
def me(request: HttpRequest) -> HttpResponse:
    """The visitor's own account. `?page=` turns the pages of its history."""
    found = _own(request)
    context: dict[str, Any] = {"own": found}
    if found.account is not None:
        context["page"] = _history(request, found.account)
    return render(request, "ocpp/me.html", context)


@require_safe
@never_cache
@login_required
def me_now(request: HttpRequest) -> HttpResponse:
    """What of the page changes by itself: the balance and the sessions that run."""
    return render(request, "ocpp/me_now.html", {"own": _own(request)})


@require_safe
@never_cache
@login_required
def me_history(request: HttpRequest) -> HttpResponse:
    """The sessions that have ended, with their plots; 404 without an account."""
    account = get_object_or_404(Account, user=request.user)
    context = {"own": {"account": account}, "page": _history(request, account)}
    return render(request, "ocpp/me_history.html", context)


def _history(request: HttpRequest, account: Account) -> Page[Transaction]:
    ended = Paginator(own.history(account), SESSIONS_PER_PAGE)
    return ended.get_page(request.GET.get("page"))


def _own(request: HttpRequest) -> Own:
    assert isinstance(request.user, User)  # noqa: S101  (`login_required` has seen to it)
    return own.of(request.user, timezone.now())
