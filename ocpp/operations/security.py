"""Give a charge point a key of its own, so that nobody else can connect in its name."""

from typing import Annotated

from accounts.models import User
from ocpp.domain import securing
from ocpp.models import Charger, Command
from ocpp.operations.arguments import Number
from ocpp.operations.operation import Operation

#: 1: a key; 2: a key, over TLS.
KeyProfile = Annotated[int, Number(1, 2)]


@Operation
def secure(
    charger: Charger, *, profile: KeyProfile | None = None, user: User | None = None
) -> Command:
    """Send a new key (AuthorizationKey); once accepted, connections without it are refused.

    The charger's security profile rises to `profile`: 1 for a key, 2 for a key over TLS; when it is
    not given, to what its present connection allows. The key itself is told to nobody. Until the
    charge point has accepted it the old one stays good.
    """
    return securing.secure(charger, profile, user)
