"""`docs/access.md`: what came of asking."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from config.access import people
from config.access.addresses import NUMBER, Address, all_addresses, models_of_the_admin
from config.access.asking import LOG_IN, METHODS, NO, NONE, ask, quiet

TARGET: Final = "docs/access.md"
COMMAND: Final = "python manage.py access_table"

_HEAD: Final = f"""# Who may ask what

Made by `{COMMAND}`, which asks every address with GET, POST, PUT, PATCH and
DELETE as everybody. Do not edit it; a test fails when it is stale. Methods that an address does
not have are left out.

*Driver* and *owner* are drivers without other rights: the rows that addresses name are the owner's.
The others are the roles of [accounts](../accounts/README.md). A superuser may do everything.

| | |
| --- | --- |
| yes | let in (an empty request may still be refused for what it lacks) |
| log in | only who has logged in, or brings a token |
| no | refused: 403 |
| 404 | there is nothing, or nothing for them |

## Addresses
"""

_ADMIN: Final = """
## The admin, by model

What each role may do with the rows of a model: **s**ee, **a**dd, **c**hange, **d**elete. Visitors
and drivers are asked to log in everywhere.
"""


@dataclass(frozen=True, slots=True)
class Row:
    """What everybody is told who asks an address with a method."""

    method: str
    address: Address
    told: Mapping[str, str]

    @property
    def name(self) -> str:
        """As in `GET /ocpp/`."""
        return f"{self.method} {self.address.route}"


@dataclass(frozen=True, slots=True)
class ModelRow:
    """What each may do with the rows of a model in the admin: some of `sacd`, or `log in`."""

    label: str
    told: Mapping[str, str]


def rows(keys: Mapping[str, str]) -> list[Row]:
    """Ask every address. `keys`: the sessions of everybody, as `people.make` has made them."""
    found = []
    with quiet():
        for address in all_addresses():
            for method in METHODS:
                # Whoever may do most tells whether there is such a method at all.
                told = {"administrator": ask(keys["administrator"], method, address)}
                if told["administrator"] == NONE:
                    continue
                for who in people.WHO[:-1]:
                    told[who] = ask(keys[who], method, address)
                found.append(Row(method, address, told))
    return found


def model_rows(keys: Mapping[str, str]) -> list[ModelRow]:
    """Ask the admin's pages of every model."""
    found = []
    with quiet():
        for label, path in models_of_the_admin():
            told = {who: _letters(keys[who], path) for who in people.WHO}
            found.append(ModelRow(label, told))
    return found


def _letters(key: str, path: str) -> str:
    first = ask(key, "GET", Address(path, path, json=False))
    if first == LOG_IN:
        return LOG_IN
    letters = "" if first == NO else "s"
    for letter, method, page in (
        ("a", "GET", "add/"),
        ("c", "POST", f"{NUMBER}/change/"),
        ("d", "GET", f"{NUMBER}/delete/"),
    ):
        if ask(key, method, Address(path + page, path + page, json=False)) != NO:
            letters += letter
    return letters or NO


def text(addresses: Iterable[Row], models: Iterable[ModelRow]) -> str:
    """The document."""
    staff = [who for who in people.WHO if who not in (people.VISITOR, people.DRIVER, people.OWNER)]
    lines = [_HEAD, _line(["method", "address", *people.WHO]), _line(["---"] * 9)]
    for (route, told), same in _alike(addresses).items():
        methods = "any" if len(same) == len(METHODS) else " ".join(same)
        shown = route.replace("|", "\\|")
        lines.append(_line([methods, f"`{shown}`", *told]))
    lines += [_ADMIN, _line(["model", *staff]), _line(["---"] * 5)]
    lines += [_line([f"`{row.label}`", *(row.told[who] for who in staff)]) for row in models]
    return "\n".join(lines) + "\n"


def _alike(addresses: Iterable[Row]) -> dict[tuple[str, tuple[str, ...]], list[str]]:
    """The methods of each address that everybody is answered alike."""
    found: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for row in addresses:
        told = tuple(row.told[who] for who in people.WHO)
        found.setdefault((row.address.route, told), []).append(row.method)
    return found


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
