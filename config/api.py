"""The JSON API of all apps: one description, one way to say what is wrong.

Every error is `{"detail": "…"}`. An app's router is added here; whoever may use it is checked
for every endpoint that does not say otherwise: staff.
"""

import logging
from collections.abc import Callable
from functools import wraps
from hashlib import sha256
from math import ceil
from typing import Any

from django.core import exceptions
from django.core.exceptions import NON_FIELD_ERRORS, PermissionDenied
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import URLPattern, URLResolver
from django.utils.cache import add_never_cache_headers, get_conditional_response
from django.utils.translation import gettext as _
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, Throttled, ValidationError
from ninja.openapi.schema import OpenAPISchema

from accounts.api import router as accounts_router
from accounts.api.rate import RequestRate
from accounts.api_auth import STAFF
from accounts.domain.own import Refused
from accounts.domain.rows import Taken
from accounts.domain.throttle import TooManyAttempts
from awg.api import router as awg_router
from config import mesh
from config.api_description import Description
from config.env import BASE_DIR
from events.api import router as events_router
from mailer.api import router as mailer_router
from nodes.api import make_router as make_nodes_router
from ocpp.api import of_accounts
from ocpp.api import router as ocpp_router
from ocpp.domain.errors import DomainError, Kind
from odoo.api import router as odoo_router
from subscriptions.api import router as subscriptions_router

logger = logging.getLogger(__name__)

#: How HTTP spells the ways in which a rule refuses.
STATUS = {Kind.INVALID: 400, Kind.NOT_FOUND: 404, Kind.CONFLICT: 409, Kind.TOO_MANY: 429}


class Api(NinjaAPI):
    """Ninja's API at the root of the site, with errors in JSON throughout."""

    def get_root_path(self, path_params: dict[str, Any]) -> str:
        """Where the paths of the routers begin."""
        return "/"

    def get_openapi_schema(
        self, *, path_prefix: str | None = None, path_params: dict[str, Any] | None = None
    ) -> OpenAPISchema:
        """The description, with an example for each operation and what may answer any of them."""
        prefix = self.get_root_path(path_params or {}) if path_prefix is None else path_prefix
        return Description(self, prefix)

    @property
    def urls(self) -> tuple[list[URLResolver | URLPattern], str, str]:
        """The URL patterns, without the one for the root itself: that is the website's."""
        patterns, app_name, namespace = super().urls
        kept = [p for p in patterns if not (isinstance(p, URLPattern) and p.name == "api-root")]
        for pattern in kept:
            if isinstance(pattern, URLPattern):
                pattern.callback = _finished(pattern.callback)
        return kept, app_name, namespace


