"""`GET /ocpp/labels/`: labels to print."""

import re
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from ocpp.choices import Registration
from ocpp.domain import labels
from ocpp.models import Charger
from qrcodes import domain as codes

PATHS = [
    "/ocpp/labels/",
    "/ocpp/labels.pdf",
    "/ocpp/labels/code/CP1.png",
    "/ocpp/labels/code/CP1.svg",
]
URL = "https://node.example/ocpp/c/CP1/"


@pytest.fixture(autouse=True)
def public(settings: Any) -> None:
    settings.SITE_URL = "https://node.example"


@pytest.fixture
def charger(db: None) -> Charger:
    return Charger.objects.create(charger_id="CP1", name="Plaza <b>")


@pytest.fixture
def staff(client: Client, charger: Charger) -> Client:
    client.force_login(User.objects.create_user("staff", is_staff=True))
    return client


@pytest.mark.parametrize("path", PATHS)
def test_they_are_for_staff(client: Client, charger: Charger, path: str) -> None:
    assert client.get(path).status_code == 302
    client.force_login(User.objects.create_user("driver"))
    assert client.get(path).status_code == 302


@pytest.mark.parametrize("path", PATHS)
def test_nothing_is_done_by_a_post(staff: Client, path: str) -> None:
    assert staff.get(path).status_code == 200
    assert staff.post(path).status_code == 405


def test_a_label_has_code_name_id_and_both_languages(staff: Client) -> None:
    html = staff.get("/ocpp/labels/").text
    assert f'<path d="{codes.squares(URL).path}"/>' in html
    for text in ("Plaza &lt;b&gt;", ">CP1<", "Scan the code", "Escanee el código", URL):
        assert text in html
    assert " style=" not in html


def test_without_a_name_the_id_stands_alone(charger: Charger) -> None:
    label = labels.of_charger(Charger(charger_id="CP2"))
    assert (label.title, label.subtitle) == ("CP2", "")


def test_all_accepted_chargers_or_the_chosen_ones(staff: Client, charger: Charger) -> None:
    waiting = Charger.objects.create(charger_id="WAITS", registration=Registration.PENDING)
    Charger.objects.create(charger_id="CP2")
    html = staff.get("/ocpp/labels/").text
    assert html.count('class="label"') == 2
    html = staff.get(f"/ocpp/labels/?charger={waiting.pk}&charger=x&charger=9").text
    assert re.findall(r"<strong>(.*)</strong>", html) == ["WAITS"]
    assert f'name="charger" value="{waiting.pk}"' in html
    assert f"/ocpp/labels.pdf?charger={waiting.pk}" in html


def test_the_sheet_is_as_chosen(staff: Client) -> None:
    for number in range(4):
        Charger.objects.create(charger_id=f"X{number}")
    html = staff.get("/ocpp/labels/?paper=a4&per_sheet=2").text
    assert html.count('class="label-sheet label-sheet-a4 labels-2') == 3
    html = staff.get("/ocpp/labels/?per_sheet=1").text
    assert html.count('class="label-sheet label-sheet-letter labels-1 ') == 5
    # What is no choice is the default.
    html = staff.get("/ocpp/labels/?paper=a99&per_sheet=x").text
    assert html.count('class="label-sheet label-sheet-letter labels-8') == 1


def test_many_come_in_parts_with_the_same_number_of_queries(
    staff: Client,
    django_assert_num_queries: DjangoAssertNumQueries,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(labels, "AT_A_TIME", 2)
    for number in range(3):
        Charger.objects.create(charger_id=f"X{number}")
    # The session, the user, how many, and which.
    with django_assert_num_queries(4):
        html = staff.get("/ocpp/labels/?paper=a4&per_sheet=4").text
    assert html.count('class="label"') == 2
    assert 'href="?paper=a4&amp;per_sheet=4&amp;page=2"' in html
    assert "X2" in staff.get("/ocpp/labels/?page=2").text


def test_the_pdf_has_the_sheets(staff: Client) -> None:
    for number in range(4):
        Charger.objects.create(charger_id=f"X{number}")
    answer = staff.get("/ocpp/labels.pdf?paper=letter&per_sheet=4")
    assert answer["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF-")
    assert b"/Count 2" in answer.content


def test_a_code_can_be_saved(staff: Client) -> None:
    answer = staff.get("/ocpp/labels/code/CP1.png")
    assert answer.content == codes.draw(URL)
    assert answer["Content-Disposition"] == 'attachment; filename="qr-cp1.png"'
    answer = staff.get("/ocpp/labels/code/CP1.svg")
    assert answer["Content-Type"] == "image/svg+xml"
    assert answer.text == codes.svg(URL)
    assert staff.get("/ocpp/labels/code/NONE.svg").status_code == 404


def test_an_address_that_no_phone_can_open_is_told(staff: Client, settings: Any) -> None:
    assert "No phone can open" not in staff.get("/ocpp/labels/").text
    settings.SITE_URL = "http://127.0.0.1:8000"
    assert "No phone can open" in staff.get("/ocpp/labels/").text


def test_the_admin_leads_there(client: Client, charger: Charger) -> None:
    client.force_login(User.objects.create_superuser("boss"))
    data = {"action": "print_labels", "_selected_action": [charger.pk]}
    answer = client.post("/admin/ocpp/charger/", data)
    assert (answer.status_code, answer["Location"]) == (302, f"/ocpp/labels/?charger={charger.pk}")
