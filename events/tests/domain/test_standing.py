"""What is told of events: to Prometheus and on the status page."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from model_bakery import baker

from accounts.models import User
from events import metrics
from events.domain import collecting, delivering, standing
from events.feed import Listener
from events.models import Collector, Delivery, DeliveryState, Event, EventType, Webhook
from ocpp.models import ServerProcess
from ocpp.tests.committed import transactional_db
from outgoing.domain import Answer

__all__ = ["transactional_db"]

SECRET = "a-secret-between-the-two"
COUNTS = {"queue": 3, "told": 40, "dropped": 1, "delivered": 7, "failed": 2, "given_up": 1}


@pytest.fixture
def committed(transactional_db: None) -> None:
    """Another thread looks, and sees what is committed only."""
    standing.standing.forget()


def delivery(webhook: Webhook, due: timedelta, state: str = DeliveryState.WAITING) -> Delivery:
    event = baker.make(Event, type=EventType.FAULT, cid="CP1", time=timezone.now())
    at = timezone.now() - due
    made: Delivery = baker.make(Delivery, webhook=webhook, event=event, state=state, next_try=at)
    return made


def test_how_far_it_is(committed: None) -> None:
    assert standing.standing() == standing.Standing(None, 0, 0.0)
    webhook = baker.make(Webhook, secret=SECRET, active=True)
    off = baker.make(Webhook, secret=SECRET, active=False)
    Collector.objects.create(pk=1, looked=timezone.now() - timedelta(seconds=50))
    delivery(webhook, timedelta(seconds=30))
    delivery(webhook, timedelta(hours=9), DeliveryState.DELIVERED)
    delivery(webhook, -timedelta(hours=1))
    delivery(off, timedelta(hours=9))
    standing.standing.forget()
    now = standing.standing()
    assert now.waiting == 2
    assert now.lag_s is not None
    assert now.overdue_s is not None
    assert 50 <= now.lag_s < 80
    assert 30 <= now.overdue_s < 60
    webhook.active = False
    webhook.save()
    standing.standing.forget()
    assert standing.standing() == standing.Standing(None, 0, 0.0), "nobody wants to know"


def test_the_status_page_adds_the_processes_up(committed: None, client: Client) -> None:
    for name, ahead in (("one", 60), ("two", 60), ("dead", -60)):
        ServerProcess.objects.create(
            name=name,
            host=name,
            pid=1,
            started=timezone.now(),
            lease_until=timezone.now() + timedelta(seconds=ahead),
            snapshot={"events": {**COUNTS, "listeners": 2}},
        )
    client.force_login(User.objects.create_superuser("boss"))
    text = client.get("/admin/ocpp/serverprocess/").content.decode()
    for label, value in (
        ("Listeners", "4"),
        ("Events told to listeners", "80"),
        ("Events that listeners missed", "2"),
        ("Deliveries taken / failed / given up", "14 / 4 / 2"),
        ("Events collected, seconds ago", "–"),
    ):
        assert f"<dt>{label}</dt><dd>{value}</dd>" in text


def test_what_happens_is_counted(committed: None, monkeypatch: pytest.MonkeyPatch) -> None:
    before = dict(metrics.deliveries)
    webhook = baker.make(Webhook, secret=SECRET, active=True, url="https://receiver.example/")
    statuses = iter([204, 500])

    def request(*_: Any, **__: Any) -> Answer:
        return Answer(next(statuses), {}, b"")  # type: ignore[arg-type]

    monkeypatch.setattr("outgoing.domain.request", request)
    delivery(webhook, timedelta(seconds=1))
    delivery(webhook, timedelta(seconds=1))
    last = delivery(webhook, timedelta(seconds=1))
    assert delivering.deliver_due() == 2
    statuses = iter([500])
    Delivery.objects.filter(pk=last.pk).update(attempts=len(delivering.PAUSES_S))
    assert delivering.deliver_due() == 1
    counted = {name: metrics.deliveries[name] - before.get(name, 0) for name in metrics.deliveries}
    assert counted == {"delivered": 1, "failed": 1, "given_up": 1}


def test_events_are_counted_by_their_type(committed: None, monkeypatch: pytest.MonkeyPatch) -> None:
    before = metrics.collected[EventType.FAULT]
    baker.make(Webhook, secret=SECRET, active=True)
    assert collecting.collect(at_once=True) == 0
    found = [Event(type=EventType.FAULT, cid="CP1", time=timezone.now()) for _ in range(3)]
    monkeypatch.setattr(collecting, "_look", lambda state, now: (state, found))
    assert collecting.collect(at_once=True) == 3
    assert metrics.collected[EventType.FAULT] == before + 3


def test_what_a_listener_misses_is_counted() -> None:
    before = metrics.listeners["dropped"]
    Listener().lose()
    assert metrics.listeners["dropped"] == before + 1
    assert metrics.of_process()["dropped"] == before + 1
