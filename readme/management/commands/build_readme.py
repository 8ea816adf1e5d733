"""`build_readme`: `README.md` from the overview and the README of each app."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from readme import domain


class Command(BaseCommand):
    """Writes `README.md`, or says whether the one that is there is fresh."""

    help = "Writes README.md from README.base.md and the README.md of each app."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--check", action="store_true", help="Write nothing; end with code 1 when it is stale."
        )

    def handle(self, *args: Any, check: bool, **options: Any) -> None:
        root = settings.BASE_DIR
        target = root / domain.TARGET
        try:
            text = domain.assemble(root, sorted(settings.LOCAL_APPS))
        except FileNotFoundError as error:
            raise CommandError(_("%(path)s is missing.") % {"path": error.filename}) from None
        fresh = target.exists() and target.read_text(encoding="utf-8") == text
        if check and not fresh:
            raise CommandError(
                _("README.md is stale. Make it again: python manage.py build_readme")
            )
        if not fresh:
            target.write_text(text, encoding="utf-8")
        self.stdout.write(_("README.md is fresh.") if fresh else _("README.md was written."))
