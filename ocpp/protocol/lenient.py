"""Understanding what the standard does not allow: real chargers send it, and their facts count.

Each tolerance is one function here, leaves a note, and has a test named after it.
"""

from functools import cache
from typing import Any, TypeVar, cast

import msgspec
import msgspec.inspect as types

from ocpp.domain.oddities import Odd, Oddity, odd
from ocpp.protocol.errors import CallFault, ErrorCode

P = TypeVar("P", bound=msgspec.Struct)

#: A word that is not in the standard's list is read as this one, where losing it costs nothing.
OTHERWISE = {"reason": "Other", "errorCode": "OtherError"}

#: What a meter says of its values is kept in its own words, up to so many characters.
KEPT_WORDS = {
    "measurand": 40,
    "unit": 16,
    "phase": 8,
    "location": 8,
    "context": 24,
    "format": 12,
}

#: Identifiers are never cut: a cut one could name somebody else.
NEVER_CUT = frozenset({"idTag", "parentIdTag"})

#: One bad item of these lists is left out, so that the others are not lost with it.
FORGIVING_LISTS = frozenset({"meterValue", "sampledValue", "transactionData"})


@cache
def _fields(kind: type[msgspec.Struct]) -> dict[str, types.Field]:
    info = cast(types.StructType, types.type_info(kind))
    return {field.encode_name: field for field in info.fields}


def _inner(kind: types.Type) -> types.Type:
    """The type without its None."""
    if isinstance(kind, types.UnionType):
        return next(t for t in kind.types if not isinstance(t, types.NoneType))
    return kind


def _show(value: Any) -> str:
    """A value as text for a note, cut where it is long."""
    try:
        text = msgspec.json.encode(value).decode()
    except (TypeError, msgspec.MsgspecError, UnicodeEncodeError):
        text = ascii(value)
    return text if len(text) <= 500 else text[:500] + "…"


def _read_as(path: str, item: Any, read: Any) -> Odd:
    return odd(Oddity.OTHER_SPELLING, path=path, value=_show(item), read=str(read))


def _fault(path: str, code: ErrorCode, what: str) -> CallFault:
    return CallFault(code, f"{path}: {what}")


def build(kind: type[P], value: Any) -> tuple[P, list[Odd]]:
    """Read `value` as `kind`, noting each liberty taken. Raises CallFault for nonsense."""
    notes: list[Odd] = []
    if value is None or value == []:
        # Some charge points send null or [] for an empty payload.
        notes.append(odd(Oddity.PAYLOAD_EMPTY, value=_show(value)))
        value = {}
    if not isinstance(value, dict):
        raise CallFault(
            ErrorCode.FORMATION_VIOLATION, f"the payload is {_show(value)}, not an object"
        )
    return _struct(kind, value, "$", notes), notes


def _struct(kind: type[P], value: Any, path: str, notes: list[Odd]) -> P:
    if not isinstance(value, dict):
        raise _fault(path, ErrorCode.TYPE_CONSTRAINT_VIOLATION, f"{_show(value)} is no object")
    fields = _fields(kind)
    found: dict[str, Any] = {}
    for name, item in value.items():
        here = f"{path}.{name}"
        field = fields.get(name)
        if field is None:
            notes.append(odd(Oddity.UNKNOWN_PROPERTY, path=here[:100]))
        elif item is None and not field.required:
            notes.append(odd(Oddity.NULL, path=here))
        else:
            found[name] = _value(_inner(field.type), item, name, here, notes)
    for name, field in fields.items():
        if field.required and name not in found:
            raise _fault(
                path, ErrorCode.OCCURENCE_CONSTRAINT_VIOLATION, f"required field `{name}` missing"
            )
    return kind(**found)


def _value(kind: types.Type, item: Any, name: str, path: str, notes: list[Odd]) -> Any:
    if isinstance(kind, types.StructType):
        return _struct(kind.cls, item, path, notes)
    if isinstance(kind, types.ListType):
        return _list(kind, item, name, path, notes)
    if isinstance(kind, types.LiteralType):
        return _word(kind, item, name, path, notes)
    if isinstance(kind, types.StrType):
        return _text(kind, item, name, path, notes)
    if isinstance(kind, types.IntType):
        return _integer(kind, item, path, notes)
    if isinstance(kind, types.FloatType):
        return _real(item, path, notes)
    if isinstance(kind, types.BoolType):
        return _truth(item, path, notes)
    return item


def _list(kind: types.ListType, item: Any, name: str, path: str, notes: list[Odd]) -> list[Any]:
    if isinstance(item, dict):
        # A single value where a list of values is meant.
        notes.append(odd(Oddity.NO_LIST, path=path))
        item = [item]
    if not isinstance(item, list):
        raise _fault(path, ErrorCode.TYPE_CONSTRAINT_VIOLATION, f"{_show(item)} is no array")
    result = []
    for index, entry in enumerate(item):
        here = f"{path}[{index}]"
        try:
            result.append(_value(kind.item_type, entry, name, here, notes))
        except CallFault as fault:
            if name not in FORGIVING_LISTS:
                raise
            notes.append(odd(Oddity.LEFT_OUT, why=fault.description, value=_show(entry)))
    if kind.min_length and not item:
        notes.append(odd(Oddity.EMPTY_LIST, path=path))
    return result


