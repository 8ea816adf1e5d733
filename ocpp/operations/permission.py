"""Who may command charge points."""

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser

from accounts.models import User


def may_command(user: AbstractBaseUser | AnonymousUser) -> bool:
    """Staff who may change a charger may command it, and who may add commands."""
    if not isinstance(user, User) or not user.is_staff:
        return False
    return user.has_perm("ocpp.change_charger") or user.has_perm("ocpp.add_command")
