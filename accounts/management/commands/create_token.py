"""`create_token`: a token with which a program may use the API."""

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.domain import tokens
from accounts.domain.scopes import ALL, NoSuchScope
from accounts.models import ApiToken, User


class Command(BaseCommand):
    """Prints the new token, alone on standard output, this once."""

    help = "Makes an API token of a user and prints it. It is not stored and not shown again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username", help="The user for whom the program will speak.")
        parser.add_argument("--name", required=True, help="Which program uses it, and where.")
        parser.add_argument("--days", type=int, help="How long it is valid; for ever by default.")
        limits = parser.add_mutually_exclusive_group()
        limits.add_argument("--read-only", action="store_true", help="It may not change anything.")
        limits.add_argument(
            "--scopes",
            help="What it may, with commas, such as charging:change,people:read. Areas: "
            + ", ".join(ApiToken.Area.values),
        )

    def handle(
        self,
        *args: Any,
        username: str,
        name: str,
        days: int | None,
        read_only: bool,
        scopes: str | None = None,
        **options: Any,
    ) -> None:
        user = User.objects.filter(username=username).first()
        if user is None:
            raise CommandError(_("There is no user “%(name)s”.") % {"name": username})
        if not user.is_active:
            raise CommandError(
                _("The user “%(name)s” is deactivated: a token would open nothing.")
                % {"name": username}
            )
        longest = ApiToken._meta.get_field("name").max_length or 0
        if not name or len(name) > longest:
            raise CommandError(_("The name must have 1 to %(max)d characters.") % {"max": longest})
        if days is not None and not 1 <= days <= 36_500:
            raise CommandError(_("--days is %(days)d: write 1 to 36500.") % {"days": days})
        expires = None if days is None else timezone.now() + timedelta(days=days)
        scope = ApiToken.Scope.READ if read_only else ApiToken.Scope.FULL
        areas = [] if scopes is None else [part.strip() for part in scopes.split(",")]
        try:
            token, text = tokens.create(user, name, expires, scope, areas)
        except NoSuchScope as unknown:
            raise CommandError(
                _("“%(scope)s” is no scope. There are: %(all)s.")
                % {"scope": unknown, "all": ", ".join(ALL)}
            ) from None
        self.stdout.write(text)
        self.stderr.write(
            _("Token %(token)s of %(user)s. Keep it now: it will not be shown again.")
            % {"token": token, "user": user}
        )
