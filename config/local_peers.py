"""Who asks for what is no page: a monitor beside the node, a program with a token, staff."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from accounts.authentication import authenticate
from accounts.domain import addresses
from accounts.models import User


def is_near(request: HttpRequest) -> bool:
    """Whether a loopback or private address asks, and nobody has forwarded it."""
    forwarded = any(name in request.headers for name in addresses.FORWARDING_HEADERS)
    return not forwarded and addresses.of_request(request).private


def staff(request: HttpRequest) -> User | None:
    """The member of staff who asks, by session or by API token; None when nobody is known.

    Raises PermissionDenied for somebody who is not staff.
    """
    user = authenticate(request)
    if user is not None and not user.is_staff:
        raise PermissionDenied
    return user
