"""The API's description is complete and true to itself."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from jsonschema import Draft202012Validator, FormatChecker

METHODS = ("get", "post", "put", "patch", "delete")


@pytest.fixture(scope="module")
def described() -> Any:
    answer = Client().get("/api/openapi.json")
    assert answer.status_code == 200
    return answer.json()


def _operations(described: Any) -> Iterator[tuple[str, Any]]:
    for path, methods in described["paths"].items():
        for method in METHODS:
            if method in methods:
                yield f"{method} {path}", methods[method]


def test_it_is_openapi_3_1_and_has_the_fixed_addresses(described: Any) -> None:
    assert described["openapi"].startswith("3.1")
    for path in (
        *("chargers", "connectors", "connections", "sessions", "readings", "commands"),
        *("configuration", "reservations", "profiles", "tariffs", "anomalies", "status-changes"),
    ):
        assert "get" in described["paths"][f"/ocpp/{path}/"]
    for path in ("", "cards/", "credits/", "vehicles/", "tokens/", "me/", "{number}/statements/"):
        assert "get" in described["paths"][f"/accounts/{path}"]


def test_every_operation_is_explained_and_has_an_example(described: Any) -> None:
    seen = set()
    for name, operation in _operations(described):
        assert operation["summary"], name
        assert operation["description"], name
        assert operation["operationId"] not in seen
        seen.add(operation["operationId"])
        for status, answer in operation["responses"].items():
            shown = answer.get("content", {}).get("application/json")
            assert shown is None or "example" in shown, (name, status)
        body = operation.get("requestBody")
        assert body is None or "example" in body["content"]["application/json"], name


def test_the_examples_are_of_their_schemas(described: Any) -> None:
    for name, operation in _operations(described):
        shown = [answer.get("content", {}) for answer in operation["responses"].values()]
        shown.append(operation.get("requestBody", {}).get("content", {}))
        for content in shown:
            if "application/json" in content:
                one = content["application/json"]
                whole = {"components": described["components"], **one["schema"]}
                check = Draft202012Validator(whole, format_checker=FormatChecker())
                errors = [error.message for error in check.iter_errors(one["example"])]
                assert not errors, (name, errors)


def test_every_operation_says_who_may_and_that_there_are_limits(described: Any) -> None:
    for name, operation in _operations(described):
        assert {"429", "503"} <= set(operation["responses"]), name
        assert "Retry-After" in operation["responses"]["429"]["headers"]
        if "security" in operation:
            assert {"401", "403"} <= set(operation["responses"]), name
        else:
            assert name in ("get /awg/calculate/", "get /subscriptions/products/")
