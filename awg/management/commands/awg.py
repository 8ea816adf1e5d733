"""`manage.py awg --power 7400 --voltage 220 --length 30`: the smallest cable for a load."""

from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from awg.domain import CannotSize, Circuit, size
from awg.domain.circuit import PHASES, RATINGS_C
from awg.models import ConduitKind, Material


class Command(BaseCommand):
    """Prints the wiring of a circuit, and why it is this one."""

    help = "Find the smallest cable that carries a load, with its breaker, ground and conduit."

    def add_arguments(self, parser: CommandParser) -> None:
        """The circuit; what is left out is as in `Circuit`."""
        parser.add_argument("--power", dest="power_w", type=number, help="Power of the load (W)")
        parser.add_argument("--current", dest="current_a", type=number, help="or its current (A)")
        parser.add_argument("--voltage", dest="voltage_v", type=number, required=True, help="V")
        parser.add_argument("--length", dest="length_m", type=number, required=True, help="m")
        parser.add_argument("--phases", type=int, choices=PHASES, default=1)
        parser.add_argument("--material", choices=Material.values, default="copper")
        parser.add_argument(
            "--rating", dest="rating_c", type=int, choices=RATINGS_C, default=75, help="°C"
        )
        parser.add_argument(
            "--terminals", dest="terminal_c", type=int, choices=RATINGS_C, default=75, help="°C"
        )
        parser.add_argument("--ambient", dest="ambient_c", type=number, default="30", help="°C")
        parser.add_argument("--conductors", type=int, help="With current, in the conduit")
        parser.add_argument("--drop", dest="max_drop_percent", type=number, default="3", help="%%")
        parser.add_argument("--conduit", choices=ConduitKind.values, default="emt")
        parser.add_argument("--neutral", action="store_true", help="With a neutral (3 phases)")
        parser.add_argument("--sets", type=int, default=1, help="In parallel")
        parser.add_argument(
            "--short", dest="continuous", action="store_false", help="For less than three hours"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Print it. Ends with an error, in words, when there is no answer."""
        circuit = Circuit(**{name: options[name] for name in Circuit.__dataclass_fields__})
        try:
            result = size(circuit)
        except CannotSize as error:
            raise CommandError(str(error)) from error
        sets = f"{result.sets} × " if result.sets > 1 else ""
        self.stdout.write(
            _("%(cable)s, breaker %(device)d A")
            % {"cable": f"{sets}{result.cable}", "device": result.device_a}
        )
        for step in result.steps:
            self.stdout.write(f"- {step.text} [{step.rule}]")


def number(text: str) -> Decimal:
    """A number of the command line. Raises ValueError, which argparse tells in words."""
    try:
        return Decimal(text)
    except InvalidOperation as error:
        raise ValueError(text) from error
