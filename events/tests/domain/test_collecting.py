from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from events.domain import collecting
from events.models import Collector, Event, EventType, Webhook
from events.tests.conftest import collected
from ocpp.models import Charger, SecurityEvent, StatusChange, Transaction
from ocpp.models.status_change import OFFLINE
from ocpp.tests.factories import NOON, Reporter, make_driver

pytestmark = pytest.mark.django_db


def change(charger: Charger, status: str, **facts: object) -> StatusChange:
    row = {"connector_id": 1, "error_code": "NoError", "time": NOON, **facts}
    return StatusChange.objects.create(charger=charger, status=status, **row)


def test_what_was_there_before_anybody_listened_is_not_told(charger: Charger) -> None:
    change(charger, "Available")
    assert collected() == []
    change(charger, "Charging")
    assert [event.type for event in collected()] == [EventType.STATUS_CHANGED]


@pytest.mark.usefixtures("listening")
def test_a_change_of_status_is_told_once_and_a_fault_as_such_too(charger: Charger) -> None:
    change(charger, "Faulted", error_code="GroundFailure")
    change(charger, OFFLINE, connector_id=None)
    told = collected()
    assert [event.type for event in told] == [EventType.STATUS_CHANGED, EventType.FAULT]
    assert told[0].data == {"connector": 1, "status": "Faulted", "error_code": "GroundFailure"}
    assert (told[0].cid, told[0].time) == ("CP1", NOON)
    assert collected() == []


@pytest.mark.usefixtures("listening")
def test_a_row_that_is_committed_after_a_higher_number_is_told(charger: Charger) -> None:
    change(charger, "Available", pk=1001)
    assert len(collected()) == 1
    change(charger, "Charging", pk=1000)
    assert [event.source_id for event in collected()] == [1000]


@pytest.mark.usefixtures("listening")
def test_numbers_settle_and_are_not_read_for_ever(charger: Charger) -> None:
    now = timezone.now()
    for seconds in range(0, 200, 20):
        with time_machine.travel(now + timedelta(seconds=seconds), tick=False):
            change(charger, "Available")
            assert len(collected()) == 1
    newest = StatusChange.objects.order_by("-pk").values_list("pk", flat=True)[0]
    settled = Collector.objects.get().state["status"]["settled"]
    assert newest - 6 < settled < newest


@pytest.mark.usefixtures("listening")
def test_a_session_begins_and_ends(reporter: Reporter) -> None:
    account = make_driver()
    started, _status = reporter.start()
    (begun,) = collected()
    assert begun.type == EventType.SESSION_STARTED
    assert begun.data["transaction_id"] == started.pk
    assert begun.data["account_id"] == account.pk
    assert collected() == []
    reporter.stop(started.pk)
    (ended,) = collected()
    assert ended.type == EventType.SESSION_ENDED
    assert (ended.data["energy_wh"], ended.data["reason"]) == (5000, "Local")
    assert ended.data["stop_time"] == "2026-05-01T13:00:00Z"
    assert collected() == []


@pytest.mark.usefixtures("listening")
def test_a_session_between_two_looks_has_both(reporter: Reporter) -> None:
    make_driver()
    started, _status = reporter.start()
    reporter.stop(started.pk)
    kinds = [event.type for event in collected()]
    assert kinds == [EventType.SESSION_STARTED, EventType.SESSION_ENDED]
    assert collected() == []


@pytest.mark.usefixtures("listening")
def test_a_review_is_told_when_it_is_first_needed(reporter: Reporter) -> None:
    make_driver()
    started, _status = reporter.start()
    collected()
    rows = Transaction.objects.filter(pk=started.pk)
    rows.update(needs_review=True)
    assert [event.type for event in collected()] == [EventType.REVIEW_NEEDED]
    rows.update(needs_review=False)
    assert collected() == []
    rows.update(needs_review=True)
    assert collected() == []


@pytest.mark.usefixtures("listening")
def test_a_charger_comes_and_goes(charger: Charger) -> None:
    rows = Charger.objects.filter(pk=charger.pk)
    rows.update(owner="here", connected_at=NOON)
    (online,) = collected()
    assert (online.type, online.time) == (EventType.ONLINE, NOON)
    rows.update(owner="", disconnected_at=timezone.now())
    assert collected() == [], "it may be back before anybody misses it"
    rows.update(disconnected_at=timezone.now() - timedelta(seconds=11))
    assert [event.type for event in collected()] == [EventType.OFFLINE]
    assert collected() == []


@pytest.mark.usefixtures("listening")
def test_a_security_event_is_told_without_secrets(charger: Charger) -> None:
    SecurityEvent.objects.create(
        charger=charger,
        type="SettingSystemTime",
        tech_info="https://user:hidden@example.com",
        time=NOON,
        received=NOON,
    )
    (event,) = collected()
    assert event.data["type"] == "SettingSystemTime"
    assert "hidden" not in event.data["tech_info"]


def test_nobody_wants_to_know() -> None:
    assert not collecting.wanted()
    collecting.want(timezone.now() + timedelta(minutes=1))
    assert collecting.wanted()
    Collector.objects.update(wanted_until=timezone.now())
    assert not collecting.wanted()
    Webhook.objects.create(name="a", url="https://example.com", secret="x" * 20)
    assert collecting.wanted()
    Webhook.objects.update(active=False)
    assert not collecting.wanted()


@pytest.mark.usefixtures("listening")
def test_what_happens_while_nobody_wants_to_know_is_not_collected(charger: Charger) -> None:
    collecting.rest()
    change(charger, "Charging")
    assert collected() == []
    change(charger, "Available")
    assert [event.data["status"] for event in collected()] == ["Available"]


@pytest.mark.usefixtures("listening")
def test_what_happens_while_the_node_is_down_is_told_afterwards(charger: Charger) -> None:
    change(charger, "Charging")
    with time_machine.travel(timezone.now() + timedelta(hours=5)):
        assert [event.data["status"] for event in collected()] == ["Charging"]


@pytest.mark.usefixtures("listening")
def test_two_looks_are_not_made_at_once(charger: Charger) -> None:
    change(charger, "Charging")
    assert collecting.collect() == 0, "another has just looked"
    with time_machine.travel(timezone.now() + timedelta(seconds=2)):
        assert collecting.collect() == 1


@pytest.mark.usefixtures("listening")
def test_many_changes_are_told_in_several_looks(
    charger: Charger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(collecting, "MOST", 3)
    for _ in range(8):
        change(charger, "Charging")
    assert [len(collected()) for _ in range(4)] == [3, 3, 2, 0]
    assert Event.objects.values("source_id").distinct().count() == 8
