"""Wrong arguments to any action: 400 with the field and the rule, and nothing is queued.

What is wrong is made from each argument's own JSON Schema, the one that OpenAPI tells, so an
operation that is added is tried without a word here.
"""

from collections.abc import Iterator
from typing import Any

import pytest

from ocpp.models import Command
from ocpp.operations import OPERATIONS
from ocpp.operations.arguments import Argument
from ocpp.tests.api.conftest import Act
from ocpp.tests.certifying import make_root, pem
from ocpp.tests.commanding import make_charger

Schema = dict[str, Any]
#: A wrong value, where in the argument it is wrong, and what the sentence must name.
Wrong = tuple[Any, str, list[str]]

#: Values that are of no other type, by the JSON Schema's name of the type.
OTHER_TYPES: dict[str, list[Any]] = {
    "string": [5, True, [], {"x": 1}],
    "integer": ["1", 1.5, True, [], {"x": 1}],
    "number": ["x", True, [], {"x": 1}],
    "boolean": ["true", 1, []],
    "array": ["x", 5, {"x": 1}],
    "object": ["x", 5, ["x"]],
}
FORMATS: dict[str, list[str]] = {
    "date-time": ["tomorrow", "2099-01-01T00:00:00", "2099-13-01T00:00:00Z"],
    "uri": ["files.example/x", "gopher://files.example/", "http://"],
}
FORMAT_EXAMPLES = {"date-time": "2099-01-01T00:00:00Z", "uri": "http://files.example/x"}


def right(schema: Schema) -> Any:
    """A value that keeps a rule."""
    for word in ("default", "example"):
        if word in schema:
            return schema[word]
    if "examples" in schema:
        return schema["examples"][0]
    if "enum" in schema:
        return schema["enum"][0]
    match schema.get("type"):
        case "string" if "BEGIN CERTIFICATE" in schema.get("pattern", ""):
            return pem(make_root())
        case "string" if schema.get("format") in FORMAT_EXAMPLES:
            return FORMAT_EXAMPLES[schema["format"]]
        case "string":
            return "x" * max(1, schema.get("minLength", 1))
        case "integer" | "number":
            return max(1, schema.get("minimum", 1))
        case "array":
            return [right(schema["items"])] * max(1, schema.get("minItems", 0))
        case "object":
            return {name: right(schema["properties"][name]) for name in schema.get("required", ())}
    return True


def wrong(schema: Schema) -> Iterator[Wrong]:
    """Values that break a rule, each in one way."""
    kind = schema.get("type", "string")
    for value in OTHER_TYPES[kind]:
        yield value, "", schema.get("enum", [])
    if "enum" in schema:
        yield "NoSuchWord", "", schema["enum"]
        return
    if kind == "string":
        yield from _wrong_texts(schema)
    elif kind in ("integer", "number"):
        bounds = [str(schema[name]) for name in ("minimum", "maximum") if name in schema]
        if "minimum" in schema:
            yield schema["minimum"] - 1, "", bounds
        if "maximum" in schema:
            yield schema["maximum"] + 1, "", bounds
    elif kind == "array":
        if "maxItems" in schema:
            too_many = [right(schema["items"])] * (schema["maxItems"] + 1)
            yield too_many, "", [str(schema["maxItems"])]
        for value, place, rule in wrong(schema["items"]):
            yield [value], f"[0]{place}", rule
    elif kind == "object":
        yield from _wrong_objects(schema)


def _wrong_texts(schema: Schema) -> Iterator[Wrong]:
    if "maxLength" in schema:
        yield "x" * (schema["maxLength"] + 1), "", [str(schema["maxLength"])]
    if schema.get("minLength"):
        yield "x" * (schema["minLength"] - 1), "", [str(schema["minLength"])]
    for value in FORMATS.get(schema.get("format", ""), ["a\x00b"]):
        yield value, "", []


def _wrong_objects(schema: Schema) -> Iterator[Wrong]:
    whole = right(schema)
    for name in schema.get("required", ()):
        yield {key: value for key, value in whole.items() if key != name}, f".{name}", []
    for name, inner in schema.get("properties", {}).items():
        for value, place, rule in wrong(inner):
            yield whole | {name: value}, f".{name}{place}", rule
    if schema.get("additionalProperties") is False:
        yield whole | {"noSuchField": 1}, ".noSuchField", []


def attempts(arguments: dict[str, Argument]) -> Iterator[tuple[dict[str, Any], str, list[str]]]:
    """Arguments of which one is wrong, the field that is to be named, and words of the rule."""
    needed = {a.name: right(a.schema()) for a in arguments.values() if a.required}
    for argument in arguments.values():
        for value, place, rule in wrong(argument.schema()):
            yield needed | {argument.name: value}, argument.name + place, rule
        if argument.required:
            missing = {name: value for name, value in needed.items() if name != argument.name}
            yield missing, argument.name, ["required"]
            yield missing | {argument.name: None}, argument.name, ["required"]
    yield needed | {"noSuchArgument": 1}, "noSuchArgument", list(arguments)


@pytest.mark.parametrize("name", sorted(OPERATIONS))
@pytest.mark.django_db
def test_each_is_told_with_its_field_and_rule(act: Act, name: str) -> None:
    charger = make_charger()
    complaints = []
    for given, field, rule in attempts(OPERATIONS[name].arguments):
        response = act(charger.charger_id, {"action": name, **given})
        detail = response.json().get("detail", "")
        told, _, sentence = detail.partition(": ")
        right_field = told == field or told.startswith((f"{field}[", f"{field}."))
        if response.status_code != 400 or not right_field or not sentence:
            complaints.append(f"{given}: {response.status_code} {detail}"[:300])
        elif any(word not in sentence for word in rule):
            complaints.append(f"{given}: {detail} does not name {rule}"[:300])
    assert complaints == []
    assert not Command.objects.exists()


@pytest.mark.django_db
def test_an_unknown_action_is_told_with_all_there_are(act: Act) -> None:
    response = act(make_charger().charger_id, {"action": "dance"})
    assert response.status_code == 400
    assert response.json()["detail"].startswith("action: ")
    assert all(name in response.json()["detail"] for name in OPERATIONS)
    assert not Command.objects.exists()
