"""Reading the JSON object in a request's body, and describing it."""

import json
from typing import Any, NoReturn, TypeVar

import pydantic
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Schema
from ninja.errors import HttpError, ValidationError

#: The longest body that makes sense (bytes): a DataTransfer at its limit, escaped, and room.
MAX_BODY = 256 * 1024


class BodyIn(Schema):
    """What a body may hold: the fields that are named here, and no others."""

    model_config = pydantic.ConfigDict(extra="forbid")


B = TypeVar("B", bound=BodyIn)


def read(request: HttpRequest, form: type[B]) -> B:
    """The body as `form`. Raises HttpError (413, 415, 400) and ValidationError (400)."""
    given = read_object(request)
    try:
        # Not of Ninja's, which would take an object for a row.
        return form.model_validate(given)
    except pydantic.ValidationError as error:
        found = error.errors(include_url=False, include_context=True)
        raise ValidationError([{**one, "loc": ("body", *one["loc"])} for one in found]) from None


def described(form: type[BodyIn], example: dict[str, Any]) -> dict[str, Any]:
    """`form` as the body of an operation, for `openapi_extra`."""
    content = {"schema": _whole(form.model_json_schema()), "example": example}
    return {"requestBody": {"required": True, "content": {"application/json": content}}}


def _whole(schema: dict[str, Any]) -> dict[str, Any]:
    """A schema with what it refers to put in its place."""
    parts = schema.pop("$defs", {})

    def put(value: Any) -> Any:
        if isinstance(value, list):
            return [put(one) for one in value]
        if not isinstance(value, dict):
            return value
        if "$ref" in value:
            return put(parts[value["$ref"].rpartition("/")[2]])
        return {name: put(one) for name, one in value.items()}

    whole: dict[str, Any] = put(schema)
    return whole


def read_object(request: HttpRequest) -> dict[str, Any]:
    """The body as a JSON object. Raises HttpError: 415 other type, 413 too long, 400 no object."""
    if request.content_type != "application/json":
        raise HttpError(415, _("Send JSON, with the header Content-Type: application/json."))
    try:
        body = request.body
    except RequestDataTooBig:
        body = None
    if body is None or len(body) > MAX_BODY:
        raise HttpError(413, _("The body is longer than %(max)d bytes.") % {"max": MAX_BODY})
    try:
        value = json.loads(body, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise HttpError(400, _("The body is not JSON.")) from None
    if not isinstance(value, dict):
        raise HttpError(400, _('The body must be a JSON object, such as {"action": "reset"}.'))
    return value


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
