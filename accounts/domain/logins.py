"""Sessions of people who have logged in."""

from django.contrib.sessions.backends.db import SessionStore
from django.utils.translation import gettext_lazy as _

from schedules import domain as schedules

DAY_S = 24 * 3600


def register() -> None:
    """Register the duty, when the apps are ready."""
    schedules.register(
        "accounts.sessions",
        SessionStore.clear_expired,
        every_s=DAY_S,
        label=_("Logins that have expired are removed."),
    )
