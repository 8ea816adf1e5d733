"""An operation: a function that commands a charge point, and what doors need to offer it."""

from collections.abc import Callable, Mapping
from functools import update_wrapper
from typing import Any, Generic, ParamSpec

from django.utils.translation import gettext as _

from accounts.models import User
from ocpp.domain.errors import Invalid
from ocpp.models import Charger, Command
from ocpp.operations import arguments

P = ParamSpec("P")


class Operation(Generic[P]):
    """Calls its function after it has checked the arguments by the rules of their annotations.

    Raises Invalid before anything is queued; and whatever `ocpp.domain.commands.queue` raises.
    """

    def __init__(self, function: Callable[P, Command]) -> None:
        self._function = function
        self.name = function.__name__
        self.arguments = arguments.read(function)
        update_wrapper(self, function)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> Command:
        for name, argument in self.arguments.items():
            if kwargs.get(name) is not None:
                kwargs[name] = argument.rule.check(name, kwargs[name])
            elif argument.required:
                raise Invalid(name, _("is required."))
            else:
                kwargs.pop(name, None)
        return self._function(*args, **kwargs)

    def run(self, charger: Charger, given: Mapping[str, Any], user: User | None) -> Command:
        """Call it with arguments as a door was given them; null is as good as absent."""
        for name in given:
            if name not in self.arguments:
                raise Invalid(
                    name,
                    _("is not an argument of %(action)s, which takes: %(arguments)s.")
                    % {
                        "action": self.name,
                        "arguments": ", ".join(self.arguments) or _("none"),
                    },
                )
        call: Callable[..., Command] = self
        return call(charger, user=user, **given)
