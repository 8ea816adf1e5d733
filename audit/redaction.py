"""Keeps secrets out of what is recorded."""

from collections.abc import Mapping
from typing import Any, Final

#: What stands in a secret's place.
REDACTED: Final = "***"

#: Parts of names whose value is a secret.
SECRET_PARTS: Final = (
    "password",
    "passwd",
    "passphrase",
    "secret",
    "digest",
    "authorizationkey",
    "privatekey",
    "apikey",
    "token",
    "credential",
    "psk",
)


def is_secret(name: str) -> bool:
    """Whether what has this name must not be shown."""
    folded = "".join(c for c in name.casefold() if c.isalnum())
    return any(part in folded for part in SECRET_PARTS)


def redact(value: Any) -> Any:
    """A copy of `value` that JSON can hold, without what names tell to be a secret.

    A secret is what stands under such a name, or is the `value` beside a `key` of such a name.
    """
    if isinstance(value, Mapping):
        key = value.get("key")
        hidden = isinstance(key, str) and is_secret(key)
        return {
            str(name): REDACTED
            if entry not in (None, "") and (is_secret(str(name)) or (hidden and name == "value"))
            else redact(entry)
            for name, entry in value.items()
        }
    if isinstance(value, list | tuple | set | frozenset):
        return [redact(entry) for entry in value]
    if value is None or isinstance(value, bool | int | str):
        return value
    return str(value)
