"""Pages of other sites: none may read anything, but those that a setting names."""

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.domain import tokens
from accounts.models import User

pytestmark = pytest.mark.django_db

APP = "https://app.example.com"
PATH = "/awg/calculate/"


def origins(client: Client, origin: str, **more: str) -> tuple[int, str | None]:
    answer = client.options(PATH, headers={"Origin": origin, **more})
    return answer.status_code, answer.headers.get("Access-Control-Allow-Origin")


def test_nobody_by_itself(client: Client) -> None:
    assert origins(client, APP)[1] is None
    assert origins(client, APP, **{"Access-Control-Request-Method": "GET"})[1] is None


def test_those_that_are_named(settings: Settings, driver: User) -> None:
    settings.CORS_ALLOWED_ORIGINS = [APP]
    client = Client()
    asks = {"Access-Control-Request-Method": "POST"}
    assert origins(client, APP, **asks) == (204, APP)
    assert origins(client, "https://evil.example", **asks)[1] is None
    answer = client.get(PATH, headers={"Origin": APP})
    assert answer["Access-Control-Allow-Origin"] == APP
    assert "Origin" in answer["Vary"]
    assert "Access-Control-Allow-Credentials" not in answer.headers
    _token, text = tokens.create(driver, "page")
    refused = client.get(
        "/ocpp/chargers/", headers={"Origin": APP, "Authorization": f"Bearer {text}"}
    )
    assert (refused.status_code, refused["Access-Control-Allow-Origin"]) == (403, APP)
