"""Between the password and the second factor: a session that knows who is expected, and no more.

Nobody has logged in meanwhile: `request.user` is whoever it was before.
"""

import time
from typing import Final

from django.http import HttpRequest
from django.utils.crypto import constant_time_compare

from accounts.models import User

#: How long after the password the code may come (s).
MOST_S: Final = 300
_EXPECTED: Final = "second_step"
_ASKED: Final = "second_step_is_asked"


def expect(request: HttpRequest, user: User) -> None:
    """The password of `user` was right; now a code has to come in the same session."""
    if not hasattr(request, "session"):
        return
    request.session.cycle_key()
    request.session[_EXPECTED] = {
        "user": user.pk,
        "hash": user.get_session_auth_hash(),
        "since": int(time.time()),
    }
    setattr(request, _ASKED, True)


def is_asked(request: HttpRequest) -> bool:
    """Whether this very request gave a password, and the code is asked for next."""
    return getattr(request, _ASKED, False)


def expected(request: HttpRequest) -> User | None:
    """Whose code is expected; None when nobody's is, or it took too long."""
    told = request.session.get(_EXPECTED)
    if not isinstance(told, dict) or not 0 <= time.time() - told["since"] <= MOST_S:
        return None
    user = User.objects.filter(pk=told["user"], is_active=True).first()
    if user is None or not constant_time_compare(told["hash"], user.get_session_auth_hash()):
        return None
    return user


def over(request: HttpRequest) -> None:
    """Nobody's code is expected any more."""
    request.session.pop(_EXPECTED, None)
