"""`demo`: fills an empty node with a small network and weeks of its history."""

import random
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from ocpp.domain.roll_up import roll_up
from ocpp.management.demonstration import history, network, people, sessions
from ocpp.management.demonstration.places import PLACES
from ocpp.management.progress import Bar
from ocpp.models import Charger, Tariff

MOST_CHARGERS = sum(len(place.models) for place in PLACES)
MOST_DAYS = 366
DRIVERS = 24


class Command(BaseCommand):
    """Made-up chargers, drivers and sessions; told to the rules as real ones would be."""

    help = (
        "Fills this node with a believable small network to look at: chargers in Coahuila and "
        "Nuevo León, drivers, cards, tariffs and weeks of sessions, all made up. Only for a node "
        "that has no chargers yet."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--days", type=int, default=28, help="Of history, up to now (28).")
        parser.add_argument(
            "--chargers", type=int, default=MOST_CHARGERS, help=f"How many ({MOST_CHARGERS})."
        )
        parser.add_argument("--seed", type=int, default=1, help="Another one, another history (1).")

    def handle(
        self, *args: Any, days: int, chargers: int, seed: int, verbosity: int, **options: Any
    ) -> None:
        """Raises CommandError for a node that is in use, and for numbers that cannot be."""
        if not 1 <= days <= MOST_DAYS:
            raise CommandError(_("--days is %(days)s: write 1 to 366.") % {"days": days})
        if not 1 <= chargers <= MOST_CHARGERS:
            raise CommandError(
                _("--chargers is %(chargers)s: write 1 to %(most)s.")
                % {"chargers": chargers, "most": MOST_CHARGERS}
            )
        if Charger.objects.exists() or Tariff.objects.exists():
            raise CommandError(
                _(
                    "This node has chargers or tariffs already. Made-up ones beside them would be "
                    "taken for real: use a node of its own, with a database of its own."
                )
            )
        until = timezone.now().replace(microsecond=0)
        since = until - timedelta(days=days)
        dice = random.Random(seed)  # noqa: S311  (a history that can be made again)
        with transaction.atomic():
            staff = User.objects.filter(is_superuser=True).order_by("pk").first()
            drivers = people.make(DRIVERS, dice)
            sites = network.make(chargers, since, dice)
            planned = sessions.plan(sites, drivers, since, until, dice)
            people.give_credit(drivers, sessions.wanted_wh(planned), dice, staff)
        bar = Bar(_("sessions"))
        for done, total in history.tell(sites, planned):
            bar.at(done, total)
        bar.end()
        history.break_one(sites[-1], until)
        while roll_up(timezone.now()).more:
            pass
        self.stdout.write(
            _(
                "%(chargers)s chargers, %(drivers)s drivers and %(sessions)s sessions of "
                "%(days)s days were made. Now start the node and look at it."
            )
            % {
                "chargers": len(sites),
                "drivers": len(drivers),
                "sessions": len(planned),
                "days": days,
            }
        )
        self.stdout.write(
            _(
                "To log in as the driver “%(name)s”, set a password: "
                "%(manage)s changepassword %(name)s"
            )
            % {"name": people.GUEST, "manage": settings.MANAGE_COMMAND}
        )
