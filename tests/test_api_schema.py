"""Whoever asks the API whatever its description allows, or does not, is answered as it says.

Schemathesis makes requests from the description, for every operation, right ones and wrong ones;
they go through the whole stack in this process. `API_FUZZ_EXAMPLES` is how many of each kind there
are for an operation and a role: a few in the suite, more for a longer look.
"""

import os
import threading
from collections.abc import Iterator
from typing import Any

import hypothesis
import pytest
import schemathesis
from django.contrib.auth.models import Permission
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, transaction
from django.test import Client
from hypothesis import strategies as st
from pytest_django import Settings
from schemathesis import GenerationMode, checks
from schemathesis.core.result import Ok

from accounts.api.rate import buckets
from accounts.domain import tokens
from accounts.models import User
from ocpp.api import actions
from tests.support import api_world

EXAMPLES = int(os.environ.get("API_FUZZ_EXAMPLES", "2"))
ROLES = ("visitor", "driver", "operator", "administrator")
#: What stands in a path and is there.
KNOWN = {"cid": "CP1", "number": api_world.NUMBER, "year": 2026, "month": 5}
CHECKS = [
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]


@pytest.fixture
def world(db: None, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A small network of which each operation finds something; gives the API's description.

    Nobody waits for chargers: commands are queued, and that is all.
    """
    settings.API_REQUESTS_PER_MINUTE = 0
    no_room = threading.BoundedSemaphore(1)
    no_room.acquire()
    # A request that finds no room to wait in is answered at once.
    monkeypatch.setattr(actions, "_waiting", no_room)
    api_world.fill()
    api_world.fill_other_apps()
    buckets.clear()
    described = Client().get("/api/openapi.json").json()
    # The database of the test stays open from one request to the next.
    request_started.disconnect(close_old_connections)
    request_finished.disconnect(close_old_connections)
    yield described
    request_started.connect(close_old_connections)
    request_finished.connect(close_old_connections)


def _headers(role: str) -> dict[str, str]:
    accept = {"Accept": "application/json"}
    if role == "visitor":
        return accept
    user = User.objects.get(username=role)
    if role == "operator":
        allowed = Permission.objects.filter(content_type__app_label__in=("ocpp", "accounts"))
        user.user_permissions.set(allowed.filter(codename__regex="^(view|change)_"))
    _token, secret = tokens.create(user, "fuzzing")
    return {**accept, "Authorization": f"Bearer {secret}"}


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=str)
def test_every_answer_is_one_that_is_described(world: Any, role: str, mode: GenerationMode) -> None:
    schema = schemathesis.openapi.from_dict(world)
    schema.app = get_wsgi_application()
    headers = _headers(role)
    found: dict[str, str] = {}
    for result in schema.get_all_operations():
        assert isinstance(result, Ok), result
        operation = result.ok()
        try:
            _ask(operation, mode, headers)
        except (Exception, BaseExceptionGroup) as error:
            found[operation.label] = _told(error)
    assert not found, "\n\n".join(f"{label}: {why}" for label, why in found.items())


#: What the world has under other names or numbers than the examples of the description do, or
#: what goes only with one of two ways to ask.
QUERIES: dict[str, dict[str, Any]] = {
    "GET /ocpp/readings/": {"charger": "CP1", "resolution": "day"},
    "GET /awg/calculate/": {"voltage_v": 240, "length_m": 30, "current_a": 32},
    "GET /subscriptions/list/": {"account_id": api_world.NUMBER},
    "POST /ocpp/chargers/{cid}/action/": {"wait_s": 0},
}
BODIES: dict[str, Any] = {
    "POST /ocpp/tariffs/": {"name": "Uptown", "currency": "MXN"},
    "POST /ocpp/bulk/": {"action": "clear_cache", "chargers": ["CP1"]},
    "POST /ocpp/chargers/{cid}/action/": {"action": "reset", "type": "Soft"},
    "POST /ocpp/unknown-tags/{number}/adopt/": {"user": "driver"},
    "POST /subscriptions/subscribe/": {
        "account_id": api_world.NUMBER,
        "product_id": api_world.NUMBER + 1,
    },
    "POST /mailer/emails/": {"to": ["ana@example.com"], "subject": "Hello", "text": "It works."},
    "POST /accounts/cards/": {"rfid": "04A2B3C5", "user": "driver"},
    "POST /accounts/vehicles/": {
        "account": api_world.NUMBER,
        "brand": "BYD",
        "model": "Dolphin",
        "VIN": "LGXCE4CB1P0123457",
    },
    "POST /accounts/": {"user": "operator"},
}
#: Of what even the administrator gets no 2xx, and why.
NOT_BY_ADMINISTRATOR = {
    "POST /nodes/register/": "nodes show the mesh token, no token of a user",
    "POST /accounts/cards/{number}/lost/": "one's own cards only, and this is the driver's",
    "DELETE /accounts/tokens/{number}/": "one's own tokens only, and this is the driver's",
}
#: What is one's own, so that the driver may.
OWN = {label for label in NOT_BY_ADMINISTRATOR if "/accounts/" in label}
#: What everybody may ask.
PUBLIC = {"GET /awg/calculate/", "GET /subscriptions/products/"}


@pytest.mark.parametrize("role", ROLES)
def test_each_operation_succeeds_for_who_may(world: Any, role: str) -> None:
    """The right request, made of the description's own example: nobody who may is refused.

    Each is taken back, so that the next finds the world as it was.
    """
    schema = schemathesis.openapi.from_dict(world)
    schema.app = get_wsgi_application()
    headers = _headers(role)
    statuses: dict[str, int] = {}
    wrong: dict[str, str] = {}
    for result in schema.get_all_operations():
        assert isinstance(result, Ok), result
        operation = result.ok()
        case = _right(operation)
        with transaction.atomic():
            response = case.call(headers=headers)
            transaction.set_rollback(True)
        statuses[operation.label] = response.status_code
        try:
            case.validate_response(response, checks=CHECKS)
        except (Exception, BaseExceptionGroup) as error:
            wrong[operation.label] = _told(error)
        if operation.label in NOT_BY_ADMINISTRATOR and role != "driver":
            assert response.status_code in (401, 404), operation.label
        elif response.status_code not in ALLOWED[role]:
            wrong[operation.label] = f"{response.status_code}: {response.text}"
    taken = {label for label, status in statuses.items() if 200 <= status < 300}
    print(f"{role}: {len(taken)} of {len(statuses)} operations are answered with 2xx")
    assert not wrong, "\n\n".join(f"{label}: {why}" for label, why in wrong.items())
    assert taken >= PUBLIC
    assert role != "visitor" or taken == PUBLIC
    assert role != "driver" or taken >= OWN


#: What each may be told of a right request: staff without a permission are told so, a driver also
#: that there is no such thing where it is not theirs.
ALLOWED: dict[str, set[int]] = {
    "visitor": {200, 401},
    # 401: from a node, which registers with another token.
    "driver": {200, 201, 204, 401, 403, 404},
    "operator": {200, 201, 202, 204, 403, 404},
    "administrator": {200, 201, 202, 204},
}


def _right(operation: Any) -> Any:
    """The request that the description shows, for what there is in the world."""
    label = operation.label
    names = [one["name"] for one in operation.definition.raw.get("parameters", ())
             if one["in"] == "path"]  # fmt: skip
    parts: dict[str, Any] = {"path_parameters": {name: KNOWN[name] for name in names}}
    content = operation.definition.raw.get("requestBody", {}).get("content", {})
    if "application/json" in content:
        parts["body"] = BODIES.get(label, content["application/json"].get("example", {}))
        parts["media_type"] = "application/json"
    return operation.Case(query=QUERIES.get(label, {}), **parts)


def _told(error: BaseException) -> str:
    parts = getattr(error, "exceptions", ())
    return f"{error}\n" + "\n".join(str(part) for part in parts)


def _ask(operation: Any, mode: GenerationMode, headers: dict[str, str]) -> None:
    @hypothesis.seed(1)
    @hypothesis.settings(
        max_examples=1 if len(headers) == 1 else EXAMPLES,  # a visitor is turned away anyway
        database=None,
        deadline=None,
        phases=[hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    @hypothesis.given(operation.as_strategy(generation_mode=mode), st.integers(0, 3))
    def ask(case: Any, chance: int) -> None:
        if chance:
            # What is there, and not only what is not.
            case.path_parameters = {name: KNOWN[name] for name in case.path_parameters or {}}
        response = case.call(headers=headers)
        case.validate_response(response, checks=CHECKS)

    ask()
