"""Webhooks are told over real connections, by receivers that behave and others that do not."""

import json
from collections.abc import Callable
from datetime import timedelta
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest
import time_machine
from django.utils import timezone
from pytest_django import Settings

from events.domain import collecting, delivering, pruning
from events.models import Delivery, DeliveryState, Event, EventType, Webhook
from ocpp.models import Charger, StatusChange
from ocpp.tests.factories import NOON
from outgoing.tests.conftest import Server, say

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("allowed")]
Serve = Callable[..., Server]
SECRET = "a-secret-between-the-two"


def hook(url: str, **facts: Any) -> Webhook:
    return Webhook.objects.create(**{"name": "ours", "url": url, "secret": SECRET, **facts})


def happen(charger: Charger, status: str = "Charging") -> None:
    StatusChange.objects.create(charger=charger, connector_id=1, status=status, time=NOON)
    collecting.collect(at_once=True)


def due_now() -> None:
    Delivery.objects.update(next_try=timezone.now())


class Receiver:
    """Keeps what it is told."""

    def __init__(self, status: int = 200) -> None:
        self.status = status
        self.bodies: list[bytes] = []

    def __call__(self, handler: BaseHTTPRequestHandler) -> None:
        self.bodies.append(handler.rfile.read(int(handler.headers["Content-Length"])))
        say(handler, b"noted", self.status)


def test_an_event_is_told_and_signed(serve: Serve, charger: Charger, listening: None) -> None:
    receiver = Receiver()
    server = serve(receiver)
    webhook = hook(server.url + "hook")
    happen(charger)
    assert delivering.deliver_due() == 1
    assert delivering.deliver_due() == 0
    event, delivery = Event.objects.get(), Delivery.objects.get()
    assert json.loads(receiver.bodies[0]) == {
        "id": event.pk,
        "type": "status.changed",
        "charger": "CP1",
        "time": "2026-05-01T12:00:00Z",
        "data": {"connector": 1, "status": "Charging", "error_code": ""},
    }
    headers = server.headers[0]
    expected = delivering.signature(
        SECRET, headers["X-Constellation-Timestamp"], receiver.bodies[0]
    )
    assert headers["X-Constellation-Signature"] == expected
    assert headers["X-Constellation-Event"] == "status.changed"
    assert delivery.state == DeliveryState.DELIVERED
    assert (delivery.status, delivery.answer, delivery.attempts) == (200, "noted", 1)
    assert delivery.latency_ms is not None
    webhook.refresh_from_db()
    assert webhook.failing_since is None


def test_the_signature_is_that_of_the_documents() -> None:
    assert delivering.signature("secret", "1700000000", b'{"id":1}') == (
        "v1=3dd1b9aef568d75f6790a84bd2e5dfa1f44409eef3cbdbd3f10b837376100c11"
    )


def test_only_what_it_wants(serve: Serve, charger: Charger, listening: None) -> None:
    other = Charger.objects.create(charger_id="CP2")
    url = serve(Receiver()).url
    faults = hook(url, types=[EventType.FAULT])
    of_other = hook(url)
    of_other.chargers.add(other)
    hook(url, active=False)
    happen(charger, "Faulted")
    happen(other)
    told = Delivery.objects.order_by("pk").values_list("webhook", "event__type", "event__cid")
    assert sorted(told) == sorted(
        [(faults.pk, "charger.fault", "CP1"), (of_other.pk, "status.changed", "CP2")]
    )


@pytest.mark.parametrize("status", [302, 404, 500])
def test_what_is_not_taken_is_sent_again_later_and_later(
    serve: Serve, charger: Charger, listening: None, status: int
) -> None:
    receiver = Receiver(status)
    hook(serve(receiver).url)
    happen(charger)
    pauses = []
    for attempt in range(1, len(delivering.PAUSES_S) + 1):
        assert delivering.deliver_due() == 1
        delivery = Delivery.objects.get()
        assert (delivery.state, delivery.attempts) == (DeliveryState.WAITING, attempt)
        assert delivery.last_try is not None
        pauses.append(round((delivery.next_try - delivery.last_try).total_seconds()))
        assert delivering.deliver_due() == 0, "it is not due yet"
        due_now()
    assert tuple(pauses) == delivering.PAUSES_S
    delivering.deliver_due()
    assert Delivery.objects.get().state == DeliveryState.GIVEN_UP
    due_now()
    assert delivering.deliver_due() == 0


