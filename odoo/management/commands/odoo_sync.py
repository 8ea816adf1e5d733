"""Exchange with Odoo now."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from odoo.domain import syncing
from odoo.domain.claiming import Busy
from odoo.models import Instance


class Command(BaseCommand):
    """`odoo_sync` does what the schedule does; with names only for these instances."""

    help = (
        "Fetches contacts and their cards from Odoo, and sends finished sessions there: what each "
        "instance is set to do, or with --pull or --push just that. It goes on where it was "
        "broken off; nothing is made twice."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("instance", nargs="*", help="names; without one: all of them")
        parser.add_argument("--push", action="store_true", help="send sessions")
        parser.add_argument("--pull", action="store_true", help="fetch contacts and cards")

    def handle(self, *args: Any, instance: list[str], push: bool, pull: bool, **more: Any) -> None:
        """Raises CommandError when an instance is unknown, or something went wrong."""
        chosen = Instance.objects.filter(name__in=instance) if instance else Instance.objects.all()
        known = {one.name for one in chosen}
        if missing := [name for name in instance if name not in known]:
            raise CommandError(f"There is no instance {', '.join(missing)}.")
        troubles = []
        for one in chosen:
            wanted = {
                "push": push or (one.push_sessions and not pull),
                "pull": pull or (one.pull_partners and not push),
            }
            try:
                runs = syncing.sync(one, **wanted)
            except Busy as error:
                troubles.append(str(error))
                continue
            for run in runs:
                label = run.get_kind_display()
                self.stdout.write(f"{one}: {label}: {run.done} done, {run.failed} failed")
                if run.problem:
                    troubles.append(f"{one}: {run.problem}")
                elif run.failed:
                    troubles.append(f"{one}: {label}: {run.failed} failed; the admin says why.")
        if troubles:
            raise CommandError("\n".join(troubles))
