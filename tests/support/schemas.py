"""Payloads made from the standard's JSON schemas: valid ones, and ones with something changed.

Only the words of JSON Schema that the schemas of OCPP 1.6 use are understood; any other is an
error, so that a newer schema cannot be half obeyed.
"""

import copy
import json
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from jsonschema import Draft4Validator

Schema = dict[str, Any]
Payload = dict[str, Any]
Place = tuple[str | int, ...]

_UNDERSTOOD = frozenset(
    {
        *("$schema", "$id", "title", "id", "comment", "type", "format"),
        *("properties", "required", "additionalProperties"),
        *("items", "minItems", "enum", "maxLength"),
        # Of lists of one kind of item, and for makers of Java: neither says anything here.
        *("additionalItems", "javaType"),
    }
)
#: Any character that a charge point may send: no NUL, no half of a surrogate pair.
_CHARACTERS = st.characters(exclude_characters="\0", exclude_categories=["Cs"])
_INTEGERS = st.integers(-(2**31), 2**31 - 1)


@cache
def judge(path: Path) -> Draft4Validator:
    """What a schema file says; it has the schema as `schema`.

    Draft 4, as the library judges all of them, also those that name draft 6. The only
    difference that this makes: in draft 4 the number 1.0 is no integer.
    """
    # Decimals, because `multipleOf` 0.1 means nothing in floats.
    schema = json.loads(path.read_text("utf-8-sig"), parse_float=Decimal)
    return Draft4Validator(_with_definitions(schema, schema.pop("definitions", {})))


def _with_definitions(part: Any, definitions: Schema) -> Any:
    """The same schema with what it refers to in place of the references."""
    if isinstance(part, dict):
        if "$ref" in part:
            name = part["$ref"].removeprefix("#/definitions/")
            return _with_definitions(definitions[name], definitions)
        return {name: _with_definitions(item, definitions) for name, item in part.items()}
    if isinstance(part, list):
        return [_with_definitions(item, definitions) for item in part]
    return part


def payloads(schema: Schema) -> st.SearchStrategy[Any]:
    """Values that `schema` allows."""
    unknown = schema.keys() - _UNDERSTOOD
    if unknown:
        raise NotImplementedError(f"the schema uses {sorted(unknown)}")
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    match schema["type"]:
        case "object":
            return _objects(schema)
        case "array":
            return st.lists(
                payloads(schema["items"]), min_size=schema.get("minItems", 0), max_size=3
            )
        case "integer":
            return _INTEGERS
        case "string" if schema.get("format") == "date-time":
            return st.datetimes().map(lambda moment: moment.isoformat() + "Z")
        case "string":
            return st.text(_CHARACTERS, max_size=min(schema.get("maxLength", 40), 300))
        case other:
            raise NotImplementedError(f"the schema uses type {other}")


def _objects(schema: Schema) -> st.SearchStrategy[Payload]:
    required = set(schema.get("required", ()))
    properties = schema.get("properties", {})
    return st.fixed_dictionaries(
        {name: payloads(kind) for name, kind in properties.items() if name in required},
        optional={
            name: payloads(kind) for name, kind in properties.items() if name not in required
        },
    )


_OTHER_VALUES: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.booleans(),
    _INTEGERS,
    st.floats(allow_nan=False, allow_infinity=False, width=32),
    st.sampled_from([0.0, 1.0, -1.0, "", "1", "true", "null", "accepted", "ACCEPTED", " Wh"]),
    st.text(_CHARACTERS, min_size=1, max_size=8),
    st.text("aé💡", min_size=19, max_size=60),
    st.text("b", min_size=254, max_size=520),
    st.builds(list),
    st.builds(dict),
    st.lists(
        st.one_of(_INTEGERS, st.text("c", max_size=3), st.builds(dict)), min_size=1, max_size=2
    ),
    st.dictionaries(st.sampled_from(["value", "x", "timestamp"]), _INTEGERS, min_size=1),
)
_EXTRA_NAMES = st.sampled_from(
    ["extra", "", "idtag", "idTagInfo", "connectorId", "status", "value", "timestamp", "custom:x"]
)


