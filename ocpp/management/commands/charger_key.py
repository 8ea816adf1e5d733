"""`manage.py charger_key CHARGER`: a key to type into a charge point, and its security profile."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from ocpp.choices import SecurityProfile
from ocpp.domain import credentials
from ocpp.domain.errors import DomainError
from ocpp.domain.lookup import find_charger
from ocpp.models import Charger


class Command(BaseCommand):
    """Makes a key and prints it once; or deletes all keys of a charger; sets its profile."""

    help = "Make a key for a charger and print it, this once; or delete its keys."

    def add_arguments(self, parser: CommandParser) -> None:
        """The charger, and what to do instead or besides."""
        parser.add_argument("charger", help="Id of the charger, such as CP1")
        parser.add_argument("--delete", action="store_true", help="Delete all its keys instead")
        parser.add_argument(
            "--profile",
            type=int,
            choices=SecurityProfile.values,
            help="Set its security profile as well: a connection that proves less is refused",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it. Ends with an error, in words, when it cannot be done."""
        profile: int | None = options["profile"]
        try:
            charger = find_charger(options["charger"])
            if options["delete"]:
                count = credentials.delete_keys(charger)
                self.stderr.write(_("Keys deleted: %(count)d") % {"count": count})
            else:
                self.stdout.write(credentials.make_key(charger))
        except DomainError as error:
            raise CommandError(str(error)) from error
        if profile is not None:
            Charger.objects.filter(pk=charger.pk).update(
                security_profile=profile, wanted_profile=None
            )