def test_a_redirect_leads_nowhere(serve: Serve, charger: Charger, listening: None) -> None:
    canary = serve()

    def away(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(307)
        handler.send_header("Location", canary.url)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    hook(serve(away).url)
    happen(charger)
    delivering.deliver_due()
    assert Delivery.objects.get().status == 307
    assert canary.asked == []


@pytest.mark.parametrize(
    "url",
    ["http://169.254.169.254/latest", "http://127.0.0.2:{port}/", "http://2130706434:{port}/"],
)
def test_an_address_that_may_not_be_reached_is_not(
    serve: Serve, charger: Charger, listening: None, url: str
) -> None:
    canary = serve(address="127.0.0.2")
    hook(url.format(port=canary.port))
    happen(charger)
    delivering.deliver_due()
    delivery = Delivery.objects.get()
    assert (delivery.status, canary.asked) == (None, [])
    assert delivery.error


def test_a_slow_receiver_holds_up_the_others_once(
    serve: Serve, charger: Charger, listening: None, settings: Settings
) -> None:
    settings.OUTGOING_TIMEOUT_S = 0.3
    slow = serve(lambda handler: handler.ending.wait(30))
    quick = Receiver()
    hook(slow.url)
    hook(serve(quick).url)
    for _ in range(3):
        happen(charger)
    delivering.deliver_due()
    assert len(slow.asked) == 1
    assert len(quick.bodies) == 3
    failed = Delivery.objects.exclude(error="").get()
    assert "in time" in failed.error


def test_it_is_claimed_by_one(charger: Charger, listening: None) -> None:
    hook("http://127.0.0.1:9/")
    happen(charger)
    first = delivering.claim_next()
    assert first is not None
    assert delivering.claim_next() is None
    with time_machine.travel(timezone.now() + timedelta(seconds=delivering.CLAIM_S + 1)):
        second = delivering.claim_next()
        assert second is not None
    assert second.pk == first.pk
    assert second.claim != first.claim
    delivering.send(first)
    delivery = Delivery.objects.get()
    assert delivery.attempts == 0, "who has lost the claim notes nothing"
    assert delivery.claim == second.claim


def test_a_webhook_that_fails_for_days_is_switched_off(
    charger: Charger, listening: None, settings: Settings
) -> None:
    webhook = hook("http://127.0.0.1:9/")
    happen(charger)
    delivering.deliver_due()
    webhook.refresh_from_db()
    assert webhook.active
    assert webhook.failing_since is not None
    Webhook.objects.update(
        failing_since=timezone.now() - timedelta(hours=settings.WEBHOOK_GIVE_UP_H + 1)
    )
    due_now()
    delivering.deliver_due()
    webhook.refresh_from_db()
    assert not webhook.active
    assert "127.0.0.1" in webhook.stopped_reason
    due_now()
    assert delivering.deliver_due() == 0


def test_one_that_recovers_is_not_failing(serve: Serve, charger: Charger, listening: None) -> None:
    receiver = Receiver(500)
    webhook = hook(serve(receiver).url)
    happen(charger)
    delivering.deliver_due()
    receiver.status = 204
    due_now()
    delivering.deliver_due()
    webhook.refresh_from_db()
    assert webhook.failing_since is None
    assert Delivery.objects.get().state == DeliveryState.DELIVERED


def test_a_replay_sends_it_again(serve: Serve, charger: Charger, listening: None) -> None:
    receiver = Receiver()
    hook(serve(receiver).url)
    happen(charger)
    delivering.deliver_due()
    assert delivering.replay(Delivery.objects.all()) == 1
    delivering.deliver_due()
    assert receiver.bodies[0] == receiver.bodies[1]
    delivering.replay(Delivery.objects.all())
    delivering.claim_next()
    assert delivering.replay(Delivery.objects.all()) == 0, "it is being sent"


def test_what_is_old_is_removed(charger: Charger, listening: None, settings: Settings) -> None:
    hook("http://127.0.0.1:9/")
    happen(charger)
    assert pruning.prune() == 0
    Event.objects.update(recorded=timezone.now() - timedelta(days=settings.EVENTS_DAYS, hours=1))
    assert pruning.prune() == 1
    assert not Delivery.objects.exists()
