"""`second_factor`: whether a user has one, and how a locked-out administrator gets rid of it."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from accounts.domain import second_factor
from accounts.models import User


class Command(BaseCommand):
    """Tells it, or turns it off."""

    help = (
        "Tells whether a user has a second factor. With --off it is turned off: for somebody who"
        " has lost the authenticator and the recovery codes."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Whose, and what."""
        parser.add_argument("username", help="The user.")
        parser.add_argument("--off", action="store_true", help="Turn it off.")

    def handle(self, *args: Any, username: str, off: bool, **options: Any) -> None:
        """Ends with an error for a user who does not exist, or has none to be turned off."""
        user = User.objects.filter(username=username).first()
        if user is None:
            raise CommandError(_("There is no user “%(name)s”.") % {"name": username})
        told = {"name": username}
        if not off:
            if user.second_factor_since is None:
                self.stdout.write(_("“%(name)s” has no second factor.") % told)
            else:
                told["when"] = user.second_factor_since.isoformat(timespec="seconds")
                self.stdout.write(_("“%(name)s” has a second factor since %(when)s.") % told)
        elif second_factor.turn_off(user):
            self.stdout.write(_("The second factor of “%(name)s” is off.") % told)
        else:
            raise CommandError(_("“%(name)s” has no second factor.") % told)
