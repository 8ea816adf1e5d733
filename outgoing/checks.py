"""What `manage.py check --deploy` refuses of the settings of `outgoing`."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register


@register(Tags.security, deploy=True)
def check_loopback(**kwargs: Any) -> list[CheckMessage]:
    """A node reaches nothing of its own machine on behalf of others."""
    if not settings.OUTGOING_LOOPBACK_FOR_TESTS:
        return []
    return [
        Error(
            "OUTGOING_LOOPBACK_FOR_TESTS is set: requests could be sent to this machine itself.",
            hint="It is for tests only. Take it out of the environment.",
            id="outgoing.E001",
        )
    ]
