"""Who may use the REST API: people and programs, by session or by API token.

What they may do there is asked of `accounts.access`.
"""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja.security import APIKeyCookie, HttpBearer

from accounts.authentication import authenticate
from accounts.models import User

Who = Callable[[HttpRequest], User | None]


def staff(request: HttpRequest) -> User | None:
    """The member of staff who asks; None when nobody is known. Raises PermissionDenied."""
    user = authenticate(request)
    if user is not None and not user.is_staff:
        raise PermissionDenied(_("Only staff may do this."))
    return user


class BearerToken(HttpBearer):
    """A program: `Authorization: Bearer <token>`. Tokens are made in the admin."""

    def __init__(self, who: Who = staff) -> None:
        self.who = who
        super().__init__()

    def authenticate(self, request: HttpRequest, token: str) -> Any:
        """The token's user. None leads to 401: a session does not stand in for a bad token."""
        return self.who(request)


class Session(APIKeyCookie):
    """A person who has logged in. What changes something also sends `X-CSRFToken`."""

    def __init__(self, who: Who = staff) -> None:
        self.param_name = settings.SESSION_COOKIE_NAME
        self.who = who
        super().__init__(csrf=True)

    def __call__(self, request: HttpRequest) -> Any:
        """The session's user, unless the request came with a token. Checks CSRF itself."""
        scheme = request.headers.get("Authorization", "").partition(" ")[0]
        return None if scheme.lower() == "bearer" else self.who(request)

    def authenticate(self, request: HttpRequest, key: str | None) -> Any:
        """Part of ninja's interface; `__call__` does the work."""
        return self.who(request)


#: How every endpoint is guarded unless it says otherwise.
STAFF = [BearerToken(), Session()]
#: For endpoints where drivers see and change what is their own: whoever is known.
PERSON = [BearerToken(authenticate), Session(authenticate)]
