"""The first administrator of a node."""

import secrets

from django.db import IntegrityError, transaction

from accounts.models import User

FIRST_ADMIN = "admin"


class NameTaken(Exception):
    """A user without the rights of an administrator has the first administrator's name."""


def ensure() -> str | None:
    """Make the user `admin` with a random password when the node has no active superuser.

    Returns the password, which is stored nowhere else, or None when there was an administrator
    already (or another process made one just now). Raises NameTaken.
    """
    if _exists():
        return None
    password = secrets.token_urlsafe(15)
    try:
        with transaction.atomic():
            User.objects.create_superuser(FIRST_ADMIN, password=password)
    except IntegrityError:
        if _exists():
            return None
        raise NameTaken from None
    return password


def _exists() -> bool:
    return User.objects.filter(is_superuser=True, is_active=True).exists()
