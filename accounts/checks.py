"""What `manage.py check`, and so every start, verifies of the settings of `accounts`."""

from typing import Any

from django.core.checks import CheckMessage, Error, register
from django.core.exceptions import ImproperlyConfigured

from accounts.domain.addresses import trusted_proxies


@register
def check_trusted_proxies(**kwargs: Any) -> list[CheckMessage]:
    """Every entry of `TRUSTED_PROXIES` can be read."""
    try:
        trusted_proxies()
    except ImproperlyConfigured as error:
        return [Error(str(error), id="accounts.E001")]
    return []
