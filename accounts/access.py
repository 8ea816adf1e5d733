"""What the one who asks may do: asked by every door that needs more than a session."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.utils.translation import gettext as _

from accounts.domain import scopes
from accounts.models import ApiToken, User


def require(request: HttpRequest, *permissions: str) -> User:
    """The user of `request`, who has all of `permissions` (`ocpp.view_charger`).

    A token needs the areas of all of them as well. Raises PermissionDenied, which names what is
    missing.
    """
    user = request.user
    missing = [name for name in permissions if not user.has_perm(name)]
    if isinstance(user, User) and user.via_token is not None:
        _require_scopes(user.via_token, permissions)
    if not isinstance(user, User) or missing:
        raise PermissionDenied(
            _("You need the permission %(names)s.") % {"names": ", ".join(missing)}
        )
    return user


def _require_scopes(token: ApiToken, permissions: tuple[str, ...]) -> None:
    needed = {scopes.scope_of(name) for name in permissions}
    missing = sorted(scope for scope in needed if not scopes.allows(token, scope))
    if missing:
        raise PermissionDenied(
            _("The token needs the scope %(names)s.") % {"names": ", ".join(missing)}
        )
