"""`manage.py ocpp_command CHARGER ACTION [ARGUMENT=VALUE …]`: tell a charger something.

With `--all` or `--chargers CP1,CP2` in place of the charger it is told to many.
"""

import json
import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from ocpp import operations
from ocpp.choices import CommandState
from ocpp.domain.errors import DomainError
from ocpp.domain.lookup import find_charger
from ocpp.management import bulk as many
from ocpp.operations import bulk
from ocpp.operations.operation import Operation


class Command(BaseCommand):
    """Queues a command for the process that holds the charger's connection; shows the answer."""

    help = "Send a command to a connected charger and show its answer as JSON."

    def add_arguments(self, parser: CommandParser) -> None:
        """The charger or chargers, the action, its arguments and how long to wait."""
        parser.usage = (
            "%(prog)s [options] CHARGER ACTION [NAME=VALUE ...]\n"
            "       %(prog)s [options] --all ACTION [NAME=VALUE ...]\n"
            "       %(prog)s [options] --chargers CP1,CP2 ACTION [NAME=VALUE ...]"
        )
        parser.add_argument(
            "words",
            nargs="+",
            metavar="WORD",
            help="Id of the charger, unless --all or --chargers is given; the action ("
            + ", ".join(sorted(operations.OPERATIONS))
            + "); its arguments, such as transaction_id=5 or keys=HeartbeatInterval,…",
        )
        many = parser.add_mutually_exclusive_group()
        many.add_argument("--all", action="store_true", help="Every charger that is accepted")
        many.add_argument("--chargers", metavar="IDS", help="Several chargers, by commas")
        parser.add_argument(
            "--wait",
            type=float,
            metavar="SECONDS",
            default=settings.OCPP_CALL_TIMEOUT_S + 5,
            help="How long to wait for the answer (default: %(default)s)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Send it. Ends with an error, in words, when no answer came."""
        words: list[str] = options["words"]
        several = options["all"] or options["chargers"] is not None
        name = "" if several else words.pop(0)
        if not words:
            raise CommandError("Which action? " + ", ".join(sorted(operations.OPERATIONS)))
        operation = operations.OPERATIONS.get(words[0])
        if operation is None:
            known = ", ".join(sorted(operations.OPERATIONS))
            raise CommandError(f"invalid choice: {words[0]!r} (choose from {known})")
        try:
            given = _read(operation, words[1:])
            if several:
                self._command_many(operation, given, options)
            else:
                self._command_one(operation, given, name, options["wait"])
        except DomainError as error:
            raise CommandError(str(error)) from error

    def _command_one(
        self, operation: Operation[Any], given: dict[str, Any], name: str, wait_s: float
    ) -> None:
        command = operations.wait(operation.run(find_charger(name), given, None), wait_s)
        if command.state != CommandState.ANSWERED:
            raise CommandError(operations.sentence(command))
        self.stdout.write(json.dumps(command.response, indent=2, ensure_ascii=False))

    def _command_many(
        self, operation: Operation[Any], given: dict[str, Any], options: dict[str, Any]
    ) -> None:
        """A line for each charger: its id, how it went, and what it said."""
        chargers = many.chosen(options["chargers"])
        bar = many.Bar(sys.stderr, terminal=sys.stderr.isatty())
        row, progress = many.run(chargers, operation, given, options["wait"], bar)
        for one in bulk.told(progress.keys()):
            self.stdout.write(f"{one.charger.charger_id}\t{one.outcome.value}\t{one.sentence}")
        without = progress.total - progress.counts[operations.Outcome.DONE]
        if without:
            told = f"Bulk command {row.pk}: {without} of {progress.total} chargers without success."
            raise CommandError(told)


def _read(operation: Operation[Any], words: list[str]) -> dict[str, Any]:
    """The arguments that `name=value` words stand for. Names unknown here are found out later."""
    given: dict[str, Any] = {}
    for word in words:
        name, equals, text = word.partition("=")
        if not equals:
            raise CommandError(f"{word}: write arguments as name=value.")
        argument = operation.arguments.get(name)
        given[name] = text if argument is None else argument.rule.from_text(name, text)
    return given
