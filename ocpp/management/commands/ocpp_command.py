"""`manage.py ocpp_command CHARGER ACTION [ARGUMENT=VALUE …]`: tell a charger something."""

import json
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from ocpp import operations
from ocpp.choices import CommandState
from ocpp.domain.errors import DomainError
from ocpp.domain.lookup import find_charger
from ocpp.operations.operation import Operation


class Command(BaseCommand):
    """Queues a command for the process that holds the charger's connection; shows the answer."""

    help = "Send a command to a connected charger and show its answer as JSON."

    def add_arguments(self, parser: CommandParser) -> None:
        """The charger, the action, its arguments and how long to wait."""
        parser.add_argument("charger", help="Id of the charger, such as CP1")
        parser.add_argument("action", choices=sorted(operations.OPERATIONS))
        parser.add_argument(
            "arguments",
            nargs="*",
            metavar="NAME=VALUE",
            help="Arguments of the action, such as transaction_id=5 or keys=HeartbeatInterval,…",
        )
        parser.add_argument(
            "--wait",
            type=float,
            metavar="SECONDS",
            default=settings.OCPP_CALL_TIMEOUT_S + 5,
            help="How long to wait for the answer (default: %(default)s)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Send it. Ends with an error, in words, when no answer came."""
        operation = operations.OPERATIONS[options["action"]]
        try:
            charger = find_charger(options["charger"])
            given = _read(operation, options["arguments"])
            command = operations.wait(operation.run(charger, given, None), options["wait"])
        except DomainError as error:
            raise CommandError(str(error)) from error
        if command.state != CommandState.ANSWERED:
            raise CommandError(operations.sentence(command))
        self.stdout.write(json.dumps(command.response, indent=2, ensure_ascii=False))


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
