"""What staff are told of chargers."""

from datetime import timedelta

from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from mailer.domain.sending import send_queued
from mailer.models import Email, State
from notifications.domain import chargers
from notifications.domain.looking import look
from notifications.tests.conftest import NOW, Ended, emails
from ocpp.models import Charger, Connector, SecurityEvent, ServerProcess, StatusChange


def lost(charger: Charger, minutes: int, epoch: int = 1) -> None:
    since = timezone.now() - timedelta(minutes=minutes)
    Charger.objects.filter(pk=charger.pk).update(owner="", epoch=epoch, disconnected_at=since)


def test_offline_once_for_each_time_and_not_at_once(
    staff: User, charger: Charger, serving: ServerProcess, settings: Settings
) -> None:
    settings.NOTIFY_PAUSE_S = 0
    lost(charger, minutes=4)
    assert look() == 0
    lost(charger, minutes=6)
    assert look() == 1
    assert look() == 0
    [email] = emails("charger_offline")
    assert email.to == ["eva@example.com"]
    assert "- Macroplaza 1, since" in email.text
    lost(charger, minutes=6, epoch=2)
    assert look() == 1


def test_back_before_it_was_told_is_no_news(
    staff: User, charger: Charger, serving: ServerProcess
) -> None:
    lost(charger, minutes=6)
    Charger.objects.update(owner="p", disconnected_at=None)
    assert look() == 0


def test_a_node_that_has_just_started_waits(
    staff: User, charger: Charger, serving: ServerProcess
) -> None:
    lost(charger, minutes=60)
    ServerProcess.objects.update(started=timezone.now())
    assert look() == 0
    ServerProcess.objects.all().delete()
    assert look() == 0


def test_what_is_old_or_not_accepted_is_no_news(
    staff: User, charger: Charger, serving: ServerProcess
) -> None:
    lost(charger, minutes=25 * 60)
    assert look() == 0
    lost(charger, minutes=6)
    Charger.objects.update(registration="Pending")
    assert look() == 0


def test_many_at_once_are_one_email(staff: User, serving: ServerProcess) -> None:
    for number in range(25):
        lost(Charger.objects.create(charger_id=f"X{number:02}"), minutes=6)
    assert look() == 1
    [email] = emails("charger_offline")
    assert email.subject == "Chargers offline: 25"
    assert email.text.count("\n- X") == 20
    assert "- and 5 more" in email.text


def test_soon_after_an_email_others_wait_for_the_next(
    staff: User, charger: Charger, serving: ServerProcess
) -> None:
    lost(charger, minutes=6)
    assert look() == 1
    lost(Charger.objects.create(charger_id="CP2"), minutes=6)
    assert look() == 0
    assert chargers.look(timezone.now() + timedelta(minutes=11)) == 1
    assert "CP2" in emails("charger_offline")[1].text


def test_a_fault_once_though_it_is_told_again(staff: User, charger: Charger) -> None:
    minute_ago = timezone.now() - timedelta(minutes=2)
    connector = Connector.objects.create(
        charger=charger,
        connector_id=1,
        status="Faulted",
        error_code="GroundFailure",
        status_time=minute_ago,
    )
    StatusChange.objects.create(charger=charger, connector_id=1, status="Faulted", time=minute_ago)
    assert look() == 1
    connector.status_time = timezone.now()
    connector.save()
    assert look() == 0
    [email] = emails("charger_fault")
    assert "Macroplaza 1, connector 1" in email.text
    assert "GroundFailure" in email.text


def test_security_events_and_reviews(staff: User, charger: Charger, ended: Ended) -> None:
    for kind in ("FirmwareUpdated", "<b>Tamper</b> {name}"):
        SecurityEvent.objects.create(charger=charger, type=kind, time=NOW, received=NOW)
    session = ended(needs_review=True)
    assert look() == 2
    assert look() == 0
    [email] = emails("security_event")
    assert "FirmwareUpdated" in email.text
    # What a charger says is text, whatever it says.
    assert "<b>Tamper</b> {name}" in email.text
    assert "&lt;b&gt;Tamper&lt;/b&gt; {name}" in email.html
    [email] = emails("review_needed")
    assert f"session {session.pk} at Macroplaza 1, 1.500 kWh so far" in email.text


def test_only_staff_with_the_permission(charger: Charger, serving: ServerProcess) -> None:
    User.objects.create_user("a", email="a@example.com", is_staff=True)
    User.objects.create_user("b", email="b@example.com")
    User.objects.create_superuser("c", email="c@example.com")
    User.objects.create_superuser("d")
    lost(charger, minutes=6)
    assert look() == 1
    assert emails("charger_offline")[0].to == ["c@example.com"]


def test_an_email_that_waits_is_withdrawn_when_the_charger_is_back(
    staff: User, charger: Charger, serving: ServerProcess, settings: Settings
) -> None:
    settings.NOTIFY_PAUSE_S = 0
    lost(charger, minutes=6)
    other = Charger.objects.create(charger_id="X2")
    lost(other, minutes=6)
    assert look() == 1
    [email] = emails("charger_offline")
    Charger.objects.filter(pk=other.pk).update(owner="p", disconnected_at=None)
    look()
    email.refresh_from_db()
    assert email.state == State.QUEUED  # of the first it is still true
    Charger.objects.filter(pk=charger.pk).update(owner="p", disconnected_at=None)
    assert look() == 0
    email.refresh_from_db()
    assert (email.state, email.last_error) == (State.CANCELLED, "The chargers are back.")
    assert send_queued().handled == 0
    # Lost again, it is news again; what was lost meanwhile by another connection is another time.
    lost(charger, minutes=6, epoch=2)
    assert look() == 1
    lost(charger, minutes=6, epoch=3)
    assert look() == 1
    states = [one.state for one in emails("charger_offline")]
    assert states == [State.CANCELLED, State.CANCELLED, State.QUEUED]


def test_what_was_sent_stays_sent(staff: User, charger: Charger, serving: ServerProcess) -> None:
    lost(charger, minutes=6)
    assert look() == 1
    Email.objects.update(state=State.SENT)
    Charger.objects.update(owner="p", disconnected_at=None)
    look()
    assert emails("charger_offline")[0].state == State.SENT
