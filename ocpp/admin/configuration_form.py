"""The configuration keys of a charger as a form: what is shown, and what of it was changed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from ocpp import operations
from ocpp.domain import configuration_keys
from ocpp.domain.configuration_keys import TYPE_WORDS, Key, Type
from ocpp.domain.errors import Invalid
from ocpp.domain.redaction import is_secret

#: Keys that can be edited on one page. A form has two fields for each, of at most 1000 in all.
MOST = 450
#: Names of the fields for a key: its value, and the value that the page was made with.
VALUE, WAS = "v:", "w:"
NEW_KEY, NEW_VALUE = "new_key", "new_value"


@dataclass
class Field:
    """One key on the page."""

    name: str
    value: str
    readonly: bool
    secret: bool
    known: Key | None
    #: What was typed, where it was not sent.
    typed: str | None = None
    error: str = ""

    @property
    def shown(self) -> str:
        """What stands in the field."""
        return self.value if self.typed is None else self.typed

    @property
    def type_word(self) -> str | Promise:
        """Its type in words; nothing for a key that nobody knows."""
        return TYPE_WORDS[self.known.type] if self.known else ""

    @property
    def numeric(self) -> bool:
        """It is typed with digits."""
        return self.known is not None and self.known.type is Type.INTEGER

    @property
    def options(self) -> list[str]:
        """What can be chosen for a boolean, in the charge point's own spelling where it has one."""
        if self.known is None or self.known.type is not Type.BOOLEAN or self.secret:
            return []
        options = ["true", "false"]
        for now in {self.value, self.shown}:
            if now not in options:
                same = [n for n, word in enumerate(options) if word == now.casefold()]
                if same:
                    options[same[0]] = now
                else:
                    options.insert(0, now)
        return options


def fields(config: Any) -> list[Field]:
    """The keys that the charge point has reported, by name."""
    entries: Mapping[str, Any] = config if isinstance(config, dict) else {}
    return [
        _field(name, entries[name]) for name in sorted(entries, key=lambda name: name.casefold())
    ]


def _field(name: str, entry: Any) -> Field:
    value = entry.get("value") if isinstance(entry, dict) else entry
    readonly = bool(entry.get("readonly")) if isinstance(entry, dict) else False
    secret = is_secret(name)
    shown = "" if secret or value is None else str(value)
    return Field(name, shown, readonly, secret, configuration_keys.find(name))


def changes(shown: list[Field], posted: Mapping[str, str]) -> tuple[dict[str, str], str]:
    """What somebody changed on the page: new values by key; and what is wrong with the new key.

    A value that cannot be sent is noted in its field. Only what differs from the page as it was
    made counts: what the charge point has changed meanwhile is not put back.
    """
    changed: dict[str, str] = {}
    by_name = {field.name: field for field in shown}
    for posted_name, value in posted.items():
        name = posted_name.removeprefix(VALUE)
        if name == posted_name:
            continue
        was = "" if is_secret(name) else _one_line(posted.get(WAS + name, ""))
        if value == was:
            continue
        changed[name] = value
        field = by_name.get(name)
        error = _error(field, name, value)
        if field is not None:
            field.typed = None if field.secret else value
            field.error = error
    new_key, new_value = posted.get(NEW_KEY, "").strip(), posted.get(NEW_VALUE, "")
    if not new_key:
        return changed, _("Write the name of the key.") if new_value else ""
    changed[new_key] = new_value
    return changed, _error(by_name.get(new_key), new_key, new_value)


def _one_line(value: str) -> str:
    """A value as a browser's field keeps it."""
    return value.replace("\r", "").replace("\n", "")


def _error(field: Field | None, name: str, value: str) -> str:
    if field is not None and field.readonly:
        return _("is read-only.")
    arguments = operations.change_configuration.arguments
    try:
        arguments["key"].rule.check("key", name)
        arguments["value"].rule.check("value", value)
        configuration_keys.check(name, value)
    except Invalid as refusal:
        return str(refusal.sentence)
    return ""
