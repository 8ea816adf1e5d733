"""`/accounts/me/cards/`: one's own cards, and reporting one as lost."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.domain import own
from accounts.pages.who import user_of


@require_safe
@never_cache
@login_required
def cards(request: HttpRequest) -> HttpResponse:
    """The cards of the user, by their last digits: the whole number of a card could be copied."""
    now = timezone.now()
    found = [(card, card.has_expired(now)) for card in own.cards_of(user_of(request))]
    return render(request, "accounts/cards.html", {"cards": found})


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
def card_lost(request: HttpRequest, number: int) -> HttpResponse:
    """Ask once more (GET), then let the card authorise nothing any more (POST).

    404 for a card that is not the user's.
    """
    card = get_object_or_404(own.cards_of(user_of(request)), pk=number)
    if request.method != "POST":
        return render(request, "accounts/card_lost.html", {"card": card})
    if own.report_lost(card, timezone.now()):
        messages.success(request, _("The card is blocked. Only the operator can allow it again."))
    else:
        messages.info(request, _("The card was blocked already."))
    return redirect("accounts:cards")
