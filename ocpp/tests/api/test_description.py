"""The API describes itself, truly and without the internet."""

import re
from typing import Any

from django.contrib.staticfiles import finders
from django.test import Client
from jsonschema import Draft202012Validator

from ocpp import operations
from ocpp.tests.commanding import make_charger


def _description() -> Any:
    response = Client().get("/api/openapi.json")
    assert response.status_code == 200
    return response.json()


def test_every_path_is_described(db: None) -> None:
    paths = _description()["paths"]
    assert {path: set(methods) for path, methods in paths.items() if "chargers" in path} == {
        "/ocpp/chargers/": {"get"},
        "/ocpp/chargers/{cid}/": {"get", "patch"},
        "/ocpp/chargers/{cid}/action/": {"post"},
        "/ocpp/chargers/{cid}/commands/{number}/": {"get"},
    }


def test_it_says_how_to_show_who_one_is(db: None) -> None:
    described = _description()
    schemes = described["components"]["securitySchemes"]
    assert schemes["BearerToken"] == {"type": "http", "scheme": "bearer"}
    assert schemes["Session"]["in"] == "cookie"
    action = described["paths"]["/ocpp/chargers/{cid}/action/"]["post"]
    assert [set(way) for way in action["security"]] == [{"BearerToken"}, {"Session"}]
    assert {"200", "202", "400", "401", "403", "404", "409", "429", "502", "504"} <= set(
        action["responses"]
    )


def test_an_action_is_described_as_it_is_checked(db: None) -> None:
    action = _description()["paths"]["/ocpp/chargers/{cid}/action/"]["post"]
    schema = action["requestBody"]["content"]["application/json"]["schema"]
    Draft202012Validator.check_schema(schema)
    assert {form["title"] for form in schema["oneOf"]} == set(operations.OPERATIONS)
    allows = Draft202012Validator(schema).is_valid
    assert allows({"action": "remote_stop"})
    assert allows({"action": "remote_start", "id_tag": "A" * 20, "connector_id": 1})
    assert not allows({"action": "remote_start", "id_tag": "A" * 21})
    assert not allows({"action": "remote_start"})
    assert not allows({"action": "reset", "type": "Warm"})
    assert not allows({"action": "explode"})


def test_the_page_needs_nothing_from_elsewhere(db: None) -> None:
    response = Client().get("/api/docs")
    assert response.status_code == 200
    links = re.findall(r'(?:src|href)="([^"]+)"', response.content.decode())
    assert len(links) >= 4
    for link in links:
        assert link.startswith("/static/")
        assert finders.find(link.removeprefix("/static/").partition("?")[0]), link
    assert b"/api/openapi.json" in response.content


def test_the_answers_keep_to_the_description(by_token: Client) -> None:
    described = _description()
    make_charger()
    for url, path in (
        ("/ocpp/chargers/", "/ocpp/chargers/"),
        ("/ocpp/chargers/CP1/", "/ocpp/chargers/{cid}/"),
    ):
        answers = described["paths"][path]["get"]["responses"]
        schema = answers["200"]["content"]["application/json"]["schema"]
        whole = {"components": described["components"], **schema}
        Draft202012Validator(whole).validate(by_token.get(url).json())
