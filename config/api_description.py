"""The OpenAPI description of the API: what Ninja makes of it, completed.

Each operation gets an example of what it answers, put together from one sample for each name of a
field, and the answers that any request may get whatever it asks for.
"""

import re
from typing import Any

from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema

from config.api_samples import PARAMETERS, PLAIN, SAMPLES

_TYPES: dict[str | None, Any] = {
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "array": list,
    "object": dict,
    "null": type(None),
}
_FORMS = {
    "date-time": r"\d{4}-\d\d-\d\dT[\d:]+Z",
    "date": r"\d{4}-\d\d-\d\d",
}

_PROBLEM = {"$ref": "#/components/schemas/Problem"}
_RETRY_AFTER = {
    "Retry-After": {"schema": {"type": "integer"}, "description": "When to try again (s)."}
}
_DETAILS = {
    400: "limit: must be at most 1000.",
    401: "Log in, or send an API token in the header Authorization: Bearer <token>.",
    403: "You need the permission ocpp.view_charger.",
    404: "There is no such thing.",
    409: "CP1 is not connected. Try again when it is online.",
    413: "The body is longer than 262144 bytes.",
    415: "Send JSON, with the header Content-Type: application/json.",
    429: "Too many requests. Try again in 3 s.",
    503: "The database does not answer. Try again.",
}
_IF_NONE_MATCH = {
    "in": "header",
    "name": "If-None-Match",
    "schema": {"type": "string"},
    "required": False,
    "description": "The `ETag` of an answer that one has: 304 when it would be the same.",
}


class Description(OpenAPISchema):
    """The whole description."""

    def __init__(self, api: NinjaAPI, path_prefix: str) -> None:
        super().__init__(api, path_prefix)
        for methods in self["paths"].values():
            for method, operation in methods.items():
                self._complete(method, operation)

    def _complete(self, method: str, operation: dict[str, Any]) -> None:
        answers = operation["responses"]
        for status in (429, 503):
            content = {"application/json": {"schema": _PROBLEM}}
            known = answers.setdefault(status, {"description": "", "content": content})
            known.setdefault("headers", _RETRY_AFTER)
        answers[429]["description"] = "Too many requests"
        answers[503]["description"] = "The database does not answer"
        if method == "get":
            answers[304] = {"description": "Not modified"}
            operation.setdefault("parameters", []).append(_IF_NONE_MATCH)
        for status, answer in answers.items():
            shown = answer.get("content", {}).get("application/json")
            if shown is not None:
                shown["example"] = self._answer(status, shown["schema"])
        for parameter in operation.get("parameters", []):
            if parameter["in"] == "path":
                parameter["example"] = PARAMETERS.get(parameter["name"], 1)
                if parameter["schema"].get("type") == "integer":
                    parameter["schema"].setdefault("minimum", 0)

    def _answer(self, status: int, schema: dict[str, Any]) -> Any:
        sample = self._sample("", schema)
        if isinstance(sample, dict) and "detail" in sample and status in _DETAILS:
            sample["detail"] = _DETAILS[status]
        return sample

    def _sample(self, name: str, schema: dict[str, Any]) -> Any:
        """A value of this schema, for a field of this name."""
        if "$ref" in schema:
            schema = self["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
            if "properties" in schema:
                return {
                    field: self._sample(field, one) for field, one in schema["properties"].items()
                }
        kinds = [one for word in ("anyOf", "oneOf", "allOf") for one in schema.get(word, [])]
        for value in SAMPLES.get(name, ()):
            if any(_fits(value, kind) for kind in kinds or [schema]):
                return value
        if kinds:
            return self._sample(name, kinds[0])
        if "enum" in schema or "const" in schema:
            return schema.get("const", schema.get("enum", [None])[0])
        if schema.get("type") == "array":
            return [self._sample(name, schema["items"])]
        return PLAIN.get(schema.get("format", ""), PLAIN.get(schema.get("type", "object")))


def _fits(value: Any, schema: dict[str, Any]) -> bool:
    """Whether a sample is of this kind."""
    if "enum" in schema or "const" in schema:
        return value in schema.get("enum", [schema.get("const")])
    form = schema.get("format")
    if form in _FORMS:
        return isinstance(value, str) and re.fullmatch(_FORMS[form], value) is not None
    return (
        "$ref" not in schema
        and isinstance(value, _TYPES.get(schema.get("type"), object))
        and (not isinstance(value, bool) or schema.get("type") in ("boolean", None))
    )
