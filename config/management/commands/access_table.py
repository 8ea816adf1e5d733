"""`access_table`: `docs/access.md`, who may ask what."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.test.runner import DiscoverRunner
from django.test.utils import setup_test_environment, teardown_test_environment
from django.utils import translation

from config.access import document, people


class Command(BaseCommand):
    """Asks everything in a database that is made for it and thrown away."""

    help = "Writes docs/access.md: every address, asked with every method as each role."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """What to do with a stale document."""
        parser.add_argument(
            "--check", action="store_true", help="Write nothing; end with code 1 when it is stale."
        )

    def handle(self, *args: Any, check: bool, **options: Any) -> None:
        """Make it. Ends with an error when it is stale and not to be written."""
        target = settings.BASE_DIR / document.TARGET
        made = _made()
        fresh = target.exists() and target.read_text(encoding="utf-8") == made
        if check and not fresh:
            raise CommandError(f"{document.TARGET} is stale. Make it again: {document.COMMAND}")
        if not fresh:
            target.write_text(made, encoding="utf-8")
        self.stdout.write(f"{document.TARGET} {'is fresh' if fresh else 'was written'}.")


def _made() -> str:
    runner = DiscoverRunner(verbosity=0, interactive=False)
    setup_test_environment(debug=False)
    databases = runner.setup_databases()
    try:
        with transaction.atomic(), translation.override(settings.LANGUAGE_CODE):
            keys = people.make()
            return document.text(document.rows(keys), document.model_rows(keys))
    finally:
        runner.teardown_databases(databases)
        teardown_test_environment()
