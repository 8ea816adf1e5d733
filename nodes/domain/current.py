"""This very node: what it says of itself, here and at its hub."""

import json
import socket
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

import outgoing.domain as outgoing
from nodes.domain import mesh, registry
from nodes.models import PORT, Node
from schedules import domain as schedules

#: Where a hub takes registrations.
PATH = "/nodes/register/"


class HubRefused(Exception):
    """The hub has answered, and not with a registration; the text says what it said."""


def facts() -> dict[str, Any]:
    """What this node says of itself: by its settings, and where they are silent by its machine."""
    site = urlsplit(settings.SITE_URL)
    told: dict[str, Any] = {
        "hostname": settings.NODE_HOSTNAME or _machine_name(),
        "address": settings.NODE_ADDRESS or site.hostname or _machine_address(),
        "port": settings.NODE_PORT or _port_of(site.scheme, site.port),
        "version": (settings.BASE_DIR / "VERSION").read_text().strip(),
        "role": settings.NODE_ROLE,
        "latitude": settings.NODE_LATITUDE,
        "longitude": settings.NODE_LONGITUDE,
    }
    return {name: value for name, value in told.items() if value != ""}


def register_here() -> tuple[Node, bool]:
    """Register this node in its own list. Raises `registry.BadNode` for settings that are wrong."""
    return registry.register(facts())


def register_at(hub: str) -> dict[str, Any]:
    """Register this node at `hub`, the URL of another node; returns what the hub has stored.

    Raises HubRefused, `outgoing.Refused`, `outgoing.Unreachable`.
    """
    answer = outgoing.request(
        hub.rstrip("/") + PATH,
        method="POST",
        headers={
            "Content-Type": "application/json",
            "Accept": "application/json",
            mesh.HEADER: settings.MESH_TOKEN,
        },
        body=json.dumps(facts()).encode(),
    )
    try:
        told = json.loads(answer.body)
    except ValueError:
        told = None
    if answer.status in (200, 201) and isinstance(told, dict) and "hostname" in told:
        return told
    if 300 <= answer.status < 400:
        text = _("The hub sends on to %(where)s: name that address.")
        raise HubRefused(text % {"where": ascii(answer.headers.get("Location", ""))[:200]})
    detail = told.get("detail") if isinstance(told, dict) else None
    why = detail if isinstance(detail, str) else _("is it a node of a constellation?")
    text = _("The hub has not taken the registration (%(status)d): %(why)s")
    raise HubRefused(text % {"status": answer.status, "why": " ".join(why.split())[:500]})


def heartbeat() -> None:
    """Tell the own list and the hub, where there is one, that this node is there.

    Raises `schedules.Waits` with the reason why the hub does not know it.
    """
    registry.seen(facts()["hostname"])
    if not settings.NODE_HUB:
        return
    try:
        register_at(settings.NODE_HUB)
    except (HubRefused, outgoing.OutgoingError) as error:
        text = _("The hub %(hub)s does not know that this node is there. %(why)s")
        raise schedules.Waits(text % {"hub": settings.NODE_HUB, "why": error}) from None


def _machine_name() -> str:
    try:
        return registry.host_name(socket.gethostname().replace("_", "-"))
    except registry.BadNode:
        return "localhost"


def _machine_address() -> str:
    """The address by which this machine goes out; no packet is sent to find it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
            found: str = probe.getsockname()[0]
        except OSError:
            return "127.0.0.1"
    return found


def _port_of(scheme: str, port: int | None) -> int:
    return port or {"http": 80, "https": 443}.get(scheme, PORT)
