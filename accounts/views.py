"""Logging in with a card."""

import json
from collections.abc import Mapping
from io import BytesIO
from typing import Any, Final
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth import authenticate, login
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, JsonResponse, QueryDict
from django.http.multipartparser import MultiPartParser, MultiPartParserError
from django.utils.http import is_same_domain
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt

from accounts.backends import retry_after
from accounts.domain import authorization, balance
from accounts.fields import is_uid, normalise, validate_uid
from accounts.models import User

#: A card identifier has at most 20 digits: nothing longer is read (bytes).
MAX_BODY: Final = 4096

JSON: Final = "application/json"
FORM: Final = "application/x-www-form-urlencoded"
MULTIPART: Final = "multipart/form-data"


class _Refused(Exception):
    """The request cannot be used; carries the answer."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail


@csrf_exempt  # a card reader has no page to take a token from; see _check_origin
@never_cache
def rfid_login(request: HttpRequest) -> JsonResponse:
    """`POST /accounts/rfid-login/`: open a session for the user of a card, and describe them.

    The body is JSON or a form with `rfid` (or `uid`). Unknown card, card that is not allowed,
    card without user, inactive user and staff all get the same 401.
    """
    if request.method != "POST":
        answer = _problem(405, _("Use POST."))
        answer["Allow"] = "POST"
        return answer
    try:
        _check_origin(request)
        uid = _read_uid(request)
    except _Refused as refusal:
        return _problem(refusal.status, refusal.detail)
    user = authenticate(request, rfid=uid)
    if wait_s := retry_after(request):
        answer = _problem(429, _("Too many attempts. Try again in %(s)d s.") % {"s": wait_s})
        answer["Retry-After"] = str(wait_s)
        return answer
    if not isinstance(user, User):
        return _problem(401, _("This card cannot log in."))
    login(request, user)
    request.session.cycle_key()  # login keeps the key when this user was logged in before
    return JsonResponse(_describe(user))


def _describe(user: User) -> dict[str, Any]:
    """The user as the answer shows them; energy in kWh, as text so that it stays exact."""
    account = getattr(user, "account", None)
    described = {
        "id": user.pk,
        "username": user.username,
        "first_name": user.first_name,
        "last_name": user.last_name,
        "account": None,
    }
    if account is not None:
        energy = balance.of(account)
        verdict = authorization.judge(account)
        described["account"] = {
            "id": account.pk,
            "credits_kwh": str(energy.credits_kwh),
            "total_kwh_spent": str(energy.spent_kwh),
            "balance_kwh": str(energy.balance_kwh),
            "held_kwh": str(energy.held_kwh),
            "available_kwh": str(energy.available_kwh),
            "service_account": account.service_account,
            "can_authorize": verdict.allowed,
            "reason": str(verdict.reason),
        }
    return described


def _problem(status: int, detail: str) -> JsonResponse:
    return JsonResponse({"detail": detail}, status=status)


def _check_origin(request: HttpRequest) -> None:
    """Refuse another site's page: it could log its visitor in as somebody else.

    Browsers always send `Origin` with a POST; card readers send none.
    """
    origin = request.headers.get("Origin")
    if origin is not None and not _is_trusted(origin, request.get_host()):
        raise _Refused(
            403,
            _("%(origin)s may not log in here: add it to CSRF_TRUSTED_ORIGINS.")
            % {"origin": origin},
        )


def _is_trusted(origin: str, host: str) -> bool:
    try:
        asked = urlsplit(origin)
    except ValueError:
        return False
    trusted = [urlsplit(entry) for entry in settings.CSRF_TRUSTED_ORIGINS]
    return asked.netloc.lower() == host.lower() or any(
        asked.scheme == entry.scheme and is_same_domain(asked.netloc, entry.netloc.lstrip("*"))
        for entry in trusted
    )


def _read_uid(request: HttpRequest) -> str:
    """The normalised UID in the body. Raises `_Refused`: 400, 411, 413 or 415."""
    values = _read_body(request)
    value = values.get("rfid", values.get("uid"))
    if value is None:
        raise _Refused(400, _("Send the card identifier as “rfid” (or “uid”)."))
    uid = normalise(value) if isinstance(value, str) else ""
    if not is_uid(uid):
        raise _Refused(400, str(validate_uid.message))
    return uid


def _read_body(request: HttpRequest) -> Mapping[str, Any]:
    length = request.headers.get("Content-Length", "")
    if not request.content_type and length in ("", "0"):
        return {}
    if request.content_type not in (JSON, FORM, MULTIPART):
        raise _Refused(
            415,
            _("Send %(json)s or a form, not “%(type)s”.")
            % {"json": JSON, "type": request.content_type or ""},
        )
    if not length.isdecimal():
        raise _Refused(411, _("Say how long the body is, in the header Content-Length."))
    if len(length) > 9 or int(length) > MAX_BODY:
        raise _Refused(413, _("The body is longer than %(max)d bytes.") % {"max": MAX_BODY})
    body = request.read(MAX_BODY)
    if request.content_type == JSON:
        return _read_json(body)
    try:
        if request.content_type == FORM:
            return QueryDict(body, encoding="utf-8")
        return MultiPartParser(request.META, BytesIO(body), [], "utf-8").parse()[0]
    except (MultiPartParserError, SuspiciousOperation, UnicodeError) as error:
        raise _Refused(400, _("The form cannot be read: %(why)s.") % {"why": error}) from None


def _read_json(body: bytes) -> Mapping[str, Any]:
    try:
        values = json.loads(body)
    except (ValueError, RecursionError):
        values = None
    if not isinstance(values, dict):
        raise _Refused(400, _("The body is not a JSON object."))
    return values
