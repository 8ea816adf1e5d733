"""`erase_person`: takes a person out of the node, for good."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from accounts.domain import privacy
from accounts.models import User


class Command(BaseCommand):
    """Erases once the name has been repeated."""

    help = (
        "Erases a person: name, contact data, cards, vehicles and tokens. Sessions, energy and"
        " money stay, without a name. It cannot be undone; export_person before it keeps a copy."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Whom, and that it is meant."""
        parser.add_argument("username", help="The user.")
        parser.add_argument(
            "--confirm", required=True, metavar="USERNAME", help="The user once more."
        )

    def handle(self, *args: Any, username: str, confirm: str, **options: Any) -> None:
        """Erase. Ends with an error when it is not meant, or cannot be done yet."""
        user = User.objects.filter(username=username).first()
        if user is None:
            raise CommandError(_("There is no user “%(name)s”.") % {"name": username})
        if confirm != username:
            raise CommandError(
                _("--confirm is “%(said)s”: write “%(name)s” to erase that user.")
                % {"said": confirm, "name": username}
            )
        try:
            privacy.erase(user)
        except privacy.CannotErase as error:
            raise CommandError(str(error)) from None
        self.stdout.write(
            _("“%(name)s” is erased; what stays belongs to “%(now)s”.")
            % {"name": username, "now": privacy.erased_name(user)}
        )
