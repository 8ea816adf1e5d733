"""Pages: what one can subscribe to, for everybody; one's own subscriptions."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.domain import balance
from accounts.models import User
from ocpp.domain.errors import Conflict
from subscriptions.domain import subscribing
from subscriptions.models import Renewal

#: Periods that are listed on one's own page, the newest.
PERIODS = 24


@require_safe
def products(request: HttpRequest) -> HttpResponse:
    """`GET /subscriptions/`: what is offered."""
    return render(request, "subscriptions/products.html", {"products": subscribing.offered()})


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
def subscribe(request: HttpRequest, number: int) -> HttpResponse:
    """Say what it comes to (GET), then subscribe the visitor's own account (POST)."""
    product = get_object_or_404(subscribing.offered(), pk=number)
    if request.method != "POST":
        return render(request, "subscriptions/subscribe.html", {"product": product})
    user = _user(request)
    try:
        begun = subscribing.subscribe(balance.open_account(user), product, timezone.now(), user)
    except Conflict as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(
            request,
            _("Your subscription goes on.") if begun.resumed else _("You have subscribed."),
        )
    return redirect("subscriptions:mine")


@require_safe
@never_cache
@login_required
def mine(request: HttpRequest) -> HttpResponse:
    """`GET /subscriptions/mine/`: the visitor's subscriptions and their newest periods."""
    user = _user(request)
    periods = Renewal.objects.filter(subscription__account__user=user)
    context = {
        "subscriptions": subscribing.of_user(user),
        "periods": periods.select_related("subscription__product", "credit")[:PERIODS],
        "now": timezone.now(),
    }
    return render(request, "subscriptions/mine.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
def cancel(request: HttpRequest, number: int) -> HttpResponse:
    """Ask once more (GET), then cancel (POST). 404 for a subscription that is not the user's."""
    found = get_object_or_404(subscribing.of_user(_user(request)), pk=number)
    if request.method != "POST":
        return render(request, "subscriptions/cancel.html", {"subscription": found})
    subscribing.cancel(found, timezone.now())
    messages.success(request, _("The subscription is cancelled and will not be renewed."))
    return redirect("subscriptions:mine")


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # noqa: S101  (`login_required` has seen to it)
    return request.user
