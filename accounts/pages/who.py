"""Whose page it is."""

from django.http import HttpRequest

from accounts.models import User


def user_of(request: HttpRequest) -> User:
    """The user who has logged in. For views that let in nobody else."""
    assert isinstance(request.user, User)  # noqa: S101  (`login_required` has seen to it)
    return request.user
