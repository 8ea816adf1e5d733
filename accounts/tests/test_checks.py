"""Checks of the settings."""

from django.core.checks import run_checks
from pytest_django import Settings


def test_a_proxy_that_cannot_be_read_stops_the_start(settings: Settings) -> None:
    settings.TRUSTED_PROXIES = ["10.0.0.0/8", "proxy.local"]
    (error,) = [message for message in run_checks() if message.id == "accounts.E001"]
    assert "'proxy.local'" in error.msg


def test_readable_proxies_pass(settings: Settings) -> None:
    settings.TRUSTED_PROXIES = ["10.0.0.5", "fd00::/8"]
    assert not [message for message in run_checks() if message.id == "accounts.E001"]