def _word(kind: types.LiteralType, item: Any, name: str, path: str, notes: list[Odd]) -> Any:
    if item in kind.values:
        return item
    if isinstance(item, str):
        if not item and name != "status":
            notes.append(odd(Oddity.EMPTY_TEXT, path=path))
            return OTHERWISE.get(name)
        for word in kind.values:
            if str(word).lower() == item.strip().lower():
                notes.append(_read_as(path, item, word))
                return word
    if name in KEPT_WORDS and isinstance(item, str):
        notes.append(odd(Oddity.OWN_WORD, path=path, value=_show(item)))
        return item[: KEPT_WORDS[name]]
    if name in OTHERWISE:
        read = OTHERWISE[name]
        notes.append(odd(Oddity.WORD_LOST, path=path, value=_show(item), read=read))
        return OTHERWISE[name]
    code = (
        ErrorCode.PROPERTY_CONSTRAINT_VIOLATION
        if isinstance(item, str)
        else ErrorCode.TYPE_CONSTRAINT_VIOLATION
    )
    raise _fault(path, code, f"{_show(item)} is not a value of the standard")


def _text(kind: types.StrType, item: Any, name: str, path: str, notes: list[Odd]) -> str:
    if isinstance(item, int | float) and not isinstance(item, bool):
        notes.append(odd(Oddity.NUMBER_AS_TEXT, path=path, value=_show(item)))
        item = str(item)
    if not isinstance(item, str):
        raise _fault(path, ErrorCode.TYPE_CONSTRAINT_VIOLATION, f"{_show(item)} is no text")
    if kind.max_length is not None and len(item) > kind.max_length:
        shown, count = _show(item), len(item)
        notes.append(
            odd(Oddity.TOO_LONG, path=path, count=count, most=kind.max_length, value=shown)
        )
        if name in NEVER_CUT:
            if len(item) > 255:
                raise _fault(
                    path, ErrorCode.PROPERTY_CONSTRAINT_VIOLATION, "longer than 255 characters"
                )
            return item
        return item[: kind.max_length]
    return item


def _integer(kind: types.IntType, item: Any, path: str, notes: list[Odd]) -> int:
    number = item
    if isinstance(item, str):
        try:
            number = int(item) if len(item) <= 19 and item.isascii() and "_" not in item else None
        except ValueError:
            number = _real_text(item)
    if isinstance(number, bool) or not isinstance(number, int | float):
        raise _fault(path, ErrorCode.TYPE_CONSTRAINT_VIOLATION, f"{_show(item)} is no whole number")
    # A bound of 18 digits holds for what was written as a fraction or with an exponent as well.
    if not -(10**18) < number < 10**18:
        raise _fault(
            path, ErrorCode.PROPERTY_CONSTRAINT_VIOLATION, f"{_show(item)} is out of range"
        )
    if number is not item or isinstance(item, float):
        notes.append(_read_as(path, item, int(number)))
    return int(number)


def _real(item: Any, path: str, notes: list[Odd]) -> float:
    number = _real_text(item) if isinstance(item, str) and len(item) <= 64 else item
    if isinstance(number, bool) or not isinstance(number, int | float):
        raise _fault(path, ErrorCode.TYPE_CONSTRAINT_VIOLATION, f"{_show(item)} is no number")
    if not -(10**18) < number < 10**18:
        raise _fault(
            path, ErrorCode.PROPERTY_CONSTRAINT_VIOLATION, f"{_show(item)} is out of range"
        )
    if isinstance(item, str):
        notes.append(_read_as(path, item, number))
    return number


def _real_text(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _truth(item: Any, path: str, notes: list[Odd]) -> bool:
    if isinstance(item, bool):
        return item
    words = {0: False, 1: True, "0": False, "1": True, "false": False, "true": True}
    key = item.strip().lower() if isinstance(item, str) else item
    if isinstance(key, int | str) and key in words:
        notes.append(_read_as(path, item, words[key]))
        return words[key]
    raise _fault(path, ErrorCode.TYPE_CONSTRAINT_VIOLATION, f"{_show(item)} is not true or false")


def refuse_extras(kind: type[msgspec.Struct], value: Any, path: str = "$") -> None:
    """Raise CallFault where `value` has a property that is unknown, or null for absent."""
    if not isinstance(value, dict):
        code = ErrorCode.FORMATION_VIOLATION if path == "$" else ErrorCode.TYPE_CONSTRAINT_VIOLATION
        raise _fault(path, code, f"{_show(value)} is no object")
    fields = _fields(kind)
    for name, item in value.items():
        here = f"{path}.{name}"
        field = fields.get(name)
        if field is None:
            raise _fault(here[:100], ErrorCode.FORMATION_VIOLATION, "unknown property")
        if item is None:
            raise _fault(here, ErrorCode.TYPE_CONSTRAINT_VIOLATION, "null")
        inner = _inner(field.type)
        if isinstance(inner, types.StructType):
            refuse_extras(inner.cls, item, here)
        elif (
            isinstance(inner, types.ListType)
            and isinstance(inner.item_type, types.StructType)
            and isinstance(item, list)
        ):
            for index, entry in enumerate(item):
                refuse_extras(inner.item_type.cls, entry, f"{here}[{index}]")
