"""What the one who asks may do: asked by every door that needs more than a session."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.utils.translation import gettext as _

from accounts.models import User


def require(request: HttpRequest, *permissions: str) -> User:
    """The user of `request`, who has all of `permissions` (`ocpp.view_charger`).

    Raises PermissionDenied, which names what is missing.
    """
    user = request.user
    missing = [name for name in permissions if not user.has_perm(name)]
    if not isinstance(user, User) or missing:
        raise PermissionDenied(
            _("You need the permission %(names)s.") % {"names": ", ".join(missing)}
        )
    return user
