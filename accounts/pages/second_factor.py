"""`/accounts/login/code/`, and `/accounts/me/second-factor/` where staff look after theirs."""

from django.contrib import messages
from django.contrib.auth import (
    BACKEND_SESSION_KEY,
    authenticate,
    login,
    update_session_auth_hash,
)
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts import second_step
from accounts.backends import retry_after
from accounts.domain import addresses, throttle
from accounts.domain import second_factor as rules
from accounts.forms import CodeForm, ProofForm, too_many
from accounts.models import User
from accounts.pages.tokens import CARD_BACKEND
from accounts.pages.who import target_of, user_of


def step_after(request: HttpRequest) -> HttpResponse | None:
    """To the page of the code, after a login form that took a right password; None otherwise."""
    if not second_step.is_asked(request):
        return None
    target = target_of(request)
    query = "?" + urlencode({"next": target}) if target else ""
    return redirect(reverse("accounts:login-code") + query)


@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def login_code(request: HttpRequest) -> HttpResponse:
    """The second step of a login: a code of the authenticator, or a recovery code.

    Without a first step there is nothing to be asked: back to the login page. Wrong codes are
    limited (429).
    """
    target = target_of(request)
    if second_step.expected(request) is None:
        return redirect("website:login")
    form = CodeForm(request.POST if request.method == "POST" else None)
    status = 200
    if form.is_bound and form.is_valid():
        user = authenticate(request, second_step_code=form.cleaned_data["code"])
        if isinstance(user, User):
            login(request, user)
            return redirect(target or ("admin:index" if user.is_staff else "website:home"))
        if wait_s := retry_after(request):
            form.add_error(None, too_many(wait_s))
            status = 429
        else:
            form.add_error("code", _wrong())
    context = {"form": form, "next": target}
    return render(request, "accounts/login_code.html", context, status=status)


@sensitive_post_parameters("code", "password")
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
def second_factor(request: HttpRequest) -> HttpResponse:
    """Begin, confirm with a first code, turn off with the password, have new recovery codes.

    `do` says which.
    """
    user = user_of(request)
    if request.session.get(BACKEND_SESSION_KEY) == CARD_BACKEND:
        # A number can be copied: who has only that shall not decide how people log in.
        raise PermissionDenied(_("Log in with your password to change how you log in."))
    if request.method != "POST":
        return _page(request, user)
    if not rules.may_have(user) and not rules.is_on(user):
        raise PermissionDenied(_("The second factor is for staff."))
    deeds = {"begin": _begin, "confirm": _confirm, "off": _turn_off, "renew": _renew_codes}
    return deeds.get(request.POST.get("do", ""), _page)(request, user)


def _begin(request: HttpRequest, user: User) -> HttpResponse:
    try:
        rules.begin(user)
    except rules.NotBegun:
        messages.error(request, _("The second factor is on already."))
    return redirect("accounts:second-factor")


def _confirm(request: HttpRequest, user: User) -> HttpResponse:
    form = CodeForm(request.POST)
    if not form.is_valid():
        return _page(request, user, form=form)
    try:
        codes = rules.confirm(user, form.cleaned_data["code"])
    except rules.NotBegun:
        messages.error(request, _("Begin again: there was nothing to be confirmed."))
        return redirect("accounts:second-factor")
    except rules.WrongCode:
        form.add_error("code", _wrong())
        return _page(request, user, form=form)
    # Other sessions of the user end; this one goes on.
    update_session_auth_hash(request, user)
    return _page(request, user, codes=codes, status=201)


def _turn_off(request: HttpRequest, user: User) -> HttpResponse:
    form = ProofForm(request.POST)
    if not form.is_valid():
        return _page(request, user, form=form)
    try:
        proved = _proves(request, user, form.cleaned_data["password"])
    except throttle.TooManyAttempts as refusal:
        form.add_error(None, too_many(refusal.retry_after_s))
        return _page(request, user, form=form, status=429)
    if not proved:
        form.add_error("password", _("That is not right. Nothing has changed."))
        return _page(request, user, form=form)
    rules.turn_off(user)
    update_session_auth_hash(request, user)
    messages.success(request, _("The second factor is off."))
    return redirect("accounts:second-factor")


def _renew_codes(request: HttpRequest, user: User) -> HttpResponse:
    form = CodeForm(request.POST)
    if not form.is_valid():
        return _page(request, user, renewal=form)
    network = addresses.of_request(request).network
    try:
        codes = rules.renew_recovery_codes(user, form.cleaned_data["code"], network)
    except throttle.TooManyAttempts as refusal:
        form.add_error(None, too_many(refusal.retry_after_s))
        return _page(request, user, renewal=form, status=429)
    except rules.WrongCode:
        form.add_error("code", _wrong())
        return _page(request, user, renewal=form)
    return _page(request, user, codes=codes, renewed=True, status=201)


def _proves(request: HttpRequest, user: User, text: str) -> bool:
    """Whether `text` is the password; of who has none, a code. Raises TooManyAttempts."""
    network = addresses.of_request(request).network
    if not user.has_usable_password():
        try:
            rules.check(user, text, network)
        except rules.WrongCode:
            return False
        return True
    counters = throttle.password_login(user.get_username(), network)
    moment = throttle.take(counters)
    right = user.check_password(text)
    if right:
        throttle.give_back(counters, moment)
    return right


def _page(
    request: HttpRequest,
    user: User,
    *,
    form: CodeForm | ProofForm | None = None,
    renewal: CodeForm | None = None,
    codes: list[str] | None = None,
    renewed: bool = False,
    status: int = 200,
) -> HttpResponse:
    on = rules.is_on(user)
    factor = rules.begun(user) if rules.may_have(user) else None
    context = {
        "on": on,
        "since": user.second_factor_since,
        "left": rules.recovery_codes_left(user) if on else 0,
        "codes": codes,
        "renewed": renewed,
        "may_have": rules.may_have(user),
        "missing": rules.is_missing(user),
        "required": rules.is_required(user),
        "factor": factor,
        "address": "" if factor is None else rules.address(factor),
        "form": form or (ProofForm() if on else CodeForm()),
        "renewal": renewal or CodeForm(),
    }
    return render(request, "accounts/second_factor.html", context, status=status)


def _wrong() -> ValidationError:
    return ValidationError(
        _("This code is not right, or was used already. Take the one that is shown now.")
    )
