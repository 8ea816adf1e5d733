"""The active app: HTTP requests, WebSocket connections, threads and tasks."""

import asyncio
import logging
import threading
from typing import Any

import pytest
from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.test import AsyncClient, Client, override_settings
from django.urls import path, re_path

from config.logging import (
    ConsoleFilter,
    ConsoleFormatter,
    active_app,
    for_websockets,
    get_active_app,
    set_active_app,
)

seen: list[str] = []


def view_of_ocpp(request: HttpRequest) -> HttpResponse:
    seen.append(get_active_app())
    return HttpResponse(status=int(request.GET.get("status", "200")))


async def async_view_of_accounts(request: HttpRequest) -> HttpResponse:
    await asyncio.sleep(0)
    seen.append(get_active_app())
    return HttpResponse()


view_of_ocpp.__module__ = "ocpp.web.dashboard"
async_view_of_accounts.__module__ = "accounts.views"


def foreign_view(request: HttpRequest) -> HttpResponse:
    return view_of_ocpp(request)


foreign_view.__module__ = "ninja.operation"

urlpatterns = [
    path("dashboard/", view_of_ocpp),
    path("me/", async_view_of_accounts),
    path("ocpp/chargers/", foreign_view),
    path("elsewhere/", foreign_view),
    path("admin/", admin.site.urls),
]


@pytest.fixture(autouse=True)
def nothing_seen() -> None:
    seen.clear()


@override_settings(ROOT_URLCONF=__name__)
@pytest.mark.parametrize(
    ("url", "app"),
    [
        ("/dashboard/", "ocpp"),
        ("/me/", "accounts"),
        ("/ocpp/chargers/", "ocpp"),
        ("/elsewhere/", "website"),
    ],
)
def test_a_request_s_app_is_that_of_its_view(url: str, app: str) -> None:
    assert Client().get(url).status_code == 200
    assert seen == [app]


@override_settings(ROOT_URLCONF=__name__)
async def test_the_same_over_asgi() -> None:
    for url in ("/dashboard/", "/me/", "/elsewhere/"):
        assert (await AsyncClient().get(url)).status_code == 200
    assert seen == ["ocpp", "accounts", "website"]


@override_settings(ROOT_URLCONF=__name__)
async def test_concurrent_requests_do_not_disturb_each_other() -> None:
    client = AsyncClient()
    await asyncio.gather(*(client.get(url) for url in ["/me/", "/dashboard/"] * 5))
    assert sorted(seen) == ["accounts"] * 5 + ["ocpp"] * 5


@override_settings(ROOT_URLCONF=__name__)
@pytest.mark.django_db
def test_a_page_of_the_admin_belongs_to_its_model_s_app(rf: Any) -> None:
    from django.urls import resolve

    from config.logging import of_view

    for url, app in [("/admin/accounts/user/", "accounts"), ("/admin/", "website")]:
        request = rf.get(url)
        request.resolver_match = resolve(url)
        assert of_view(request, request.resolver_match.func) == app


@override_settings(ROOT_URLCONF=__name__)
def test_django_s_own_note_of_a_failed_request_goes_to_the_same_app(
    caplog: pytest.LogCaptureFixture,
) -> None:
    apps: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: apps.append(get_active_app())  # type: ignore[method-assign]
    logger = logging.getLogger("django.request")
    logger.addHandler(handler)
    try:
        Client().get("/dashboard/?status=404")
        Client().get("/elsewhere/?status=404")
    finally:
        logger.removeHandler(handler)
    assert apps == ["ocpp", "website"]


async def test_a_websocket_connection_belongs_to_its_consumer_s_app() -> None:
    async def consumer(scope: Any, receive: Any, send: Any) -> None:
        seen.append(get_active_app())

    consumer.__module__ = "chat.consumers"
    (pattern,) = for_websockets([re_path(r"^ws/$", consumer)])  # type: ignore[arg-type]
    await asyncio.create_task(pattern.callback({}, None, None))
    assert seen == ["chat"]
    assert get_active_app() == "website"


def test_every_endpoint_of_the_project_names_an_app() -> None:
    from config.asgi import application

    router = application.application_mapping["websocket"]
    while not hasattr(router, "routes"):
        router = router.application
    assert router.routes
    for pattern in router.routes:
        assert pattern.callback.__qualname__ in (
            "_naming.<locals>.named",
            "_unless_ocpp.<locals>.chosen",  # hands on to one of two that do
        )


async def test_tasks_and_threads_have_their_own() -> None:
    def in_thread() -> None:
        seen.append(get_active_app())

    with active_app("ocpp"):
        task = asyncio.create_task(_told("accounts"))
        thread = threading.Thread(target=in_thread)
        thread.start()
        thread.join()
        await task
        assert get_active_app() == "ocpp"
    assert get_active_app() == "website"
    assert seen == ["website", "accounts"]


async def _told(label: str) -> None:
    set_active_app(label)
    await asyncio.sleep(0)
    seen.append(get_active_app())


def test_under_tests_everything_goes_to_one_file() -> None:
    assert settings.TESTING
    logging.getLogger("ocpp.x").warning("a line from the tests themselves")
    assert "a line from the tests themselves" in (settings.LOGS_DIR / "tests.log").read_text()
    assert not list(settings.LOGS_DIR.glob("ocpp.log.tests*"))


def test_the_console_shows_warnings_and_requests() -> None:
    shown = ConsoleFilter().filter
    assert not shown(logging.LogRecord("ocpp", logging.INFO, "", 1, "x", (), None))
    assert shown(logging.LogRecord("ocpp", logging.WARNING, "", 1, "x", (), None))
    assert shown(logging.LogRecord("django.channels.server", logging.INFO, "", 1, "x", (), None))


def test_the_console_cannot_be_disturbed() -> None:
    record = logging.LogRecord("ocpp", logging.WARNING, "", 1, "%s", ("a\nb\x1b[2J",), None)
    text = ConsoleFormatter().format(record)
    assert text.endswith("WARNING ocpp: a\\u000ab\\u001b[2J")


def test_text_that_is_not_utf8_is_told_without_a_traceback(
    caplog: pytest.LogCaptureFixture,
) -> None:
    logger = logging.getLogger("uvicorn.error")
    with caplog.at_level(logging.INFO):
        try:
            b"\xff".decode()
        except UnicodeDecodeError:
            logger.exception("Invalid UTF-8 sequence received from client.")
        try:
            raise ValueError("ours")
        except ValueError:
            logger.exception("A bug")
    told, bug = (r for r in caplog.records if r.name == "uvicorn.error")
    assert told.getMessage().startswith("Invalid UTF-8")
    assert not told.exc_info
    assert bug.exc_info
