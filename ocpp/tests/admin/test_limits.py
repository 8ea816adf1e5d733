"""The page Limits."""

import pytest
from django.test import Client
from pytest_django import Settings

from ocpp import limits_hit
from ocpp.tests.admin.conftest import clerk

URL = "/admin/ocpp/connectionattempt/limits/"

pytestmark = pytest.mark.django_db


def page(client: Client, language: str = "en") -> str:
    answer = client.get(URL, headers={"accept-language": language})
    assert answer.status_code == 200
    return answer.content.decode()


def test_what_is_shown(boss: Client, settings: Settings) -> None:
    settings.OCPP_CONNECTS_A_MINUTE = 17
    settings.OCPP_ADMISSIONS_A_SECOND = 0
    limits_hit.hit("flapping")
    text = page(boss)
    assert "OCPP_CONNECTS_A_MINUTE" in text
    assert "<strong>17</strong>" in text
    assert "<strong>no limit</strong>" in text
    assert f"</span> {limits_hit.snapshot()['flapping']}</td>" in text
    assert "this process" in text


def test_onboarding_leads_to_it(boss: Client) -> None:
    assert f'href="{URL}"' in boss.get("/admin/ocpp/connectionattempt/").content.decode()


def test_in_spanish(boss: Client) -> None:
    text = page(boss, "es")
    assert "Límites" in text
    assert "Valor predeterminado" in text
    assert "este proceso" in text
    assert "Messages a second" not in text


@pytest.mark.parametrize(
    ("permission", "status"), [("view_connectionattempt", 200), ("view_charger", 403)]
)
def test_whoever_may_see_refused_connections_may_see_it(permission: str, status: int) -> None:
    assert clerk(permission).get(URL).status_code == status


def test_nobody_else_may(client: Client) -> None:
    assert client.get(URL).status_code == 302
