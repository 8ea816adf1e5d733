"""Asking an address as somebody, and what the answer means."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from django.conf import settings
from django.db import transaction
from django.http.response import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.test import Client

from config.access.addresses import Address

METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE")

YES: Final = "yes"
NO: Final = "no"
LOG_IN: Final = "log in"
NOTHING: Final = "404"
#: The address has no such method.
NONE: Final = "-"
ERROR: Final = "error"


def ask(session_key: str, method: str, address: Address) -> str:
    """What somebody is told who asks `address` with an empty request; nothing of it stays."""
    with transaction.atomic():
        response = send(session_key, method, address.path, as_json=address.json)
        word = meaning(response)
        body(response)
        transaction.set_rollback(True)
    return word


def send(session_key: str, method: str, path: str, *, as_json: bool = False) -> HttpResponseBase:
    """The answer itself. What the request does is done."""
    client = Client(raise_request_exception=False)
    if session_key:
        client.cookies[settings.SESSION_COOKIE_NAME] = session_key
    body, kind = ("{}", "application/json") if as_json else ("", _FORM)
    if method == "GET":
        return client.get(path)
    return client.generic(method, path, body, content_type=kind)


_FORM: Final = "application/x-www-form-urlencoded"


def body(response: HttpResponseBase) -> bytes:
    """All of an answer. Reading a file to its end also closes it, as a server would."""
    if isinstance(response, StreamingHttpResponse):
        return b"".join(response)
    return response.content if isinstance(response, HttpResponse) else b""


def meaning(response: HttpResponseBase) -> str:
    """One word for an answer. A request that makes no sense was let in all the same."""
    status = response.status_code
    leads_to = response.headers.get("Location", "")
    if status == 401 or leads_to.startswith(("/login/", "/admin/login/")):
        return LOG_IN
    if status >= 500 and status != 503:
        return ERROR
    return {403: NO, 404: NOTHING, 405: NONE}.get(status, YES)


@contextmanager
def quiet() -> Iterator[None]:
    """Refusals are what is asked for here: they need not be in the log."""
    before = logging.root.manager.disable
    logging.disable(logging.ERROR)
    try:
        yield
    finally:
        logging.disable(before)