def _finished(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """The view with 405 in JSON, and answers that nobody stores on the way."""

    @wraps(view)
    def finished(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        if response.status_code == 405:
            allowed = ", ".join(sorted(response["Allow"].split(", ")))
            detail = _("%(method)s is not possible here. Use: %(allowed)s.")
            response = _problem(405, detail % {"method": request.method, "allowed": allowed})
            response["Allow"] = allowed
        add_never_cache_headers(response)
        return _unless_known(request, response)

    return finished


def _unless_known(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """304 for an answer that the one who asks has already, as they say in If-None-Match."""
    if request.method != "GET" or response.status_code != 200 or response.streaming:
        return response
    response["ETag"] = f'W/"{sha256(response.content).hexdigest()[:32]}"'
    known = get_conditional_response(request, response["ETag"], None, response)
    return response if known is None else known


def _problem(status: int, detail: str) -> HttpResponse:
    return JsonResponse({"detail": detail}, status=status)


api = Api(
    title="Arthexis Constellation",
    version=(BASE_DIR / "VERSION").read_text().strip(),
    description='Energy in Wh, times in UTC. Errors are {"detail": "…"}.',
    docs_url="/api/docs",
    openapi_url="/api/openapi.json",
    urls_namespace="api",
    auth=STAFF,
    throttle=[RequestRate()],
)
api.add_router("/ocpp/", ocpp_router)
api.add_router("/awg/", awg_router)
api.add_router("/events/", events_router)
api.add_router(
    "/nodes/",
    make_nodes_router(is_loopback=mesh.is_loopback, limit=mesh.limit, viewers=mesh.VIEWERS),
)
api.add_router("/odoo/", odoo_router)
api.add_router("/subscriptions/", subscriptions_router)
api.add_router("/mailer/", mailer_router)
api.add_router("/accounts/", of_accounts)
api.add_router("/accounts/", accounts_router)


@api.exception_handler(DomainError)
def _refused(request: HttpRequest, error: DomainError) -> HttpResponse:
    return _problem(STATUS[error.kind], str(error))


@api.exception_handler(Throttled)
def _too_often(request: HttpRequest, error: Throttled) -> HttpResponse:
    wait_s = max(1, ceil(error.wait or 1))
    text = _("Too many requests. Try again in %(seconds)d s.")
    response = _problem(429, text % {"seconds": wait_s})
    response["Retry-After"] = str(wait_s)
    return response


@api.exception_handler(Refused)
@api.exception_handler(Taken)
def _conflict(request: HttpRequest, error: Exception) -> HttpResponse:
    return _problem(409, str(error))


@api.exception_handler(exceptions.ValidationError)
def _against_the_rules(request: HttpRequest, error: exceptions.ValidationError) -> HttpResponse:
    if not hasattr(error, "error_dict"):
        return _problem(400, " ".join(error.messages))
    fields = error.message_dict.items()
    named = (f"{name}: {' '.join(told)}" for name, told in fields if name != NON_FIELD_ERRORS)
    return _problem(400, " ".join([*named, *error.message_dict.get(NON_FIELD_ERRORS, [])]))


@api.exception_handler(AuthenticationError)
def _unknown(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    response = _problem(
        401, _("Log in, or send an API token in the header Authorization: Bearer <token>.")
    )
    response["WWW-Authenticate"] = "Bearer"
    return response


@api.exception_handler(PermissionDenied)
def _denied(request: HttpRequest, error: PermissionDenied) -> HttpResponse:
    return _problem(403, str(error) or _("You may not do this."))


@api.exception_handler(TooManyAttempts)
def _too_many(request: HttpRequest, error: TooManyAttempts) -> HttpResponse:
    text = _("Too many attempts. Try again in %(seconds)d s.")
    response = _problem(429, text % {"seconds": error.retry_after_s})
    response["Retry-After"] = str(error.retry_after_s)
    return response


@api.exception_handler(Http404)
def _missing(request: HttpRequest, error: Http404) -> HttpResponse:
    return _problem(404, _("There is no such thing."))


@api.exception_handler(HttpError)
def _http_error(request: HttpRequest, error: HttpError) -> HttpResponse:
    return _problem(error.status_code, str(error))


@api.exception_handler(ValidationError)
def _invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    return _problem(400, " ".join(_sentence(problem) for problem in error.errors))


def _sentence(problem: dict[str, Any]) -> str:
    """What pydantic found, for people: the field and its rule."""
    sentences = {
        "missing": _("is required."),
        "int_parsing": _("must be a whole number."),
        "float_parsing": _("must be a number."),
        "greater_than_equal": _("must be at least %(ge)s."),
        "less_than_equal": _("must be at most %(le)s."),
        "literal_error": _("must be %(expected)s."),
        "enum": _("must be %(expected)s."),
        "extra_forbidden": _("is not known here."),
        "string_too_long": _("may have at most %(max_length)s characters."),
        "unprintable": _("has characters that cannot be printed."),
    }
    field = ".".join(str(part) for part in problem["loc"][1:])
    sentence = sentences.get(problem["type"], _("is not valid."))
    return f"{field}: {sentence % problem.get('ctx', {})}"


@api.exception_handler(OperationalError)
def _no_database(request: HttpRequest, error: OperationalError) -> HttpResponse:
    logger.error("No database for %s %s: %s", request.method, request.path, error)
    response = _problem(503, _("The database does not answer. Try again."))
    response["Retry-After"] = "5"
    return response


@api.exception_handler(Exception)
def _failed(request: HttpRequest, error: Exception) -> HttpResponse:
    logger.exception("%s %s failed", request.method, request.path, exc_info=error)
    return _problem(500, _("Something went wrong here. It has been logged."))
