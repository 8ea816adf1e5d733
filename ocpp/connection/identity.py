"""Who a connection says it is: from the path and headers of its handshake."""

from typing import Any, NamedTuple
from urllib.parse import parse_qs, unquote_to_bytes

from ocpp.domain.chargers import Refused

Scope = dict[str, Any]


#: The address that the documentation names, with the id forgotten.
UNNAMED = [b"ws", b"ocpp"]


class Identity(NamedTuple):
    """The charge point id, and the whole path it came by."""

    charger_id: str
    path: str


def identify(scope: Scope) -> Identity:
    """The last non-empty segment of the raw path, or else `?cid=`, decoded as strict UTF-8.

    Raises Refused (400) when there is none or it is not UTF-8.
    """
    raw = scope.get("raw_path") or scope["path"].encode()
    raw = raw.split(b"?", 1)[0]
    segments = [segment for segment in raw.split(b"/") if segment]
    if segments and segments[-1] not in (b"ocpp", b"ws"):
        return Identity(_decode(unquote_to_bytes(segments[-1])), _path(raw))
    query = _query(scope.get("query_string", b""))
    for name in ("cid", "id"):
        if query.get(name):
            return Identity(query[name][-1], _path(raw))
    if segments and segments != UNNAMED:
        return Identity(_decode(unquote_to_bytes(segments[-1])), _path(raw))
    raise Refused(400, "The address has no charge point id: connect to …/<id>.", "bad_id")


_NOT_UTF_8 = "The charge point id is not UTF-8."


def _query(raw: bytes) -> dict[str, list[str]]:
    try:
        return parse_qs(raw.decode("ascii", "replace"), errors="strict")
    except UnicodeDecodeError:
        raise Refused(400, _NOT_UTF_8, "bad_id") from None


def _decode(raw: bytes) -> str:
    try:
        return raw.decode("utf-8", "strict")
    except UnicodeDecodeError:
        raise Refused(400, _NOT_UTF_8, "bad_id") from None


def _path(raw: bytes) -> str:
    return unquote_to_bytes(raw).decode("utf-8", "backslashreplace").replace("\x00", "\\x00")


def header(scope: Scope, name: bytes) -> str | None:
    """The value of a header (name in lower case), or None."""
    for key, value in scope.get("headers", ()):
        if key == name:
            return bytes(value).decode("latin-1")
    return None
