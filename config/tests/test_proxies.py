"""Whose word about HTTPS counts."""

from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import AsyncClient, Client, override_settings
from django.urls import path


def view(request: HttpRequest) -> HttpResponse:
    return HttpResponse("https" if request.is_secure() else "http")


urlpatterns = [path("", view)]


@pytest.fixture(autouse=True)
def behind_a_proxy(settings: Any) -> None:
    settings.ROOT_URLCONF = __name__
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    settings.TRUSTED_PROXIES = ["10.0.0.0/24"]


@pytest.mark.parametrize(
    ("remote", "scheme"),
    [("10.0.0.5", "https"), ("10.0.1.5", "http"), ("203.0.113.9", "http"), ("", "http")],
)
def test_only_a_configured_proxy_is_believed(remote: str, scheme: str) -> None:
    response = Client(REMOTE_ADDR=remote).get("/", headers={"x-forwarded-proto": "https"})
    assert response.content.decode() == scheme


async def test_the_same_over_asgi() -> None:
    response = await AsyncClient().get("/", headers={"x-forwarded-proto": "https"})
    assert response.content == b"http"
    with override_settings(TRUSTED_PROXIES=["127.0.0.1"]):
        response = await AsyncClient().get("/", headers={"x-forwarded-proto": "https"})
    assert response.content == b"https"
