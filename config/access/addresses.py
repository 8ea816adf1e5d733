"""Every address of the URL table, and an example of each to be asked."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from django.contrib import admin
from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.converters import IntConverter

#: The number of every row that is made to be asked for: no sequence of a test comes so far.
NUMBER: Final = 700_007
CHARGER: Final = "CP7"

#: What stands for a part of an address that is no number.
_PARTS: Final[dict[str, object]] = {
    "cid": CHARGER,
    "charger_id": CHARGER,
    "year": 2026,
    "month": 1,
    "part": 1,
    "name": "reset",
    "rfid": "CAFE0007",
    "uid": "CAFE0007",
    "token": "none",
    "secret": "none",
    "key": "none",
}
#: Addresses by regular expressions, and an example of each.
_EXAMPLES: Final = {
    r"readme/^$": "readme/",
    r"readme/^(?P<name>[\w./-]+\.md)$": "readme/README.md",
    r"readme/^(?P<name>docs/screens/[\w-]+\.png)$": "readme/docs/screens/admin.png",
    r"readme/^(?P<name>docs(?:/[\w-]+)*)/$": "readme/docs/",
}
_PARAMETER: Final = re.compile(r"<(?:[^:<>]+:)?(\w+)>")
#: What the admin has for each model beside what it is asked for: see `document`.
_OF_MODELS: Final = ("_changelist", "_add", "_change", "_delete", "_history")


@dataclass(frozen=True, slots=True)
class Address:
    """One address: as the URL table writes it, an example, and whether it is of the JSON API."""

    route: str
    path: str
    json: bool

    @property
    def names_a_row(self) -> bool:
        """Whether it names a row, which may be somebody's."""
        return f"/{NUMBER}/" in f"{self.path}/"


def all_addresses() -> list[Address]:
    """Every address, in the order of its text, without the admin's pages of each model."""
    found: dict[str, Address] = {}
    for route, pattern, in_api in _patterns(get_resolver().url_patterns):
        if _is_of_a_model(route, pattern):
            continue
        path = _EXAMPLES.get(route) or _filled(route, pattern)
        found.setdefault(route, Address(f"/{route}", f"/{path}", in_api))
    return [found[route] for route in sorted(found)]


def models_of_the_admin() -> list[tuple[str, str]]:
    """Label and path of each model's list in the admin, sorted."""
    return sorted(
        (model._meta.label_lower, f"/admin/{model._meta.app_label}/{model._meta.model_name}/")
        for model in admin.site._registry
    )


def _patterns(
    patterns: list[Any], prefix: str = "", in_api: bool = False
) -> Iterator[tuple[str, URLPattern, bool]]:
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _patterns(pattern.url_patterns, route, in_api or pattern.namespace == "api")
        else:
            yield route, pattern, in_api


def _is_of_a_model(route: str, pattern: URLPattern) -> bool:
    """Also the admin's list of each app, and how it says that nothing is there."""
    if not route.startswith("admin/"):
        return False
    name = pattern.name or ""
    if not name or name == "app_list":
        return True
    return name.endswith(_OF_MODELS) and "password" not in name


def _filled(route: str, pattern: URLPattern) -> str:
    converters = pattern.pattern.converters

    def example(match: re.Match[str]) -> str:
        name = match[1]
        if isinstance(converters.get(name), IntConverter):
            return (
                str(_PARTS.get(name, NUMBER)) if name in ("year", "month", "part") else str(NUMBER)
            )
        return str(_PARTS.get(name, NUMBER))

    return _PARAMETER.sub(example, route).removeprefix("^").removesuffix("$")
