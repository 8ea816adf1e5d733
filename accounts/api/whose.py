"""What a person sees of a list: staff with the permission everything, others their own."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from accounts import access
from accounts.models import User


def sees_all(request: HttpRequest, permission: str) -> bool:
    """Whether the one who asks sees what is other people's too: staff with this permission."""
    if not (isinstance(request.user, User) and request.user.is_staff):
        return False
    try:
        access.require(request, permission)
    except PermissionDenied:
        return False
    return True


def user_of(request: HttpRequest) -> User:
    """The one who asks. For operations that let in nobody who is unknown."""
    assert isinstance(request.user, User)  # noqa: S101  (authentication has seen to it)
    return request.user
