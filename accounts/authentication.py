"""Who calls a JSON endpoint: a person's session, or a program's API token.

A view that uses this is exempt from Django's own CSRF check, because a program has no cookie;
the check is made here for sessions, and only for them.
"""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.middleware.csrf import CsrfViewMiddleware
from django.utils.translation import gettext as _

from accounts.domain import scopes, tokens
from accounts.models import ApiToken, User

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})


class _CsrfCheck(CsrfViewMiddleware):
    """Django's check, which says why it refuses instead of answering with a page."""

    def _reject(self, request: HttpRequest, reason: str) -> str:
        return reason


def authenticate(request: HttpRequest) -> User | None:
    """The active user on whose behalf `request` is made; None when nobody is known.

    A request with an `Authorization: Bearer …` header is judged by that token alone. The user
    is also left in `request.user`. Raises `PermissionDenied`, with a reason for the caller,
    when a session's change comes without a CSRF token, a read-only token asks for a change, or a
    token has no area to which the address belongs.
    """
    scheme, _space, credentials = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return _by_token(request, credentials.strip())
    user = request.user
    if not isinstance(user, User) or not user.is_active:
        return None
    if request.method not in SAFE_METHODS and _csrf_problem(request):
        raise PermissionDenied(
            _("The CSRF token is missing or wrong: send it in the header X-CSRFToken.")
        )
    return user


def _by_token(request: HttpRequest, secret: str) -> User | None:
    token = tokens.find(secret)
    if token is None:
        return None
    if token.scope == ApiToken.Scope.READ and request.method not in SAFE_METHODS:
        raise PermissionDenied(_("This token may only read."))
    if not scopes.reaches(token, request.path_info, changes=request.method not in SAFE_METHODS):
        raise PermissionDenied(
            _("This token may do nothing of that here. It may: %(areas)s.")
            % {"areas": ", ".join(token.areas) or "-"}
        )
    user: User = token.user
    user.via_token = token
    request.user = user
    return user


def _csrf_problem(request: HttpRequest) -> HttpResponseBase | str | None:
    """Why Django's CSRF check refuses `request`; None when it passes."""

    def no_response(request: HttpRequest) -> HttpResponseBase:
        raise AssertionError("the check never asks for a response")

    check = _CsrfCheck(no_response)
    check.process_request(request)
    return check.process_view(request, no_response, (), {})
