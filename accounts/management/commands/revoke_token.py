"""`revoke_token`: end an API token."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from accounts.domain import tokens
from accounts.models import ApiToken


class Command(BaseCommand):
    """Ends a token now and for good."""

    help = "Revokes the API token with this prefix, as list_tokens shows it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("prefix", help="The eight characters before the dot.")

    def handle(self, *args: Any, prefix: str, **options: Any) -> None:
        token = ApiToken.objects.filter(prefix=prefix).first()
        if token is None:
            raise CommandError(
                _("There is no token “%(prefix)s”: list_tokens shows them.") % {"prefix": prefix}
            )
        tokens.revoke(token)
        self.stdout.write(_("The token %(token)s is revoked.") % {"token": token})
