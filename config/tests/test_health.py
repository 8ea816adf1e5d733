"""`/health/live` and `/health/ready`: what they say, to whom, and without a database."""

import threading
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import OperationalError, connections
from django.test import AsyncClient, Client
from model_bakery import baker
from pytest_django import Settings

from accounts.models import User
from config import health
from ocpp.connection import admission
from ocpp.domain import checkup

FAR: dict[str, Any] = {"REMOTE_ADDR": "203.0.113.9"}


@pytest.fixture(autouse=True)
def look_anew() -> Iterator[None]:
    checkup.database.forget()
    checkup._look_at_migrations.forget()
    yield
    checkup.database.forget()
    checkup._look_at_migrations.forget()


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> None:
    """The database refuses every connection, in every thread."""

    def refuse(self: Any) -> None:
        raise OperationalError("connection refused")

    kind = type(connections["default"])
    monkeypatch.setattr(kind, "connect", refuse)
    monkeypatch.setattr(kind, "cursor", refuse)


def test_live_touches_no_database(client: Client) -> None:
    # Without the mark `django_db` any use of the database raises.
    response = client.get("/health/live", **FAR)
    assert (response.status_code, response.json()) == (200, {"status": "live"})
    assert "no-store" in response["Cache-Control"]
    assert client.get("/health/live", HTTP_HOST="anything.example").status_code == 200


async def test_live_is_answered_in_the_event_loop_itself(async_client: AsyncClient) -> None:
    response = await async_client.get("/health/live")
    assert (response.status_code, response.json()) == (200, {"status": "live"})


@pytest.mark.django_db
def test_ready_tells_each_check_to_who_is_near(client: Client) -> None:
    response = client.get("/health/ready")
    assert response.status_code == 200
    told = response.json()
    assert told["status"] == "ready"
    assert told["checks"].keys() == {"database", "migrations", "serving", "disk"}
    assert all(check == {"ok": True} for check in told["checks"].values())


@pytest.mark.django_db
@pytest.mark.parametrize(("who", "knows"), [("nobody", False), ("driver", False), ("staff", True)])
def test_others_are_told_the_status_alone(who: str, knows: bool) -> None:
    client = Client()
    if who != "nobody":
        client.force_login(baker.make(User, username=who, is_staff=who == "staff"))
    response = client.get("/health/ready", **FAR)
    assert response.status_code == 200
    assert ("checks" in response.json()) == knows


@pytest.mark.django_db
@pytest.mark.usefixtures("broken")
def test_without_a_database_it_lives_and_is_not_ready(client: Client) -> None:
    assert client.get("/health/live").status_code == 200
    response = client.get("/health/ready")
    assert response.status_code == 503
    told = response.json()
    assert told["status"] == "not ready"
    assert told["checks"]["database"] == {"ok": False, "reason": "connection refused"}
    assert not told["checks"]["migrations"]["ok"]
    # Who cannot be known is told no details.
    client.cookies["sessionid"] = "x" * 32
    response = client.get("/health/ready", **FAR)
    assert (response.status_code, response.json()) == (503, {"status": "not ready"})


@pytest.mark.django_db
def test_a_frozen_database_is_waited_for_a_second_and_asked_once(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    thaw, asked = threading.Event(), []

    def freeze() -> checkup.Database:
        asked.append(1)
        thaw.wait(30)
        return checkup.Database(True)

    monkeypatch.setattr(checkup, "LIMIT_S", 0.1)
    monkeypatch.setattr(checkup.database, "_look", freeze)
    for _ in range(3):
        response = client.get("/health/ready")
        assert response.status_code == 503
        reason = response.json()["checks"]["database"]["reason"]
        assert reason == "no answer within 0.1 s"
    assert asked == [1]
    thaw.set()


@pytest.mark.django_db
def test_migrations_that_are_missing_are_named(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    migration = SimpleNamespace(app_label="ocpp", name="0099_later")
    monkeypatch.setattr(checkup, "_all_applied", threading.Event())
    monkeypatch.setattr(
        "django.db.migrations.executor.MigrationExecutor.migration_plan",
        lambda *_: [(migration, False)],
    )
    response = client.get("/health/ready")
    assert response.status_code == 503
    assert "ocpp.0099_later" in response.json()["checks"]["migrations"]["reason"]


@pytest.mark.django_db
@pytest.mark.parametrize("flag", [health.draining, admission._ended], ids=["server", "admission"])
def test_a_process_that_ends_is_not_ready(client: Client, flag: threading.Event) -> None:
    flag.set()
    try:
        response = client.get("/health/ready")
    finally:
        flag.clear()
    assert response.status_code == 503
    assert not response.json()["checks"]["serving"]["ok"]


@pytest.mark.django_db
def test_a_full_disk_is_named(client: Client, settings: Settings) -> None:
    settings.HEALTH_DISK_FREE_MB = 10**12
    response = client.get("/health/ready")
    assert response.status_code == 503
    assert "MB are left on the disk of" in response.json()["checks"]["disk"]["reason"]
