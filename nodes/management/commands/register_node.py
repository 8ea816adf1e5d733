"""`manage.py register_node --hub URL`: register this node at another one."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

import outgoing.domain as outgoing
from nodes.domain import current


class Command(BaseCommand):
    """Exit codes: 2 not allowed or not configured, 3 out of reach, 4 refused there."""

    help = (
        "Registers this node at a hub, once. The mesh token is read from MESH_TOKEN in the "
        "environment. With NODE_HUB set, a server does the same each minute by itself. "
        "Exit codes: 2 not allowed or not configured, 3 the hub is out of reach, 4 the hub refused."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The hub, which a setting may name as well."""
        parser.add_argument(
            "--hub",
            default=settings.NODE_HUB,
            metavar="URL",
            help="the other node, such as https://hub.example.com (without it: NODE_HUB)",
        )

    def handle(self, *args: Any, hub: str, **options: Any) -> None:
        """Register, and say as what."""
        if not hub:
            raise CommandError("Which hub? Give --hub URL, or set NODE_HUB.", returncode=2)
        if not settings.MESH_TOKEN:
            self.stderr.write(
                "MESH_TOKEN is not set: only a hub under DEBUG on this machine agrees."
            )
        try:
            stored = current.register_at(hub)
        except (outgoing.OutgoingError, current.HubRefused) as error:
            text = f"Not registered at {hub}. {error}"
            raise CommandError(text, returncode=_code(error)) from None
        place = f"{stored.get('address')}:{stored.get('port')}"
        self.stdout.write(f"Registered at {hub} as {stored['hostname']} ({place}).")


def _code(error: Exception) -> int:
    if isinstance(error, outgoing.Refused):
        return 2
    return 3 if isinstance(error, outgoing.Unreachable) else 4
