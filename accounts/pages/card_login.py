"""`/accounts/card-login/`: log in by typing the number of a card."""

from django.conf import settings
from django.contrib.auth import authenticate, login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts.backends import retry_after
from accounts.forms import CardLoginForm, too_many
from accounts.models import User
from accounts.pages.who import target_of


@sensitive_post_parameters("rfid")
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def card_login(request: HttpRequest) -> HttpResponse:
    """A form for the number of a card; afterwards `next`, of this host only.

    Every card that cannot log in gets the same answer, and guesses are limited (429), as for
    card readers.
    """
    target = target_of(request)
    form = CardLoginForm(request.POST if request.method == "POST" else None)
    status = 200
    if form.is_bound and form.is_valid():
        user = authenticate(request, rfid=form.cleaned_data["rfid"])
        if isinstance(user, User):
            login(request, user)
            request.session.cycle_key()  # login keeps the key when this user was logged in before
            return redirect(target or resolve_url(settings.LOGIN_REDIRECT_URL))
        if wait_s := retry_after(request):
            form.add_error(None, too_many(wait_s))
            status = 429
        else:
            form.add_error(None, _("This card cannot log in."))
    context = {"form": form, "next": target}
    return render(request, "accounts/card_login.html", context, status=status)
