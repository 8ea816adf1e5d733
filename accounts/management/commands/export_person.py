"""`export_person`: all that the node knows of a person."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from accounts.domain import privacy
from accounts.models import User


class Command(BaseCommand):
    """Prints one JSON document; that it was taken is recorded."""

    help = "Prints all that is known of a user as JSON: person, cards, credits, sessions."

    def add_arguments(self, parser: CommandParser) -> None:
        """Whose."""
        parser.add_argument("username", help="The user.")

    def handle(self, *args: Any, username: str, **options: Any) -> None:
        """Print it. Ends with an error for a user who does not exist."""
        user = User.objects.filter(username=username).first()
        if user is None:
            raise CommandError(_("There is no user “%(name)s”.") % {"name": username})
        self.stdout.write(json.dumps(privacy.export(user), ensure_ascii=False, indent=2))
