"""Read and set a charge point's configuration keys."""

from typing import Annotated

from accounts.models import User
from ocpp.domain import commands, configuration_keys, credentials, securing
from ocpp.models import Charger, Command
from ocpp.operations.arguments import ListOf, Text
from ocpp.operations.operation import Operation

#: Lengths of CiString50Type and CiString500Type (OCPP 1.6, 7.21 and 7.23).
Key = Annotated[str, Text(50)]
Keys = Annotated[list[str], ListOf(Text(50), max_items=500)]
Value = Annotated[str, Text(500, min_length=0)]


@Operation
def get_configuration(
    charger: Charger, *, keys: Keys | None = None, user: User | None = None
) -> Command:
    """Ask for some configuration keys, or for all (OCPP 1.6, 5.8).

    The answer is kept in `Charger.config`.
    """
    return commands.queue(charger, "get_configuration", {"keys": keys or None}, user=user)


@Operation
def change_configuration(
    charger: Charger, *, key: Key, value: Value, user: User | None = None
) -> Command:
    """Set a configuration key (OCPP 1.6, 5.3). What is accepted is kept in `Charger.config`.

    A value that is not of the type that the standard gives to a key is not sent. A new
    AuthorizationKey is good from now on, and the only one as soon as it is accepted.
    """
    configuration_keys.check(key, value)
    if credentials.is_key(key) and value:
        return securing.send_key(charger, value, user)
    return commands.queue(charger, "change_configuration", {"key": key, "value": value}, user=user)
