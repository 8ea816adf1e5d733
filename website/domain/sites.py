"""Which app a domain serves: the *name* of its `Site` is the label of an app.

The few rows of `Site` are kept in memory: read again when one is saved here, and after `FRESH_S`,
because another process may have saved one.
"""

import logging
import time
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any

from django.conf import settings
from django.contrib.sites.models import Site
from django.db import DatabaseError, transaction
from django.db.models.signals import post_delete, post_save

logger = logging.getLogger(__name__)

#: The app of the default site, under which every app has its prefix.
DEFAULT = "website"
#: The app of a domain that nobody has entered.
FALLBACK = "readme"
#: How long (s) a process may not know of a site that another one has saved.
FRESH_S = 10.0


@dataclass(frozen=True)
class Sites:
    """What was read: the names by domain, and the name of the node's own site (`SITE_ID`)."""

    names: dict[str, str] = field(default_factory=dict)
    own: str = DEFAULT
    #: On the monotonic clock (s).
    fresh_until: float = float("inf")


_known: Sites | None = None


def app_of(host: str) -> str:
    """The label of the app that `host` serves; `host` may have a port.

    A domain is looked for with its port and then without. A bare address and `localhost` are not
    domains: they mean this node, so they serve the app of its own site. Any other host, and a
    site whose name is no app of the project, gets the documentation.
    """
    sites = _sites()
    host = host.lower()
    name = sites.names.get(host) or sites.names.get(_without_port(host))
    if name is None:
        name = sites.own if _is_address(_without_port(host)) else FALLBACK
    return name if name in settings.LOCAL_APPS else FALLBACK


def prime(sites: Sites) -> None:
    """Take `sites` for what is stored, until one is saved here or they are no longer fresh."""
    global _known
    _known = sites


def forget() -> None:
    """Read the rows again when they are next needed."""
    global _known
    _known = None


def is_fresh() -> bool:
    """Whether `app_of` will answer without asking the database."""
    return _known is not None and time.monotonic() < _known.fresh_until


def connect() -> None:
    """Notice each saved and deleted site."""
    for signal in (post_save, post_delete):
        signal.connect(_changed, sender=Site, dispatch_uid="website.sites")


def _changed(**kwargs: Any) -> None:
    forget()
    # A request of another thread may have read the old rows before the commit.
    transaction.on_commit(forget)


def _sites() -> Sites:
    known = _known
    if known is not None and time.monotonic() < known.fresh_until:
        return known
    try:
        rows = list(Site.objects.values_list("pk", "domain", "name"))
    except DatabaseError as error:
        # Pages that need no database shall not fail for this; the others say it themselves.
        logger.warning("The sites cannot be read: %s", error)
        found = known or Sites()
        prime(Sites(found.names, found.own, time.monotonic() + FRESH_S))
        return found
    own = {pk: name for pk, _, name in rows}.get(settings.SITE_ID, DEFAULT)
    names = {domain.lower(): name for _, domain, name in rows}
    found = Sites(names, own, time.monotonic() + FRESH_S)
    prime(found)
    return found


def _without_port(host: str) -> str:
    name, colon, port = host.rpartition(":")
    return name if colon and port.isdigit() else host


def _is_address(host: str) -> bool:
    try:
        ip_address(host.strip("[]"))
    except ValueError:
        return host == "localhost"
    return True
