"""Pages for what went wrong."""

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client, RequestFactory

from website import errors, views

JSON = {"accept": "application/json"}


@pytest.mark.django_db
def test_a_form_without_a_token_says_what_to_do() -> None:
    client = Client(enforce_csrf_checks=True)
    answer = client.post("/login/", {"username": "a"})
    assert answer.status_code == 403
    assert "Please send it again" in answer.text
    assert "bootstrap.min.css" in answer.text
    assert client.post("/login/", {}, headers=JSON).json()["detail"].startswith("The form was")


@pytest.mark.django_db
def test_programs_get_json(client: Client) -> None:
    answer = client.get("/nothing/", headers=JSON)
    assert (answer.status_code, answer.json()) == (404, {"detail": "There is no such page here."})
    assert "<h1" in client.get("/nothing/", headers={"accept": "*/*"}).text


@pytest.mark.django_db
def test_what_is_not_allowed_is_said_in_the_language_of_the_visitor(client: Client) -> None:
    request = RequestFactory().get("/")
    assert "Not allowed" in views.permission_denied(request, PermissionDenied()).text
    answer = client.get("/nothing/", headers={"accept-language": "es"})
    assert '<html lang="es">' in answer.text


def test_an_error_on_our_side_needs_no_database() -> None:
    """This test has none: a query would fail it, and the bare sentence would be the answer."""
    request = RequestFactory().get("/ocpp/")
    answer = views.server_error(request)
    assert answer.status_code == 500
    assert "<h1" in answer.text
    assert "theme-button" in answer.text


def test_when_even_its_page_fails_the_sentence_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: object, **kwargs: object) -> str:
        raise ValueError("no manifest")

    monkeypatch.setattr(errors, "render_to_string", fail)
    answer = views.server_error(RequestFactory().get("/"))
    assert answer.status_code == 500
    assert "The error is on our side" in answer.text
