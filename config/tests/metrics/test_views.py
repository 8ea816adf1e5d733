"""`/metrics`: who may read it, and that Prometheus can."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from model_bakery import baker
from prometheus_client.parser import text_string_to_metric_families
from pytest_django import Settings

from accounts.domain import tokens
from accounts.models import ApiToken, User
from config.metrics import families
from events import metrics as of_events
from events.domain.standing import Standing
from ocpp import metrics
from ocpp.domain import checkup

pytestmark = pytest.mark.django_db

FAR: dict[str, Any] = {"REMOTE_ADDR": "203.0.113.9"}


@pytest.fixture(autouse=True)
def look_anew() -> Iterator[None]:
    checkup.database.forget()
    yield
    checkup.database.forget()


def told(client: Client, **options: Any) -> dict[str, Any]:
    """What is told: families by name."""
    response = client.get("/metrics", **options)
    assert response.status_code == 200
    assert response["Content-Type"].startswith("text/plain")
    assert "no-store" in response["Cache-Control"]
    return {one.name: one for one in text_string_to_metric_families(response.content.decode())}


def test_prometheus_can_read_it_and_all_is_there(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(metrics.received, "Heartbeat", 5)
    monkeypatch.setitem(metrics.errors, "GenericError", 2)
    monkeypatch.setitem(metrics._readers, "limits", lambda: {"message_size": 3})
    found = told(client)
    assert {f"constellation_{one.name}" for one in (*families.PROCESS, *families.NODE)} == {*found}
    by_action = {
        (one.labels["direction"], one.labels["action"]): one.value
        for one in found["constellation_messages"].samples
    }
    assert by_action["in", "Heartbeat"] == 5
    codes = {one.labels["code"]: one.value for one in found["constellation_call_errors"].samples}
    assert codes["GenericError"] == 2
    (limit,) = found["constellation_limits_hit"].samples
    assert (limit.labels, limit.value) == ({"limit": "message_size"}, 3)
    assert found["constellation_database_up"].samples[0].value == 1
    assert found["constellation_database_size_bytes"].samples[0].value > 0
    assert found["constellation_process_memory_bytes"].samples[0].value > 1_000_000
    assert all(one.samples[0].value > 0 for name, one in found.items() if "disk" in name)


def test_a_histogram_grows_with_its_bounds(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    values = metrics.Histogram(metrics.SECONDS)
    for seconds in (0.0004, 0.003, 0.004, 7):
        values.add(seconds)
    monkeypatch.setattr(metrics.commit_seconds, "counts", values.counts)
    monkeypatch.setattr(metrics.commit_seconds, "sum", values.sum)
    samples = told(client)["constellation_commit_seconds"].samples
    grown = {one.labels["le"]: one.value for one in samples if one.name.endswith("_bucket")}
    assert grown["0.0005"] == 1
    assert grown["0.005"] == 3
    assert grown["+Inf"] == 4
    assert next(one.value for one in samples if one.name.endswith("_count")) == 4
    assert next(one.value for one in samples if one.name.endswith("_sum")) == values.sum


def test_the_names_of_series_are_those_that_are_told(
    client: Client, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    for counts in (metrics.received, metrics.errors, metrics.handshakes, metrics.anomalies):
        monkeypatch.setitem(counts, "other", 1)
    monkeypatch.setitem(metrics.commands, "answered", 1)
    monkeypatch.setitem(metrics.not_stored, "database", 1)
    monkeypatch.setitem(metrics._readers, "limits", lambda: {"message_size": 3})
    for counts in (of_events.collected, of_events.listeners, of_events.deliveries):
        monkeypatch.setitem(counts, "other", 1)
    monkeypatch.setattr(families, "standing", lambda: Standing(1.5, 3, 60.0))
    settings.REDIS_URL = "redis://127.0.0.1:9/0"  # nobody listens there
    found = told(client)
    assert found["constellation_webhook_deliveries_waiting"].samples[0].value == 3
    assert {sample.name for one in found.values() for sample in one.samples} == families.names()
    assert found["constellation_redis_up"].samples[0].value == 0


def _client(who: str) -> tuple[Client, dict[str, Any]]:
    """A client as this one, and what it adds to its requests."""
    client, options = Client(enforce_csrf_checks=True), dict(FAR)
    user = baker.make(User, username=who, is_staff="staff" in who)
    if "session" in who:
        client.force_login(user)
    if "token" in who:
        _token, secret = tokens.create(user, "prometheus", scope=ApiToken.Scope.READ)
        client = Client(headers={"Authorization": f"Bearer {secret}"})
    if who == "private":
        options = {"REMOTE_ADDR": "10.1.2.3"}
    if who == "forwarded":
        options = {"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "10.1.2.3"}
    if who == "bad token":
        client = Client(headers={"Authorization": "Bearer nonsense"})
    return client, options


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("nobody", 401),
        ("private", 200),
        ("forwarded", 401),
        ("bad token", 401),
        ("driver's session", 403),
        ("driver's token", 403),
        ("staff session", 200),
        ("staff token", 200),
    ],
)
def test_who_may_read_it(who: str, status: int) -> None:
    client, options = _client(who)
    response = client.get("/metrics", **options)
    assert response.status_code == status
    if status != 200:
        assert b"constellation_" not in response.content
        assert response.json()["detail"]


def test_it_can_be_turned_off(client: Client, settings: Settings) -> None:
    settings.METRICS = False
    assert client.get("/metrics").status_code == 404


def test_it_only_reads(client: Client) -> None:
    assert client.post("/metrics").status_code == 405


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "[::1]:8000", "10.1.2.3", "localhost"])
def test_a_monitor_may_ask_an_address_over_plain_http(
    client: Client, settings: Settings, host: str
) -> None:
    settings.ALLOWED_HOSTS = [".charge.example.com"]
    settings.SECURE_SSL_REDIRECT = True
    assert client.get("/metrics", HTTP_HOST=host).status_code == 200
    assert client.get("/metrics", HTTP_HOST="rebound.example.net").status_code == 400
    assert client.get("/ocpp/", HTTP_HOST=host, secure=True).status_code == 400
