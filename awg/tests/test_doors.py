"""The page, the API and the command ask the same rules."""

from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from accounts.models import User

PAGE = "/awg/"
ASKED = {
    "power_w": "7400",
    "voltage_v": "220",
    "phases": "2",
    "length_m": "30",
    "material": "copper",
    "rating_c": "75",
    "terminal_c": "75",
    "ambient_c": "30",
    "max_drop_percent": "3",
    "sets": "1",
    "conduit": "emt",
    "continuous": "on",
}


def test_the_page_starts_with_an_example(client: Client) -> None:
    page = client.get(PAGE).content.decode()
    assert "8 AWG" in page
    assert "45 A" in page


def test_the_address_holds_the_question(client: Client) -> None:
    page = client.get(PAGE, {**ASKED, "length_m": "60"}).content.decode()
    assert "6 AWG" in page
    assert 'value="60"' in page


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"length_m": "far"}, "Enter a number."),
        ({"length_m": ""}, "This field is required."),
        ({"length_m": "-1"}, "-1 is not possible"),
        ({"power_w": ""}, "either the current or the power"),
        ({"current_a": "5"}, "either the current or the power"),
        ({"power_w": "900000"}, "There is no standard breaker"),
        ({"material": "gold"}, "Select a valid choice"),
        ({"sets": "1.5"}, "Enter a whole number."),
        ({"current_a": "1e999999999", "power_w": ""}, ""),
    ],
)
def test_what_is_wrong_is_said_beside_it(
    client: Client, wrong: dict[str, str], sentence: str
) -> None:
    response = client.get(PAGE, {**ASKED, **wrong})
    assert response.status_code == 200
    page = response.content.decode()
    assert sentence in page
    assert "invalid-feedback" in page or "alert-danger" in page
    assert "Ground conductor" not in page


def test_the_tables_are_public(client: Client) -> None:
    page = client.get(reverse("awg:tables")).content.decode()
    assert "500 kcmil" in page
    assert "5.2108" in page


def test_the_page_speaks_spanish(client: Client) -> None:
    page = client.get(PAGE, headers={"accept-language": "es"}).content.decode()
    assert "Calculadora de cables" in page
    assert "Caída de tensión" in page


def test_the_api_answers_without_a_login(client: Client) -> None:
    asked = {"power_w": "7400", "voltage_v": "220", "phases": "2", "length_m": "30"}
    response = client.get("/awg/calculate/", asked)
    assert response.status_code == 200
    answer = response.json()
    assert answer["size"] == "8 AWG"
    assert answer["breaker_a"] == 45
    assert (answer["load_a"], answer["drop_percent"]) == (33.636, pytest.approx(2.35, abs=0.01))
    assert len(answer["steps"]) == 7


@pytest.mark.parametrize(
    ("asked", "detail"),
    [
        ({"voltage_v": 220}, "length_m: is required."),
        ({"voltage_v": 220, "length_m": 10}, "current_a: Give either the current or the power."),
        ({"voltage_v": 220, "length_m": 10, "current_a": "x"}, "current_a: is not valid."),
        ({"voltage_v": 220, "length_m": 10, "current_a": "NaN"}, "current_a: is not valid."),
        ({"voltage_v": 0, "length_m": 10, "current_a": 5}, "voltage_v: 0 is not possible"),
        ({"voltage_v": 220, "length_m": 10, "current_a": 5, "phases": 7}, "phases: 7 is not"),
    ],
)
def test_the_api_says_what_is_wrong(client: Client, asked: dict[str, Any], detail: str) -> None:
    response = client.get("/awg/calculate/", asked)
    assert response.status_code == 400
    assert response.json()["detail"].startswith(detail)


def test_the_command_prints_the_wiring_and_why() -> None:
    out = StringIO()
    call_command("awg", power_w=7400, voltage_v=220, length_m=30, phases=2, stdout=out)  # as parsed
    lines = out.getvalue().splitlines()
    assert lines[0] == "8 AWG, copper, breaker 45 A"
    assert "250.122" in out.getvalue()


def test_the_command_reads_its_line() -> None:
    out = StringIO()
    arguments = ["--current=400", "--voltage=440", "--length=80", "--phases=3", "--sets=2"]
    call_command("awg", *arguments, stdout=out)
    assert out.getvalue().startswith("2 × 250 kcmil, copper, breaker 500 A")
    with pytest.raises(CommandError, match="No conductor up to 500 kcmil"):
        call_command("awg", *arguments[:-1], stdout=out)
    with pytest.raises(CommandError, match="invalid number value: 'x'"):
        call_command("awg", "--current=x", "--voltage=1", "--length=1", stdout=out)


def test_the_admin_lists_both_tables(client: Client) -> None:
    client.force_login(User.objects.create_superuser("root"))
    for model, shown in (("cablesize", "3.3088"), ("conduitfill", "9521")):
        page = client.get(reverse(f"admin:awg_{model}_changelist"), {"all": ""})
        assert shown in page.content.decode().replace(",", "")
