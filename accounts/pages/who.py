"""Whose page it is, and where they go from there."""

from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme

from accounts.models import User


def user_of(request: HttpRequest) -> User:
    """The user who has logged in. For views that let in nobody else."""
    assert isinstance(request.user, User)  # noqa: S101  (`login_required` has seen to it)
    return request.user


def target_of(request: HttpRequest) -> str:
    """Where a login leads (`next`): "" unless it is an address of this host."""
    target = request.POST.get("next", request.GET.get("next", ""))
    safe = url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return target if safe else ""
