"""What a token with areas may do: never more than its user, and only in these areas.

An area is asked for twice. The address of a request must belong to one of the token's areas, and
every permission that is then asked for must as well: what an address reads may be people's in one
place and money in another.
"""

from collections.abc import Iterable
from typing import Final

from accounts.models import ApiToken

Area = ApiToken.Area

READ: Final = "read"
CHANGE: Final = "change"
MODES: Final = (READ, CHANGE)
#: Everything that `areas` may hold.
ALL: Final = tuple(f"{area}:{mode}" for area in Area for mode in MODES)

#: The area of an app's models, and of those that are elsewhere than their app.
_APPS: Final = {
    "ocpp": Area.CHARGING,
    "qrcodes": Area.CHARGING,
    "accounts": Area.PEOPLE,
    "subscriptions": Area.MONEY,
    "odoo": Area.MONEY,
    "nodes": Area.NODES,
}
_MODELS: Final = {
    "accounts.account": Area.MONEY,
    "accounts.credit": Area.MONEY,
    "accounts.apitoken": Area.SETTINGS,
    "accounts.throttle": Area.SETTINGS,
    "ocpp.tariff": Area.MONEY,
    "ocpp.tariffversion": Area.MONEY,
    "ocpp.tariffprice": Area.MONEY,
    "ocpp.holiday": Area.MONEY,
    "ocpp.sessioncost": Area.MONEY,
    "ocpp.costline": Area.MONEY,
}


class NoSuchScope(ValueError):
    """What is to be an area and `read` or `change` is neither."""


def clean(areas: Iterable[str]) -> list[str]:
    """`areas` in the order of the table, each once. Raises NoSuchScope for the first unknown."""
    wanted = set(areas)
    for scope in sorted(wanted):
        if scope not in ALL:
            raise NoSuchScope(scope)
    return [scope for scope in ALL if scope in wanted]


def area_of(permission: str) -> ApiToken.Area:
    """The area of the permission `app.verb_model`; settings where no other is named."""
    app, _dot, code = permission.partition(".")
    model = code.rpartition("_")[2]
    return _MODELS.get(f"{app}.{model}") or _APPS.get(app, Area.SETTINGS)


def scope_of(permission: str) -> str:
    """What a token with areas needs for a permission, such as `money:read`."""
    reads = permission.partition(".")[2].startswith("view_")
    return f"{area_of(permission)}:{READ if reads else CHANGE}"


def areas_of_path(path: str) -> set[ApiToken.Area]:
    """The areas that an address may belong to: those of the models of its app."""
    app = path.strip("/").partition("/")[0]
    found = {area for label, area in _MODELS.items() if label.partition(".")[0] == app}
    return found | {_APPS.get(app, Area.SETTINGS)}


def allows(token: ApiToken, scope: str) -> bool:
    """Whether a token may do `scope`, such as `money:read`; changing includes reading."""
    if token.scope != ApiToken.Scope.SOME:
        return True  # what it may is a matter of the method: see `accounts.authentication`
    area = scope.partition(":")[0]
    return scope in token.areas or f"{area}:{CHANGE}" in token.areas


def may(token: ApiToken, permission: str) -> bool:
    """Whether a token lets its user's permission through."""
    return allows(token, scope_of(permission))


def reaches(token: ApiToken, path: str, *, changes: bool) -> bool:
    """Whether a token may ask this address to read, or to change something."""
    mode = CHANGE if changes else READ
    return any(allows(token, f"{area}:{mode}") for area in areas_of_path(path))
