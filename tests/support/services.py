"""What a test needs besides Python: databases, Redis, Node.js, Chromium, nginx, the registries.

A laptop may lack them, so there a test that needs one is skipped and says why. Under CI
(`CI` set in the environment) nothing may be missing: there the same test fails.
"""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.databases import PostgresDatabase


def _postgresql() -> bool:
    return PostgresDatabase.reachable()


def _programs(*names: str) -> Callable[[], bool]:
    return lambda: all(shutil.which(name) for name in names)


def _nginx() -> bool:
    # Debian has it where only the administrator's PATH looks.
    return bool(shutil.which("nginx") or Path("/usr/sbin/nginx").exists())


#: For each service: whether it is there, and what is missing when it is not.
SERVICES: dict[str, tuple[Callable[[], bool], str]] = {
    "postgresql": (
        _postgresql,
        "no PostgreSQL answers: start one and name it with POSTGRES_HOST, POSTGRES_PORT, "
        "POSTGRES_USER, POSTGRES_PASSWORD (else 127.0.0.1:5432 as postgres is tried)",
    ),
    "node": (_programs("node", "npm"), "Node.js and npm are not installed"),
    "gettext": (_programs("xgettext", "msgmerge"), "the gettext programs are not installed"),
    "chromium": (_programs("chromium"), "Chromium is not installed: apt-get install chromium"),
    "nginx": (_nginx, "nginx is not installed: apt-get install nginx-light"),
    "redis": (_programs("redis-server"), "Redis is not installed: apt-get install redis-server"),
    "iproute2": (_programs("ip"), "ip is not installed: apt-get install iproute2"),
    "openssl": (_programs("openssl"), "openssl is not installed"),
    "curl": (_programs("curl"), "curl is not installed: apt-get install curl"),
    "systemd": (
        _programs("systemd-analyze"),
        "systemd-analyze is not installed: apt-get install systemd",
    ),
    "git": (_programs("git"), "git is not installed"),
}


def need(service: str) -> None:
    """Return when the service is there; otherwise skip the test, or fail it under CI.

    Raises KeyError for a service that is not known here.
    """
    available, what_is_missing = SERVICES[service]
    if not available():
        missing(what_is_missing)


def missing(reason: str) -> None:
    """Skip the test for `reason`, or fail it under CI."""
    if os.environ.get("CI"):
        pytest.fail(f"CI must have everything: {reason}", pytrace=False)
    pytest.skip(reason)
