"""What the tests of the admin share."""

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from accounts.models import User
from ocpp.admin import commanding


@pytest.fixture
def without_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages do not wait for answers: in these tests nobody gives one."""
    monkeypatch.setattr(commanding, "WAIT_S", 0.0)


def clerk(*permissions: str) -> Client:
    """The browser of a member of staff with these permissions of `ocpp` and no others."""
    user = User.objects.create_user("clerk", is_staff=True)
    user.user_permissions.set(
        Permission.objects.filter(content_type__app_label="ocpp", codename__in=permissions)
    )
    client = Client()
    client.force_login(user)
    return client
