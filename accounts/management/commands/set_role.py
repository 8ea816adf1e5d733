"""`set_role`: what a user's work on the node is."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from accounts.domain import roles
from accounts.models import User


class Command(BaseCommand):
    """Gives a user one role, in place of the one before."""

    help = (
        "Makes a user viewer, operator, accountant, administrator or driver. All but drivers are"
        " staff. The role replaces the one before; other groups stay."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Who, and which."""
        parser.add_argument("username", help="The user.")
        parser.add_argument("role", choices=[role.name for role in roles.ROLES], help="The role.")

    def handle(self, *args: Any, username: str, role: str, **options: Any) -> None:
        """Give it. Ends with an error for a user who does not exist."""
        user = User.objects.filter(username=username).first()
        if user is None:
            raise CommandError(_("There is no user “%(name)s”.") % {"name": username})
        given = roles.give(user, role)
        self.stdout.write(_("%(user)s is now: %(role)s.") % {"user": username, "role": given.label})
