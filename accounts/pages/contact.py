"""`/accounts/me/contact/` and `/accounts/me/password/`."""

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts.domain import addresses, own, throttle
from accounts.forms import ContactForm, OwnAddressForm, OwnPasswordForm, too_many
from accounts.models import Address
from accounts.pages.who import user_of


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
def contact(request: HttpRequest) -> HttpResponse:
    """Name, e-mail, telephone and address of the user."""
    user = user_of(request)
    data = request.POST if request.method == "POST" else None
    form = ContactForm(data, instance=user)
    address = OwnAddressForm(data, instance=_copy(user.address), prefix="address")
    if data is not None and form.is_valid() and (address.is_left_out() or address.is_valid()):
        with transaction.atomic():
            form.save()
            own.move(user, None if address.is_left_out() else address.instance)
        messages.success(request, _("Your contact data is saved."))
        return redirect("accounts:contact")
    return render(request, "accounts/contact.html", {"form": form, "address": address})


def _copy(address: Address | None) -> Address:
    """The same address as a row that is not saved: others may share the one that is."""
    if address is None:
        return Address()
    return Address(
        street=address.street,
        number=address.number,
        municipality=address.municipality,
        state=address.state,
        postal_code=address.postal_code,
    )


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
def password(request: HttpRequest) -> HttpResponse:
    """Change one's password; the old one is asked for, and guesses at it are limited (429)."""
    user = user_of(request)
    if request.method != "POST":
        return render(request, "accounts/password.html", {"form": OwnPasswordForm(user)})
    network = addresses.of_request(request).network
    counters = throttle.password_login(user.get_username(), network)
    try:
        moment = throttle.take(counters)
    except throttle.TooManyAttempts as refusal:
        form = OwnPasswordForm(user)
        context = {"form": form, "refusal": too_many(refusal.retry_after_s).messages[0]}
        return render(request, "accounts/password.html", context, status=429)
    form = OwnPasswordForm(user, request.POST)
    valid = form.is_valid()
    if "old_password" not in form.errors:
        throttle.give_back(counters, moment)
    if not valid:
        return render(request, "accounts/password.html", {"form": form})
    form.save()
    # Other sessions of the user end; this one goes on.
    update_session_auth_hash(request, user)
    messages.success(request, _("Your password is changed."))
    return redirect("accounts:password")
