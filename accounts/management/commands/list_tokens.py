"""`list_tokens`: the API tokens there are."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import ApiToken


class Command(BaseCommand):
    """Prints a line for each token; never its text, which nobody has."""

    help = "Lists API tokens: prefix, user, scope, state, last use and name, separated by tabs."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username", nargs="?", help="Only those of this user.")

    def handle(self, *args: Any, username: str | None, **options: Any) -> None:
        found = ApiToken.objects.select_related("user")
        if username is not None:
            found = found.filter(user__username=username)
        for token in found:
            used = token.last_used.isoformat(timespec="seconds") if token.last_used else "-"
            cells = [
                token.prefix,
                token.user.username,
                ",".join(token.areas) or token.scope,
                self._state(token),
                used,
                token.name,
            ]
            self.stdout.write("\t".join(cells))

    def _state(self, token: ApiToken) -> str:
        if token.revoked is not None:
            return _("revoked")
        if not token.valid_at(timezone.now()):
            return _("expired")
        return _("valid") if token.user.is_active else _("user deactivated")
