"""What of the settings of e-mail cannot work."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register


@register()
def mail_settings(**kwargs: Any) -> list[CheckMessage]:
    """Two kinds of TLS at once; a claim that ends while the server may still take the e-mail."""
    found: list[CheckMessage] = []
    if settings.EMAIL_USE_TLS and settings.EMAIL_USE_SSL:
        hint = "Set EMAIL_USE_TLS=0 for a port with TLS from the first byte, such as 465."
        found.append(
            Error("EMAIL_USE_TLS and EMAIL_USE_SSL are both on.", hint=hint, id="mailer.E001")
        )
    if settings.EMAIL_TIMEOUT * 3 > settings.MAILER_LEASE_S:
        found.append(
            Error(
                f"MAILER_LEASE_S is {settings.MAILER_LEASE_S}, less than three times EMAIL_TIMEOUT"
                f" ({settings.EMAIL_TIMEOUT}): two processes could send the same e-mail.",
                hint="Set MAILER_LEASE_S higher, or EMAIL_TIMEOUT lower.",
                id="mailer.E002",
            )
        )
    return found
