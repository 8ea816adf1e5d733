"""Keeps secrets out of what people and logs are shown: keys and passwords of charge points."""

import json
import re
from collections.abc import Mapping
from typing import Any

#: What stands in a secret's place.
REDACTED = "***"

#: Parts of the names of configuration keys whose value is a secret: AuthorizationKey of the
#: Security Whitepaper and what vendors call their own (passwords of Wi-Fi, APN, web interface).
SECRET_PARTS = (
    "authorizationkey",
    "password",
    "passwd",
    "passphrase",
    "secret",
    "psk",
    "privatekey",
    "apikey",
    "accesstoken",
    "authtoken",
    "apitoken",
)

#: The password in a URL, and the token in an address of this node for a file.
_IN_URLS = re.compile(
    r"(?<=://)([^\s/?#@:]*):[^\s/?#@]*(?=@)|(?:(?<=/ocpp/uploads/)|(?<=/ocpp/firmware/))[^\s/?#\"]+"
)


def is_secret(key: str) -> bool:
    """Whether the value of the configuration key `key` must not be shown."""
    folded = "".join(c for c in key.casefold() if c.isalnum())
    return any(part in folded for part in SECRET_PARTS)


def redact(value: Any) -> Any:
    """A copy of a JSON value without secrets.

    A secret is the `value` beside a `key` that names one, as in ChangeConfiguration.req and
    GetConfiguration.conf, or anything under a name that is itself such a key; and within a text
    the password in a URL, or the token in an address for a file.
    """
    if isinstance(value, dict):
        key = value.get("key")
        hidden = isinstance(key, str) and is_secret(key)
        return {
            name: REDACTED
            if (hidden and name == "value" and entry is not None)
            else _redact_member(name, entry)
            for name, entry in value.items()
        }
    if isinstance(value, list):
        return [redact(entry) for entry in value]
    if isinstance(value, str):
        return _IN_URLS.sub(_without_secret, value)
    return value


def apart(payload: Mapping[str, Any]) -> tuple[dict[str, Any], str]:
    """The arguments of a command without the value of a secret configuration key, and that value.

    The value is "" where there is none.
    """
    key, value = payload.get("key"), payload.get("value")
    if value and isinstance(key, str) and isinstance(value, str) and is_secret(key):
        return {**payload, "value": REDACTED}, value
    return dict(payload), ""


def together(payload: Mapping[str, Any], value: str) -> dict[str, Any] | None:
    """The opposite of `apart`; None when the value that was taken away is lost."""
    if value:
        return {**payload, "value": value}
    return None if payload.get("value") == REDACTED else dict(payload)


def _without_secret(found: re.Match[str]) -> str:
    user = found.group(1)
    return REDACTED if user is None else f"{user}:{REDACTED}"


def _redact_member(name: str, entry: Any) -> Any:
    if not is_secret(name) or entry is None:
        return redact(entry)
    if isinstance(entry, dict):
        # An entry of `Charger.config`: {"value": …, "readonly": …}.
        return {n: REDACTED if n == "value" and v is not None else v for n, v in entry.items()}
    return REDACTED


def written(value: Any, indent: int | None = None) -> str:
    """A JSON value as text that can be stored and shown: half a surrogate pair stays an escape."""
    text = json.dumps(value, indent=indent, ensure_ascii=False)
    return text.encode("utf-8", "backslashreplace").decode()


def redact_text(text: str) -> str:
    """JSON text without secrets. Text that is not JSON is hidden whole when it names one."""
    if not text or not _may_hold_secret(text):
        return text
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        named = "\\u" in text or is_secret(text)
        return REDACTED if named else _IN_URLS.sub(_without_secret, text)
    clean = redact(value)
    return text if clean == value else written(clean)


def _may_hold_secret(text: str) -> bool:
    # An escape could spell a name in another way, so text with one is always looked at.
    return "\\u" in text or "://" in text or ":\\/" in text or is_secret(text)
