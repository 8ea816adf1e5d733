"""`translate`: keeps the catalogues of translations (docs/recipes/add-a-language.md)."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _


class Command(BaseCommand):
    """Gathers texts into the catalogues, compiles them, and tells what is left to translate."""

    help = "Gathers the texts to translate, compiles the catalogues and tells what is missing."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """What to do, and for which language."""
        parser.add_argument(
            "--language", help="Only this one; every language of the site if absent."
        )
        parser.add_argument(
            "--compile", action="store_true", help="Only compile; needs no gettext programs."
        )

    def handle(
        self,
        *args: Any,
        language: str | None,
        compile: bool,
        **options: Any,
    ) -> None:
        """Raises CommandError when the tools are missing."""
        try:
            from config import translations  # development packages only
        except ImportError as error:
            raise CommandError(
                _("%(error)s. Install the development packages: ./install.sh --test")
                % {"error": error}
            ) from None
        others = [code for code, _name in settings.LANGUAGES if code != "en"]
        for code in [language] if language else others:
            if not compile:
                try:
                    translations.gather(settings.BASE_DIR, code)
                except translations.CannotGather as error:
                    raise CommandError(str(error)) from None
            for problem in translations.problems(settings.BASE_DIR, code):
                self.stdout.write(f"{code}: {problem}")
            path = translations.write_compiled(settings.BASE_DIR, code)
            self.stdout.write(_("%(path)s was written.") % {"path": path})
