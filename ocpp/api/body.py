"""Reading the JSON object in a request's body."""

import json
from typing import Any, NoReturn

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja.errors import HttpError

#: The longest body that makes sense (bytes): a DataTransfer at its limit, escaped, and room.
MAX_BODY = 256 * 1024


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
