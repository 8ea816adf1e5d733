"""`build_ocpp_table`: `docs/ocpp-1.6.md`, every message of the standard and where it is here."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from ocpp.management import standard_table


class Command(BaseCommand):
    """Writes the document, or says whether the one that is there is fresh.

    Refuses with a list of what is missing when a message has no handler, operation, form or test.
    """

    help = "Writes docs/ocpp-1.6.md from the tables of routes, orders, operations and the tests."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """What to do with a stale document, and with gaps."""
        parser.add_argument(
            "--check", action="store_true", help="Write nothing; end with code 1 when it is stale."
        )
        parser.add_argument(
            "--allow-gaps", action="store_true", help="Name what is missing, and go on."
        )

    def handle(self, *args: Any, check: bool, allow_gaps: bool, **options: Any) -> None:
        """Make it. Ends with an error when it is stale, or has gaps."""
        target = settings.BASE_DIR / standard_table.TARGET
        table = standard_table.build(settings.BASE_DIR)
        if table.gaps:
            told = "\n".join([_("Some messages are incomplete:"), *table.gaps])
            if not allow_gaps:
                raise CommandError(told)
            self.stderr.write(told)
        names = {"path": standard_table.TARGET, "command": standard_table.COMMAND}
        fresh = target.exists() and target.read_text(encoding="utf-8") == table.text
        if check and not fresh:
            raise CommandError(_("%(path)s is stale. Make it again: %(command)s") % names)
        if not fresh:
            target.write_text(table.text, encoding="utf-8")
        self.stdout.write(
            _("%(path)s is fresh.") % names if fresh else _("%(path)s was written.") % names
        )