@st.composite
def changed_payloads(draw: st.DrawFn, schema: Schema) -> Payload:
    """A valid payload with one to three things changed, anywhere in it. It may still be valid."""
    payload: Payload = copy.deepcopy(draw(payloads(schema)))
    for _ in range(draw(st.sampled_from([1, 1, 1, 2, 3]))):
        containers = list(_containers(payload))
        container = draw(st.sampled_from(containers))
        if isinstance(container, dict):
            _change_object(draw, container)
        else:
            _change_array(draw, container)
    return payload


def _containers(value: Any) -> list[Any]:
    """Every object and array in `value`, itself first."""
    if isinstance(value, dict):
        return [value, *(inner for item in value.values() for inner in _containers(item))]
    if isinstance(value, list):
        return [value, *(inner for item in value for inner in _containers(item))]
    return []


def _change_object(draw: st.DrawFn, container: Payload) -> None:
    deed = draw(st.sampled_from(["remove", "replace", "replace", "add"]))
    if deed == "add" or not container:
        container[draw(_EXTRA_NAMES)] = draw(_OTHER_VALUES)
        return
    name = draw(st.sampled_from(sorted(container)))
    if deed == "remove":
        del container[name]
    else:
        container[name] = draw(_OTHER_VALUES)


def _change_array(draw: st.DrawFn, container: list[Any]) -> None:
    deed = draw(st.sampled_from(["clear", "replace", "append"]))
    if deed == "clear":
        container.clear()
    elif deed == "append" or not container:
        container.append(draw(_OTHER_VALUES))
    else:
        container[draw(st.integers(0, len(container) - 1))] = draw(_OTHER_VALUES)


def full_payload(schema: Schema) -> Any:
    """A valid payload with every field there is, one item in each array."""
    if "enum" in schema:
        return schema["enum"][0]
    match schema["type"]:
        case "object":
            return {name: full_payload(kind) for name, kind in schema["properties"].items()}
        case "array":
            return [full_payload(schema["items"])]
        case "integer":
            return 7
        case _:
            return "x"


def with_one_change(schema: Schema, values: list[Any]) -> Iterator[Payload]:
    """The full payload with one thing changed, every way there is.

    Each field and each item is removed and replaced by each of `values` and by texts about as
    long as it may be; each object gets a field that is not its own.
    """
    full = full_payload(schema)
    for path, kind in _places(schema):
        lengths = [kind["maxLength"] + more for more in (-1, 0, 1)] if "maxLength" in kind else []
        for value in [*values, *("ñ" * length for length in lengths)]:
            yield _replaced(full, path, value)
        removed = copy.deepcopy(full)
        del _at(removed, path[:-1])[path[-1]]
        yield removed
        if kind.get("type") == "object":
            yield _replaced(full, (*path, "notOfTheStandard"), "x")
    yield {**full, "notOfTheStandard": "x"}


def _places(schema: Schema, path: Place = ()) -> Iterator[tuple[Place, Schema]]:
    if schema.get("type") == "object":
        for name, kind in schema["properties"].items():
            yield (*path, name), kind
            yield from _places(kind, (*path, name))
    elif schema.get("type") == "array":
        yield (*path, 0), schema["items"]
        yield from _places(schema["items"], (*path, 0))


def _at(value: Any, path: Place) -> Any:
    for step in path:
        value = value[step]
    return value


def _replaced(payload: Payload, path: Place, value: Any) -> Payload:
    changed = copy.deepcopy(payload)
    _at(changed, path[:-1])[path[-1]] = value
    return changed


def enumerated(schema: Any) -> set[str]:
    """Every word that `schema` lists somewhere as one of several."""
    if isinstance(schema, dict):
        own = {word for word in schema.get("enum", ()) if isinstance(word, str)}
        return own.union(*(enumerated(item) for item in schema.values()))
    if isinstance(schema, list):
        return set().union(*(enumerated(item) for item in schema))
    return set()


def without_references(schema: Schema) -> Schema:
    """The schema with each `$ref` to its own `definitions` replaced by what it refers to."""
    definitions = schema.get("definitions", {})

    def resolved(value: Any) -> Any:
        if isinstance(value, dict):
            if "$ref" in value:
                return resolved(definitions[value["$ref"].removeprefix("#/definitions/")])
            return {
                name: resolved(item)
                for name, item in value.items()
                if name not in ("definitions", "description", "javaType")
            }
        return [resolved(item) for item in value] if isinstance(value, list) else value

    result: Schema = resolved(schema)
    return result
