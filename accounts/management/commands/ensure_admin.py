"""`ensure_admin`: a node that nobody can administer gets its first administrator."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from accounts.domain import administrators


class Command(BaseCommand):
    """Prints the password of the new administrator, this once."""

    help = "Makes the user “admin” with a random password when there is no administrator."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            password = administrators.ensure()
        except administrators.NameTaken:
            raise CommandError(
                _(
                    "There is no active administrator, but a user named “%(name)s” who is none. "
                    "Make one with another name: %(manage)s createsuperuser"
                )
                % {"name": administrators.FIRST_ADMIN, "manage": settings.MANAGE_COMMAND}
            ) from None
        if password is None:
            self.stdout.write(_("There is an administrator already; nothing was changed."))
            return
        self.stdout.write(
            _(
                "Administrator made. User: %(name)s  Password: %(password)s\n"
                "The password is shown this once. Change it in the admin, or with: "
                "%(manage)s changepassword %(name)s"
            )
            % {
                "name": administrators.FIRST_ADMIN,
                "password": password,
                "manage": settings.MANAGE_COMMAND,
            }
        )
