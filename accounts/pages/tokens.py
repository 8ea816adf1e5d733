"""`/accounts/me/tokens/`: the keys with which programs speak for oneself."""

from django.contrib import messages
from django.contrib.auth import BACKEND_SESSION_KEY
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.domain import tokens as rules
from accounts.models import ApiToken
from accounts.pages.who import user_of
from accounts.token_forms import OwnTokenForm

#: The backend of sessions that a card has opened.
CARD_BACKEND = "accounts.backends.RFIDBackend"


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
def tokens(request: HttpRequest) -> HttpResponse:
    """One's tokens, and a form for another one, whose text is shown in the answer, once."""
    user = user_of(request)
    if request.session.get(BACKEND_SESSION_KEY) == CARD_BACKEND:
        # A number can be copied: who has only that shall not have a key that lasts.
        raise PermissionDenied(_("Log in with your password to make or see API tokens."))
    form = OwnTokenForm(request.POST if request.method == "POST" else None)
    secret, status = "", 200
    if form.is_bound and form.is_valid():
        if rules.live(user) >= rules.MOST:
            message = _("You have %(count)d tokens already. Revoke those that nothing uses.")
            form.add_error(None, message % {"count": rules.MOST})
        else:
            values = form.cleaned_data
            scope = ApiToken.Scope(values["scope"])
            _token, secret = rules.create(
                user, values["name"], form.expires(), scope, values["areas"]
            )
            form, status = OwnTokenForm(), 201
    now = timezone.now()
    found = [(token, token.valid_at(now)) for token in ApiToken.objects.filter(user=user)]
    context = {"form": form, "tokens": found, "secret": secret}
    return render(request, "accounts/tokens.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
def token_revoke(request: HttpRequest, number: int) -> HttpResponse:
    """A page that asks, then the end of a token of one's own. 404 for one that is not."""
    token = get_object_or_404(ApiToken, pk=number, user=user_of(request))
    if request.method != "POST":
        return render(request, "accounts/token_revoke.html", {"token": token})
    rules.revoke(token)
    messages.success(request, _("The token “%(name)s” opens nothing any more.") % {"name": token})
    return redirect("accounts:tokens")
